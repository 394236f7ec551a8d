"""Every page in every state, once: who opens it, where, and what is done there before it is seen.

`test_axe.py` compares this table with the URLconf and with the templates, so that a new page
without a row here fails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page

from kompensasi.cases.customer_link import token_of
from kompensasi.cases.models import Case
from kompensasi.demo.people import PASSWORD
from spm_monitor import clock
from spm_monitor.workdays import to_wib
from tests.browser.looking import PHONE, WIDE
from tests.browser.scene import Scene

Act = Callable[[Page], int | None]
MAIN_BUTTON = "main .btn-primary[type=submit]"


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A page in one state."""

    page: str
    """Name in the URLconf."""
    state: str = ""
    who: str = "kasi.pjt"
    """Demo person; "" is somebody without an account."""
    args: tuple[str | int, ...] = ()
    """Of the address: a name of the scene's rows, or the number itself."""
    query: str = ""
    act: Act | None = None
    """What is done on the page; returns the status of what came back, if anything was sent."""
    status: int = 200
    widths: tuple[int, ...] = (WIDE, PHONE)

    def __str__(self) -> str:
        args = ", ".join(str(each).removeprefix("=") for each in self.args)
        parts = (self.page, f"[{args}]" if args else "", self.state, f"({self.who or 'pelanggan'})")
        return " ".join(filter(None, parts))

    def address(self, scene: Scene) -> str:
        """Where it is."""
        return address(scene, self.page, self.args) + self.query


def address(scene: Scene, page: str, args: tuple[str | int, ...]) -> str:
    """A path by the page's name and the scene's rows."""
    values = [_value(scene, page, each) for each in args]
    return reverse(page, args=values)


def _value(scene: Scene, page: str, each: str | int) -> Any:
    if not isinstance(each, str):
        return each
    if each.startswith("="):
        return each[1:]
    if page.startswith("track"):
        return token_of(Case.objects.get(pk=scene.rows[each]))
    return scene.rows[each]


# --- what is done on a page -------------------------------------------------------------------

EMPTY = """(button) => {
  for (const field of button.form.elements) {
    if (["hidden", "submit", "button", "file"].includes(field.type)) continue;
    if (["checkbox", "radio"].includes(field.type)) field.checked = false;
    else if (field.tagName === "SELECT") field.selectedIndex = field.options.length ? 0 : -1;
    else field.value = "";
  }
}"""


def press(selector: str, *, empty: bool = False, **filled: str | Callable[[], str]) -> Act:
    """Press a button; before, empty its form or fill in fields by name."""

    def act(page: Page) -> int:
        page.evaluate(
            'document.querySelectorAll("details").forEach((each) => { each.open = true; })'
        )
        button = page.locator(selector).first
        if empty:
            button.evaluate(EMPTY)
        for name, text in filled.items():
            said = text if isinstance(text, str) else text()
            _fill(page.locator(f"main [name={name}]").first, said)
        with page.expect_navigation() as coming:
            button.click()
        return coming.value.status

    return act


def _fill(field: Locator, text: str) -> None:
    """Type into a field, or choose from its list."""
    if field.evaluate("(each) => each.tagName") == "SELECT":
        field.select_option(label=text)
    elif field.get_attribute("type") == "radio":
        field.check()
    else:
        field.fill(text)


def an_obstacle_without_cause(page: Page) -> int:
    """Say of the first order of a round that something hinders it, not what."""
    page.locator(".round-state").first.select_option(label="Kendala")
    page.locator("[name$=-cause]").first.select_option(label="Pilih")
    with page.expect_navigation() as coming:
        page.locator("main .form-actions button").first.click()
    return coming.value.status


def emptied(selector: str = MAIN_BUTTON) -> Act:
    """Send the form with nothing in it."""
    return press(selector, empty=True)


def a_coming_day() -> str:
    """A working day soon, as a form takes it."""
    today = to_wib(timezone.now()).date()
    return str(clock.current_calendar().nth_working_day(today, 2))


