"""A letter as PDF/A on one A4 sheet: plain text in, bytes out; knows no database and no clock.

The same sheet gives the same bytes (on one machine: another HarfBuzz cuts fonts differently).
No text is ever HTML, and nothing but our own files under `static/` is ever read.
"""

import atexit
import mimetypes
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from importlib.resources import files
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pydyf
from django.conf import settings
from django.template.loader import render_to_string
from fontTools.ttLib import TTFont
from weasyprint import CSS, HTML, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

ARCHIVE = {"pdf_variant": "pdf/a-2a", "output_intent": "--srgb"}
MONTH_AND_YEAR = re.compile(r"(?<=/)[0-9IVX]{1,4}/[0-9]{4}$")
CAPACITY = 6_000  # characters; more than any sheet holds, so not worth laying out
TOO_LONG = (
    "Surat tidak muat pada satu halaman A4. Persingkat paragraf, atau kurangi alamat dan tembusan."
)
INCOMPLETE = (
    "Surat tidak dapat dicetak: berkas tata letaknya tidak lengkap atau tidak diizinkan. "
    "Hubungi administrator."
)


class LetterError(Exception):
    """Why there is no PDF, in words for the user."""


class LetterTooLong(LetterError):
    """The text needs more than its one sheet."""


class UnprintableText(LetterError):
    """The text has a character that the letter's font cannot draw, or that turns its direction."""


class RenderRefused(LetterError):
    """The layout asked for something that is not ours, or one of our own files is missing."""


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    ministry: str
    """First line, as printed: "KEMENTERIAN PERINDUSTRIAN REPUBLIK INDONESIA"."""
    agency: str
    """The body between the ministry and us, as printed."""
    unit: str
    """The office's name on the day of the letter, printed bold."""
    address: str
    contact: str
    """Telephone, fax, mail, web in one line; "" for none."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    capacity: str
    """What the signer signs as, with its comma: "Plt. Kepala Balai,"."""
    name: str
    nip: str

    @property
    def nip_grouped(self) -> str:
        """Birth date, month of appointment, sex and serial apart; anything else as it is."""
        digits = self.nip.replace(" ", "")
        if len(digits) != 18 or not (digits.isascii() and digits.isdigit()):
            return self.nip
        return f"{digits[:8]} {digits[8:14]} {digits[14]} {digits[15:]}"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    letterhead: Letterhead
    number: str | None
    """None until signing gives it."""
    nature: str
    """Sifat: "Biasa", "Segera"."""
    attachments: str
    """Lampiran: how many of what; "-" or "" for none."""
    subject: str
    """Hal."""
    place: str
    dated: str | None
    """The date in words, "24 November 2026"; None until signing gives it."""
    addressee: str
    """Without "Yth.", which the sheet prints."""
    address: str
    """Its lines as typed; "" prints "di tempat"."""
    paragraphs: tuple[str, ...]
    signature: Signature | None
    """None while nobody may be named as the signer."""
    copies: tuple[str, ...]
    """Tembusan; numbered when several."""
    draft: bool
    """Marks the sheet KONSEP, and prints what is still missing as a grey note."""

    def __post_init__(self) -> None:
        if not (self.draft or (self.number and self.dated and self.signature)):
            raise ValueError("without number, date or signature a sheet is a draft")

    @property
    def number_split(self) -> tuple[str, str]:
        """The number, its month and year apart: when it needs two lines, they stay together."""
        number = self.number or ""
        end = MONTH_AND_YEAR.search(number)
        return (number[: end.start()], end[0]) if end else (number, "")


def render(sheet: Any, template: str = "letters/sheet.html", *, most_pages: int = 1) -> bytes:
    """The sheet as PDF/A-2a; a `LetterError` says why there is none.

    sheet: a `Sheet`, or for another template a dataclass of texts that it calls `sheet`.
    """
    texts = list(_texts(astuple(sheet)))
    if sum(len(text) + 1 for text in texts) > CAPACITY * most_pages:
        raise LetterTooLong(TOO_LONG)
    with _press_lock:  # Pango's font map serves one thread at a time
        try:
            press = _press()
            press.refuse_unprintable("".join(texts))
            for tight in (False, True):
                document = press.lay_out(sheet, template, tight=tight)
                if len(document.pages) <= most_pages:
                    return document.write_pdf(finisher=_finish, **ARCHIVE)
        except (FatalURLFetchingError, OSError) as refusal:  # the former is a BaseException
            raise RenderRefused(INCOMPLETE) from refusal
    raise LetterTooLong(TOO_LONG)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)


class OwnFiles(URLFetcher):
    """Reads `aset:<path below static/>` and refuses everything else; a refusal ends the render."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("aset",), allow_redirects=False, fail_on_errors=True)
        self.root = (settings.BASE_DIR / "static").resolve()

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        scheme, _, name = url.partition(":")
        path = (self.root / name).resolve()
        if scheme != "aset" or not path.is_relative_to(self.root):
            raise ValueError(f"not a file of ours: {url}")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


