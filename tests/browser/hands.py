"""How a person works a page: by pointing, or by the keyboard alone."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from kompensasi.demo.people import PASSWORD

FURTHEST = 150  # presses of Tab from one end of a page to the other

# Where the focus is, and what a person who follows it with the eyes would miss. A field of a date
# keeps the focus for several presses. A summary of errors, no stop of Tab, needs no ring.
# A ring is seen at 3 : 1 (WCAG 2.2, 1.4.11) against what lies around it on half its sides or more.
FOCUS = """(target) => {
  const here = document.activeElement;
  if (!here || here === document.body) return { there: false, fault: "", name: "" };
  const name = here.outerHTML.slice(0, 160);
  const there = here === target;
  if (here.tabIndex < 0) return { there, fault: "", name };
  const style = getComputedStyle(here);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  if (!ring) return { there, name, fault: "has no ring" };
  const box = here.getClientRects()[0];
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  if (bottom - top < 4 || right - left < 4) return { there, name, fault: "is not in sight" };
  const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const covered = !seen || !(here.contains(seen) || seen.contains(here));
  if (covered) return { there, name, fault: `is under ${seen && seen.outerHTML.slice(0, 80)}` };

  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3)
    .map((part) => (part /= 255) <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
    .reduce((sum, part, n) => sum + part * [.2126, .7152, .0722][n], .05);
  const ground = (each) => {
    const colour = getComputedStyle(each).backgroundColor;
    return parts(colour)[3] === 0 && each.parentElement ? ground(each.parentElement) : colour;
  };
  const contrast = (beside) => {
    const pair = [light(style.outlineColor), light(ground(beside))];
    return Math.max(...pair) / Math.min(...pair);
  };
  const away = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth) + 1;
  const [across, down] = [(left + right) / 2, (top + bottom) / 2];
  const sides = [
    [across, box.top - away], [across, box.bottom + away],
    [box.left - away, down], [box.right + away, down],
  ].map((point) => document.elementFromPoint(...point)).filter(Boolean).map(contrast);
  const pale = sides.filter((side) => side >= 3).length * 2 < sides.length;
  return { there, name, fault: pale ? `has a pale ring, ${Math.max(...sides)} : 1` : "" };
}"""


class Hands:
    """Works a page by pointing at it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.who = ""

    def open(self, path: str) -> None:
        """Go to an address of ours."""
        self.page.goto(self.address + path)

    def field(self, label: str) -> Locator:
        """The field of a label, which has a star where it must be filled in."""
        return self.page.get_by_label(re.compile(rf"^\s*{label}\W*$"))

    def choice(self, label: str) -> Locator:
        """What is taken or ticked; its label may go on."""
        return self.page.get_by_label(re.compile(rf"^\s*{label}"))

    def fill(self, label: str, text: str) -> None:
        """Write into a field instead of what is in it."""
        self.field(label).fill(text)

    def fill_instant(self, label: str, at: Any) -> None:
        """Write a date and a time of day."""
        self.fill(label, f"{at:%Y-%m-%dT%H:%M}")

    def choose(self, label: str) -> None:
        """Take one of several, or tick a box."""
        self.choice(label).check()

    def upload(self, label: str, file: Any) -> None:
        """Choose a file."""
        self.page.get_by_label(label).set_input_files(files=[file])

    def press(self, name: str) -> None:
        """Press a button."""
        self._go(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: Any) -> None:
        """Follow the first link of that name."""
        self._go(self.page.get_by_role("link", name=name).first)

    def unfold(self, menu: str) -> None:
        """Open a menu of the top bar."""
        self._go(self.page.locator(f"[popovertarget={menu}]"))
        expect(self.page.locator(f"#{menu}")).to_be_visible()

    def sit(self, username: str) -> None:
        """Sign in as somebody; who sat here before signs out."""
        if self.who == username:
            return
        if self.who:
            self.unfold("menu-akun")
            self.press("Keluar")
        else:
            self.open("/masuk/")
        self.fill("Nama pengguna", username)
        self.fill("Kata sandi", PASSWORD)
        self.press("Masuk")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Tugas saya")
        self.who = username

    def _go(self, control: Locator) -> None:
        control.click()


class Keys(Hands):
    """Works a page by the keyboard, and watches where the focus goes."""

    def __init__(self, page: Page, address: str) -> None:
        super().__init__(page, address)
        self.faults: set[str] = set()
        self.stops = 0  # how often Tab was pressed
        page.emulate_media(reduced_motion="reduce")  # the page jumps to the focus, and is looked at

    def fill(self, label: str, text: str) -> None:
        """Reach the field, take all that is in it, and type."""
        self.reach(self.field(label))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def fill_instant(self, label: str, at: Any) -> None:
        """Type part after part, in the order of the browser's own language, English or not.

        A year may be longer than four digits, so it is left by an arrow.
        """
        field = self.field(label)
        self.reach(field)
        for date, time in (("%m%d%Y", "%I%M%p"), ("%d%m%Y", "%H%M")):
            self.page.keyboard.type(f"{at:{date}}")
            self.page.keyboard.press("ArrowRight")
            self.page.keyboard.type(f"{at:{time}}")
            if field.input_value() == f"{at:%Y-%m-%dT%H:%M}":
                return
            for _ in range(6):  # back to the first part
                self.page.keyboard.press("ArrowLeft")
        raise AssertionError(f"{label} reads {field.input_value()}")

    def choose(self, label: str) -> None:
        """Tick with the space bar; among several, go on with the arrow."""
        wanted = self.choice(label)
        if wanted.get_attribute("type") == "checkbox":
            self.reach(wanted)
            self.page.keyboard.press("Space")
        else:
            group = self.page.locator(f"input[name='{wanted.get_attribute('name')}']")
            self.reach(*group.all())
            self.page.keyboard.press("Space")
            for _ in range(group.count()):
                if wanted.is_checked():
                    break
                self.page.keyboard.press("ArrowDown")
        expect(wanted).to_be_checked()

    def upload(self, label: str, file: Any) -> None:
        """Reach the field; the window that chooses a file is the browser's own."""
        field = self.page.get_by_label(label)
        self.reach(field)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(files=[file])

    def reach(self, *targets: Locator) -> None:
        """Press Tab until the focus is on one of them; each stop on the way is looked at."""
        handles = [target.element_handle() for target in targets]
        if any(self._stop(handle) for handle in handles):
            return
        for _ in range(FURTHEST):
            self.page.keyboard.press("Tab")
            self.stops += 1
            if any(self._stop(handle) for handle in handles):
                return
        raise AssertionError(f"Tab does not lead to {targets[0]} on {self.page.url}")

    def _stop(self, target: Any) -> bool:
        focus = self.page.evaluate(FOCUS, target)
        if focus["fault"]:
            self.faults.add(f"{focus['name']} {focus['fault']}")
        return bool(focus["there"])

    def _go(self, control: Locator) -> None:
        self.reach(control)
        self.page.keyboard.press("Enter")