def signed_out(selector: str, **filled: str) -> Act:
    """Press a button after the session has ended, and sign in again."""

    def act(page: Page) -> None:
        page.context.clear_cookies(name="sessionid")
        press(selector, **filled)(page)
        press(MAIN_BUTTON, username="admin", password=PASSWORD)(page)

    return act


def menu(name: str) -> Act:
    """Open a menu of the top bar."""

    def act(page: Page) -> None:
        page.locator(f"[popovertarget={name}]").click()

    return act


def upload(content: bytes, name: str = "pesanan.csv", then: str = "") -> Act:
    """Choose a file and send it."""

    def act(page: Page) -> int:
        file = {"name": name, "mimeType": "text/csv", "buffer": content}
        page.locator("main input[type=file]").set_input_files(files=[file])
        status = press(MAIN_BUTTON)(page)
        return press(then)(page) if then else status or 0

    return act


def outcome(code: str) -> str:
    """The button of a step's outcome."""
    return f"main button[name=outcome][value={code}]"


GOOD_ROWS = b"""nomor;pelanggan;layanan;diterima;target
I/1;PT Impor;UJI-ANEKA;2026-01-05;2026-01-20
I/2;PT Impor;TIDAK-ADA;2026-01-05;
I/3;;KAL;2026-01-05;
"""
MOVED_ROWS = b"""nomor;pelanggan;layanan;diterima;target
X/siap;PT X/siap;UJI-ANEKA;2026-01-05;2026-01-20
X/long;PT Baru;UJI-ANEKA;2026-01-05;2026-03-20
"""
S = Screen
# Whose turn it is in the demo's case at each step; step 6's post is vacant there.
AT = {
    1: "kasi.pjt", 2: "pj.kal", 3: "kasi.pjt", 4: "pj.sert", 5: "kasi.pjt", 7: "kepala",
    8: "kasi.pjt", 9: "kasi.kal", 10: "kepala", 11: "kasi.pjt", 12: "kasi.pjt",
}  # fmt: skip

