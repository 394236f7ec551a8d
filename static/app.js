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