class Press:
    """What every letter shares: to load it again costs as much as a letter, and leaks."""

    def __init__(self) -> None:
        self.fetcher = OwnFiles()
        self.fonts = FontConfiguration()
        self.style = CSS(
            url="aset:letters/letter.css", url_fetcher=self.fetcher, font_config=self.fonts
        )
        self.colours = {"--srgb": _screen_colours()}
        with TTFont(self.fetcher.root / "fonts" / "LiberationSans-Regular.ttf", lazy=True) as font:
            drawn = map(chr, font.getBestCmap())  # the same in all four faces
        turning = map(chr, (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x2070)))
        self.printable = frozenset(drawn).union("\t\r\n").difference(turning)

    def refuse_unprintable(self, text: str) -> None:
        """Elsewhere another font would step in; and a turned run reads otherwise than it is."""
        if strange := sorted(set(text) - self.printable):
            named = ", ".join(
                f"“{sign}” (U+{ord(sign):04X})" if sign.isprintable() else f"U+{ord(sign):04X}"
                for sign in strange[:5]
            )
            raise UnprintableText(f"Hapus atau ganti karakter yang tidak dapat dicetak: {named}.")

    def lay_out(self, sheet: Any, template: str, *, tight: bool) -> Document:
        source = render_to_string(template, {"sheet": sheet, "tight": tight})
        return HTML(string=source, url_fetcher=self.fetcher).render(
            font_config=self.fonts,
            color_profiles=self.colours,
            stylesheets=[self.style],
            **ARCHIVE,
        )


def _screen_colours() -> SimpleNamespace:
    """WeasyPrint's own sRGB profile; left to itself it opens the file anew for each letter."""
    profile = files("weasyprint.pdf") / "sRGB2014.icc"
    return SimpleNamespace(name=profile.name, content=profile.read_bytes(), components="RGB")


_the_press: Press | None = None
_press_lock = threading.Lock()


def _press() -> Press:
    global _the_press
    if _the_press is None:
        _the_press = Press()
    return _the_press


@atexit.register
def _put_press_away() -> None:
    """Pango must let go of the fonts while Python is whole; later it is a segmentation fault."""
    global _the_press
    _the_press = None


def _leave_press_to_parent() -> None:
    """A forked worker makes its own press, and must not remove its parent's font files."""
    global _the_press, _press_lock
    if _the_press is not None:
        _the_press.fonts._folder = None
    _the_press, _press_lock = None, threading.Lock()


os.register_at_fork(after_in_child=_leave_press_to_parent)


class Packed(pydyf.Stream):
    """A stream compressed once: making the file's identifier would compress it a second time."""

    data = b""

    def __init__(self, stream: pydyf.Stream) -> None:
        super().__init__()
        self.number, self.data = stream.number, stream.data


def _finish(document: Document, pdf: pydyf.PDF) -> None:
    metadata = int(pdf.catalog["Metadata"].split()[0])
    pdf.objects[metadata].compress = False  # archives look for it without unpacking the file
    pdf.objects = [
        Packed(thing) if isinstance(thing, pydyf.Stream) else thing for thing in pdf.objects
    ]
    write_line, end = pdf.write_line, b"\nendstream\nendobj"

    def write_clear_line(content: bytes, output: BytesIO) -> None:
        """Compressed bytes may end in CR, which before a lone LF would belong to the line end."""
        if content.endswith(end):
            content = content.removesuffix(end) + b"\r" + end
        write_line(content, output)

    pdf.write_line = write_clear_line