PEOPLE = (
    S(page="login", who=""),
    S(page="login", who="", state="refused", act=press(MAIN_BUTTON, username="x", password="x")),
    S(page="login", who="", state="empty", act=emptied()),
    S(page="login", who="", state="on the way", query="?next=/pesanan/"),
    S(page="password_change", who="auditor"),
    S(page="password_change", who="auditor", state="refused", act=emptied()),
    S(page="password_change", who="budi", state="temporary"),
    S(page="password_change_done", who="auditor"),
    S(page="logout", state="by its address"),
)
TASKS = (
    S(page="dashboard"),
    S(page="dashboard", state="account menu", act=menu("menu-akun")),
    S(page="dashboard", state="navigation", act=menu("navigasi"), widths=(PHONE,)),
    S(page="dashboard", who="pj.uji"),
    S(page="dashboard", who="kepala"),
    S(page="dashboard", who="petugas", state="to prepare"),
    S(page="dashboard", who="agenda", state="empty"),
    S(page="dashboard", who="admin", state="vacancies"),
    S(page="dashboard", who="plh.kepala", state="no post"),
)
CASES = (
    S(page="cases"),
    S(page="cases", state="found", query="?q=contoh&keadaan=berjalan"),
    S(page="cases", state="nothing found", query="?q=zzzz"),
    S(page="case", args=("at 1",)),
    S(page="case", args=("at 12",), state="sent"),
    S(page="case", args=("ended",), state="ended"),
    S(page="case", args=("returned",), state="returned"),
    S(page="case", args=("void",), state="void letter"),
    S(page="case", args=("cancelled",), state="cancelled"),
    S(page="case", args=("long",), state="long name"),
    S(page="case", args=("at 5",), who="admin", state="may be cancelled"),
    S(page="case", args=("at 9",), who="auditor", state="read only"),
    S(page="case", args=("at 5",), who="admin", state="session lost",
      act=signed_out(".btn-danger", reason="Pesanan ganda.")),
    S(page="case-cancel", args=("at 5",), who="admin", state="by its address", status=405),
    S(page="case", args=("at 5",), who="admin", state="cancelled without reason",
      act=emptied("main .btn-danger"), status=422),
    S(page="step-many", args=(1,)),
    S(page="step-many", args=(2,), who="pj.uji", query="?semua=1"),
    S(page="step-many", args=(1,), state="refused", query="?semua=1", act=press(MAIN_BUTTON),
      status=422),
    S(page="step-many", args=(1,), who="auditor", state="empty"),
    S(page="delay-notice", args=("at 5",)),
    S(page="delay-notice-saved", args=("ended", "visit of 5")),
    S(page="approvals", who="kepala"),
    S(page="letter-void", args=("signed letter",), who="agenda"),
    S(page="letter-void", args=("signed letter",), who="agenda", state="without reason",
      act=emptied("main .btn-danger"), status=422),
)  # fmt: skip
STEPS = (
    *(S(page="step", args=(f"at {n}", n), who=who) for n, who in AT.items()),
    S(page="step", args=("to report", 6), who="kasi.uji"),
    S(page="step", args=("at 6", 6), state="vacant", status=403),
    S(page="step", args=("held", 5), state="in hand"),
    S(page="step", args=("returned", 8), state="returned"),
    S(page="step", args=("joined one", 8), state="to join"),
    S(page="step", args=("long", 8), state="long name"),
    S(page="step", args=("at 5", 5), who="petugas", state="to prepare"),
    S(page="step", args=("at 1", 1), who="kepala", state="somebody else's", status=403),
    S(page="step", args=("ended", 4), state="finished"),
    S(page="step", args=("ended", 5), state="notice sent"),
    S(page="step", args=("corrected", 9), who="kasi.uji", state="corrected since"),
    S(page="step", args=("corrected", 4), who="pj.uji", state="corrected"),
    S(page="step", args=("ended", 11), state="may be corrected"),
    S(page="step", args=("at 4", 9), state="not yet", status=409),
    *(
        S(page="step", args=(f"at {n}", n), who=AT[n], state="errors", act=emptied(outcome(code)),
          status=422)
        for n, code in {1: "record", 3: "handed", 4: "inform", 5: "informed", 7: "instruct",
                        8: "submit", 9: "return", 10: "sign", 11: "send", 12: "received"}.items()
    ),
    S(page="step-correct", args=("ended", "visit of 11")),
    S(page="step-correct", args=("ended", "visit of 11"), state="errors", act=emptied(),
      status=422),
)  # fmt: skip
CUSTOMERS = (
    S(page="track", args=("at 1",), who="", state="not sent"),
    S(page="track", args=("at 12",), who="", state="sent"),
    S(page="track", args=("at 12",), who="", state="errors", act=emptied(), status=422),
    S(page="track", args=("long",), who="", state="long name"),
    S(page="track", args=("ended",), who="", state="acknowledged"),
    S(page="track", args=("refused",), who="", state="souvenir refused"),
    S(page="track", args=("undelivered",), who="", state="undelivered"),
    S(page="track", args=("=x",), who="", state="forged", status=404),
)
ORDERS = (
    S(page="orders"),
    S(page="orders", state="nothing found", query="?q=zzzz"),
    S(page="orders", state="nothing in state", query="?q=zzzz&keadaan=terlampaui"),
    S(page="order-new"),
    S(page="order-new", state="errors", act=emptied(), status=422),
    *(
        S(page="order", args=(f"order {state}",), state=state)
        for state in (
            "in_spm", "near", "not_started", "paused", "done_late", "done_in_spm", "withdrawn",
            "ready",
        )
    ),
    S(page="order", args=("order of returned",), state="long history"),
    S(page="order", args=("order overdue",), state="overdue"),
    S(page="order", args=("order overdue",), who="auditor", state="contact hidden"),
    S(page="order-days", args=("order in_spm",)),
    S(page="order-act", args=("order overdue", "=dibatalkan"), state="by its address", status=405),
    S(page="order", args=("order overdue",), state="act refused", status=422,
      act=emptied("form[action$='/dibatalkan/'] button")),
    S(page="pause-new", args=("order in_spm",)),
    S(page="pause-new", args=("order in_spm",), state="errors", act=emptied(), status=422),
    S(page="pause-new", args=("order in_spm",), state="effect",
      act=press(MAIN_BUTTON, reason="the first")),
    S(page="pause-drop", args=("pause",)),
    S(page="extension-new", args=("order in_spm",)),
    S(page="extension-new", args=("order in_spm",), state="errors", act=emptied(), status=422),
    S(page="order-edit", args=("order overdue",)),
    S(page="order-edit", args=("order overdue",), state="errors", act=emptied(), status=422),
    S(page="order-new", state="due computed", act=press(
        "main button[name=preview]", service="Pengujian Aneka Komoditi",
        received_at="2026-06-02T09:00", documents_at="2026-06-02T09:00", paid_at="2026-06-02T09:00",
    )),
    S(page="order-import"),
    S(page="order-import", state="no file", act=press(MAIN_BUTTON), status=422),
    S(page="order-import", state="looked at", act=upload(GOOD_ROWS)),
    S(page="order-import", state="nothing to take",
      act=upload(b"nomor;pelanggan;layanan;diterima")),
    S(page="order-import", state="taken",
      act=upload(GOOD_ROWS + MOVED_ROWS[40:], then=MAIN_BUTTON)),
)  # fmt: skip
MONITORING = (
    S(page="rounds"),
    S(page="rounds", state="to read only", who="kepala"),
    S(page="round", args=("round",)),
    S(page="round", args=("round",), state="errors", status=422, act=an_obstacle_without_cause),
    S(page="round", args=("closed round",)),
    S(page="round", args=("closed round",), who="pj.uji", state="one section's"),
    S(page="round-close", args=("round",)),
)
REPORTS = (
    S(page="figures"),
    S(page="figures", state="nothing yet", query="?tahun=2001"),
    S(page="what-if"),
    S(page="what-if", state="errors", query="?hari=0", status=422),
    S(
        page="what-if",
        state="supposed",
        act=press(MAIN_BUTTON, layanan="Pengujian Aneka Komoditi", hari="2"),
    ),
    S(page="forecast-score"),
    S(page="forecast-score", who="pj.sert", state="of a section"),
)
LETTERS = (
    S(page="letters"),
    S(page="letters", who="agenda", state="numbers to type"),
    S(page="letters", who="agenda", state="number refused", status=422,
      act=press("main form .btn", number="B/1/BSKJI/BSPJI-Palembang/SM.02/XI/2026")),
    S(page="letters", state="empty year", query="?tahun=2019"),
    S(page="letters", state="past its end", query="?halaman=9"),
    S(page="letters", state="to print", query="?cetak=1"),
)  # fmt: skip
SOUVENIRS = (
    S(page="stock"),
    S(page="stock", who="petugas", state="managed"),
    S(page="stock", who="petugas", state="errors", status=422, act=emptied()),
    S(page="item-new", who="petugas"),
    S(page="item-new", who="petugas", state="errors", status=422, act=emptied()),
    S(page="stock-opening", who="petugas"),
    S(page="stock-opening", who="petugas", state="errors", status=422, act=emptied()),
    S(page="stock-correction", who="petugas"),
    S(page="stock-correction", who="petugas", state="errors", status=422, act=emptied()),
)
PROCEDURE = (
    S(page="sop"),
    S(page="sop-revision", args=("=21-bipa-5-b",), who="pj.uji"),
)


