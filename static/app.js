// Conveniences only: every page works without this file. What needs it is `hidden` in the HTML and shown here.

for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  const name = button.getAttribute("aria-label");
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Sembunyikan" : "Tampilkan";
    button.setAttribute("aria-label", name.replace("Tampilkan", button.textContent));
  });
  // A password left readable would be offered by the browser as an ordinary earlier entry.
  field.form.addEventListener("submit", () => { field.type = "password"; });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A step's form keeps its draft on the server: ten seconds after a change, and when the page is left.
for (const form of document.querySelectorAll("[data-autosave]")) {
  const told = form.querySelector("[data-saved]");
  let timer = 0, changed = false;
  const body = () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    data.set("save", "1");
    return new URLSearchParams(data);
  };
  const save = async () => {
    changed = false;
    const answer = await fetch(form.action, {
      method: "POST", body: body(), redirect: "manual", headers: { "X-Requested-With": "fetch" },
    }).catch(() => null);
    told.textContent = answer && answer.ok ? (await answer.json()).saved : "Draf belum tersimpan";
  };
  form.addEventListener("input", () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(save, 10000);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "preview") return;  // it keeps nothing
    changed = false;
    clearTimeout(timer);
  });
  window.addEventListener("pagehide", () => {
    if (!changed) return;
    clearTimeout(timer);
    fetch(form.action, {
      method: "POST", body: body(), keepalive: true, headers: { "X-Requested-With": "fetch" },
    });
  });
}