def _settings(page: str, *args: str, state: str = "", errors: bool = True) -> tuple[Screen, ...]:
    """A page of the settings, and where it has a form, that form sent empty."""
    shown = S(page=page, args=args, who="admin", state=state)
    if not errors:
        return (shown,)
    return (
        shown,
        S(page=page, args=args, who="admin", state=f"{state} errors", act=emptied(), status=422),
    )


SETTINGS = (
    *_settings("settings", errors=False),
    *_settings("accounts", errors=False),
    *_settings("account-new"),
    S(
        page="account-new",
        who="admin",
        state="made",
        act=press(MAIN_BUTTON, username="sari", full_name="Sari Dewi", nip="198502022010012001"),
    ),
    *_settings("account", "account"),
    *_settings("posts", errors=False),
    *_settings("post-title", "post"),
    *_settings("appointments", errors=False),
    S(page="appointments", who="admin", state="ended", query="?masa=berakhir"),
    *_settings("appointment-new"),
    *_settings("appointment", "appointment"),
    *_settings("appointment", "coming appointment", state="coming", errors=False),
    *_settings("appointment-revoke", "appointment"),
    *_settings("services", errors=False),
    *_settings("service-new"),
    *_settings("service", "service", errors=False),
    *_settings("service-edit", "service"),
    *_settings("standard-new", "service"),
    *_settings("standard-apply", "standard"),
    *_settings("watch-rules", errors=False),
    S(
        page="watch-rules",
        who="admin",
        state="errors",
        status=422,
        act=press(MAIN_BUTTON, reminder_days="tiga"),
    ),
    *_settings("calendar", errors=False),
    *_settings("holiday-new"),
    S(
        page="holiday-new",
        who="admin",
        state="dues move",
        act=press(MAIN_BUTTON, date=a_coming_day, name="Cuti bersama tambahan"),
    ),
    *_settings("holiday-list"),
    S(
        page="holiday-list",
        query="?tahun=2028",
        who="admin",
        state="differs",
        act=press(MAIN_BUTTON, decree="SKB 2028"),
    ),
    *_settings("holiday", "holiday"),
    *_settings("holiday-remove", "past holiday"),
    *_settings("office-hours", "ramadan"),
    *_settings("letterheads", errors=False),
    *_settings("letterhead-new"),
    *_settings("letterhead", "letterhead"),
    *_settings("letterhead", "used letterhead", state="used", errors=False),
    *_settings("template-new", "=expected"),
    *_settings("template", "used template", state="used", errors=False),
    S(page="account-reset", args=("account",), who="admin", state="by its address", status=405),
)
REFUSED = (
    S(page="settings", who="kepala", state="not yours", status=403),
    S(page="case", args=("at 1",), who="plh.kepala", state="not yours", status=403),
    S(page="order", args=(999999,), state="nowhere", status=404),
    S(page="letter-void", args=("sent letter",), who="agenda", state="too late", status=409),
    S(page="admin:index", who="admin"),
)

SCREENS: tuple[Screen, ...] = (
    *MONITORING, *PEOPLE, *TASKS, *CASES, *STEPS, *CUSTOMERS, *ORDERS, *REPORTS, *LETTERS,
    *SOUVENIRS, *PROCEDURE, *SETTINGS, *REFUSED,
)  # fmt: skip

# Addresses that are no pages: files, and what only takes a form.
FILES: dict[str, tuple[str | int, ...]] = {
    "visit-proof": ("ended", "proof"),
    "slip-results": ("at 3",),
    "slip-compensation": ("ended",),
    "track-letter": ("ended",),
    "letters-to-sign": (),
    "letter-pdf": ("signed letter",),
    "letter-scan": ("sent letter",),
    "sample-letter": ("=kop", "letterhead"),
    "standard-scan": ("standard",),
    "pause-evidence": ("pause",),
    "extension-consent": ("extended",),
    "figures-workbook": (2026,),
    "figures-sheet": (2026,),
    "round-workbook": ("closed round",),
    "order-file-csv": (),
    "order-file-xlsx": (),
}
FOR_MACHINES = {"health", "favicon"}
POSTS: dict[str, tuple[str | int, ...]] = {
    "round-open": (),
    "case-open": ("order overdue",),
    "step-assign": ("at 5", 5),
    "letter-number": ("draft letter",),
    "stock-take-back": ("dispatch",),
    "appointment-call-off": ("coming appointment",),
}
