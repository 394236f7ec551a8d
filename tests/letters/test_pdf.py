"""The letter as PDF: what it prints, what it refuses, and that hostile text stays text."""

import io
import logging
import os
import pickle
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings
from pypdf import PdfReader
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError

from kompensasi.letters import pdf
from kompensasi.letters.pdf import (
    Letterhead,
    LetterTooLong,
    RenderRefused,
    Sheet,
    Signature,
    UnprintableText,
    render,
)

pytestmark = [pytest.mark.once, pytest.mark.slow]
CM = 72 / 2.54

SIGNATURE = Signature(capacity="Kepala Balai,", name="Syamdian", nip="197407272003121006")
LETTER = Sheet(
    letterhead=Letterhead(
        ministry="KEMENTERIAN PERINDUSTRIAN REPUBLIK INDONESIA",
        agency="BADAN STANDARDISASI DAN KEBIJAKAN JASA INDUSTRI",
        unit="BALAI STANDARDISASI DAN PELAYANAN JASA INDUSTRI PALEMBANG",
        address="Jl. Perindustrian II No. 12, Km. 9, Sukarame, Palembang 30152",
        contact="Telp./Faks. (0711) 412482",
    ),
    number="B/127/BSKJI/BSPJI-Palembang/PJT/XI/2026",
    nature="Biasa",
    attachments="-",
    subject="Permohonan Maaf atas Keterlambatan Layanan Pengujian",
    place="Palembang",
    dated="24 November 2026",
    addressee="Pimpinan PT Sriwijaya Karet Mandiri",
    address="Jl. Letjen. Harun Sohar No. 45\nPalembang 30154",
    paragraphs=(
        "Sehubungan dengan permohonan layanan jasa Pengujian Aneka Komoditi melalui pesanan Nomor "
        "UJI-2026-0412 tanggal 26 Oktober 2026, sesuai Standar Pelayanan Minimal (SPM) layanan "
        "tersebut kami janjikan selesai pada tanggal 16 November 2026.",
        "Dengan ini kami beri tahukan bahwa pengujian dimaksud belum dapat kami selesaikan pada "
        "tanggal yang dijanjikan dan diperkirakan selesai pada tanggal 30 November 2026. "
        "Keterlambatan terjadi karena kerusakan alat uji plastisitas yang sedang diperbaiki.",
        "Atas keterlambatan tersebut, kami menyampaikan permohonan maaf yang sebesar-besarnya atas "
        "ketidaknyamanan yang Saudara alami.",
        "Untuk menyelesaikan pengujian, alat dimaksud dijadwalkan berfungsi kembali pada tanggal "
        "25 November 2026, dan contoh uji Saudara kami dahulukan.",
        "Sebagai bentuk penghargaan atas kepercayaan Saudara, bersama surat ini kami sampaikan "
        "cendera mata, yang bukan merupakan pembayaran ataupun pengganti layanan.",
        "Apabila memerlukan penjelasan lebih lanjut, Saudara dapat menghubungi Seksi Pengembangan "
        "Jasa Teknik melalui telepon (0711) 412482 pada hari dan jam kerja.",
        "Atas perhatian dan kerja sama Saudara, kami ucapkan terima kasih.",
    ),
    signature=SIGNATURE,
    copies=("Kepala BSKJI", "Kepala Seksi Pengembangan Jasa Teknik"),
    draft=False,
)
DRAFT = replace(LETTER, number=None, dated=None, signature=None, draft=True)


def _places():
    """Where a sheet holds text: (field,), (field, part of the field) or (field, 0)."""
    for field in fields(Sheet):
        value = getattr(LETTER, field.name)
        if is_dataclass(value):
            yield from ((field.name, part.name) for part in fields(value))
        elif isinstance(value, tuple):
            yield (field.name, 0)
        elif isinstance(value, str):
            yield (field.name,)


PLACES = [*_places()]


def value_at(sheet, place):
    value = getattr(sheet, place[0])
    for part in place[1:]:
        value = value[part] if isinstance(part, int) else getattr(value, part)
    return value


def text_of(data):
    return PdfReader(io.BytesIO(data)).pages[0].extract_text()


def squeezed(text):
    """Without what line breaks add: blanks and hyphens."""
    return re.sub(r"[\s-]+", "", text)


def tool(*command, data=None):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()


def words_of(data):
    """Every word with its box in points from the sheet's upper left corner."""
    boxes = tool("pdftotext", "-bbox", "-", "-", data=data)
    box = r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>'
    return [(word, *map(float, edges)) for *edges, word in re.findall(box, boxes)]


def first_places(data):
    return {word: box for word, *box in reversed(words_of(data))}


AT_REST = """
import atexit, os, pickle, sys
atexit.register(lambda: os._exit(9) if pdf._the_press else None)  # the first is called last
import django; django.setup()
from kompensasi.letters import pdf
sheet = pickle.load(sys.stdin.buffer)
"""


def in_own_process(script, sheet, **environment):
    """What a fresh interpreter prints that renders `sheet`; it must also end in peace."""
    done = subprocess.run(
        [sys.executable, "-c", AT_REST + script],
        input=pickle.dumps(sheet),
        capture_output=True,
        cwd=settings.BASE_DIR,
        env={**os.environ, **environment},
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return done.stdout.decode().strip()


@pytest.fixture
def fresh_press(monkeypatch):
    monkeypatch.setattr(pdf, "_the_press", None)


# --- what it prints ---------------------------------------------------------------------------


def test_prints_every_field_on_one_a4_sheet():
    page, *others = PdfReader(io.BytesIO(render(LETTER))).pages
    assert not others
    assert [round(float(side)) for side in page.mediabox] == [0, 0, 595, 842]
    text = squeezed(page.extract_text())
    for place in PLACES:
        if place != ("signature", "nip"):
            assert squeezed(value_at(LETTER, place)) in text, place
    for paragraph in LETTER.paragraphs:
        assert squeezed(paragraph) in text


def test_stands_where_an_official_letter_has_it():
    data = render(LETTER)
    words = words_of(data)
    left = min(box[1] for box in words)
    assert left >= 3 * CM - 0.1
    assert max(box[3] for box in words) <= 595.28 - 2 * CM + 0.5
    where = first_places(data)
    assert where["Nomor"][0] == where["Yth."][0] == where["Tembusan:"][0] == left
    date = next(box for word, *box in words if word == "Palembang,")
    assert date[0] > 595.28 / 2
    assert date[1] == where["Nomor"][1]
    assert where["Sifat"][1] > where["Nomor"][1]
    name, capacity = where["Syamdian"], where["Balai,"]
    assert name[0] > 595.28 / 2
    assert name[1] - capacity[3] >= 2.1 * CM
    assert where["Tembusan:"][1] > where["NIP"][3]


@pytest.mark.parametrize(
    ("number", "dated"),
    [
        ("B/1127/BSKJI/BSPJI-Palembang/SM.02/XI/2026", "24 November 2026"),
        ("B/127/BSKJI/BSPJI-Palembang/SM.02/XII/2026", "24 Desember 2026"),
        ("B/127/BSKJI/BSPJI-Palembang/SM.02/VIII/2026", "24 Agustus 2026"),
    ],
)
def test_the_offices_own_numbers_need_one_line(number, dated):
    where = first_places(render(replace(LETTER, number=number, dated=dated)))
    assert where[number][1] == where["Palembang,"][1]


def test_a_number_of_two_lines_keeps_month_and_year_together():
    number = "B/1127/BSKJI/BSPJI-PALEMBANG/PJT/HK.01.02/UJI/XII/2026"
    lines = text_of(render(replace(LETTER, number=number))).split("\n")
    assert any("XII/2026" in line and "B/1127" not in line for line in lines), lines


def test_the_date_has_no_full_stop():
    assert "Palembang, 24 November 2026\n" in text_of(render(LETTER))


def test_groups_the_nip():
    assert "NIP 19740727 200312 1 006" in text_of(render(LETTER))


@pytest.mark.parametrize(
    ("nip", "grouped"),
    [
        ("197407272003121006", "19740727 200312 1 006"),
        ("19740727 200312 1 006", "19740727 200312 1 006"),
        ("1974072720031210061", "1974072720031210061"),
        ("١٩٧٤٠٧٢٧٢٠٠٣١٢١٠٠٦", "١٩٧٤٠٧٢٧٢٠٠٣١٢١٠٠٦"),
        ("", ""),
    ],
)
def test_groups_only_eighteen_digits(nip, grouped):
    assert replace(SIGNATURE, nip=nip).nip_grouped == grouped


def test_prints_the_capacity_of_an_acting_head():
    acting = replace(SIGNATURE, capacity="Plt. Kepala Balai,")
    assert "Plt. Kepala Balai,\nSyamdian\n" in text_of(render(replace(LETTER, signature=acting)))


def test_keeps_the_lines_of_the_address():
    lines = "Pimpinan PT Sriwijaya Karet Mandiri\nJl. Letjen. Harun Sohar No. 45\nPalembang 30154\n"
    assert lines in text_of(render(LETTER))


def test_without_an_address_it_goes_di_tempat():
    text = text_of(render(replace(LETTER, address="")))
    assert "Pimpinan PT Sriwijaya Karet Mandiri\ndi tempat\n" in text


def test_numbers_several_copies_and_not_a_single_one():
    assert "Tembusan:\n1. Kepala BSKJI\n2. Kepala Seksi" in text_of(render(LETTER))
    assert "Tembusan:\nKepala BSKJI" in text_of(render(replace(LETTER, copies=("Kepala BSKJI",))))
    assert "Tembusan" not in text_of(render(replace(LETTER, copies=())))


def test_breaks_no_word_of_a_letter():
    """Hyphenation by pattern does not know where an Indonesian affix begins: "kesa-baran"."""
    syllables = "Ketidaksesuaian pelaksanaan mempertanggungjawabkan penyelenggaraan. " * 8
    text = text_of(render(replace(LETTER, paragraphs=(syllables,))))
    assert not re.search(r"[a-z]-\n[a-z]", text)
    assert squeezed(syllables) in squeezed(text)


def test_prints_the_signs_of_a_laboratory():
    signs = "≤ 10 °C ≥ 2 ± 5 µm Ω CO₂ m³ 3 ‰ → “kutip” – § ½"
    assert signs in text_of(render(replace(LETTER, subject=signs)))


def test_a_word_without_end_stays_on_the_sheet():
    words = words_of(render(replace(LETTER, addressee="A" * 200, paragraphs=("W" * 300,))))
    assert max(box[3] for box in words) <= 595.28 - 2 * CM + 0.5


def test_a_draft_says_so_and_names_what_is_missing():
    text = text_of(render(DRAFT))
    for note in (
        "KONSEP",
        "(nomor diberikan saat ditandatangani)",
        "Palembang, (tanggal surat)",
        "(jabatan penanda tangan)",
        "(nama penanda tangan)",
    ):
        assert note in text
    assert "None" not in text


def test_a_draft_may_name_its_signer():
    text = text_of(render(replace(DRAFT, signature=SIGNATURE)))
    assert "Kepala Balai,\nSyamdian\nNIP 19740727 200312 1 006" in text


def test_a_letter_bears_no_mark_of_a_draft():
    text = text_of(render(LETTER))
    assert "KONSEP" not in text
    assert "ditandatangani" not in text


@pytest.mark.parametrize("missing", [{"number": None}, {"dated": ""}, {"signature": None}])
def test_what_lacks_number_date_or_signature_cannot_pass_for_a_letter(missing):
    with pytest.raises(ValueError, match="is a draft"):
        replace(LETTER, **missing)


# --- the file ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", [LETTER, DRAFT], ids=["letter", "draft"])
def test_is_a_tagged_archive_file_with_title_and_language(sheet):
    data = render(sheet)
    assert data.startswith(b"%PDF-1.7")
    assert data.endswith(b"%%EOF\n")
    assert b'pdfaid:part="2" pdfaid:conformance="A"' in data  # the metadata is not compressed
    reader = PdfReader(io.BytesIO(data))
    about: Any = reader.metadata
    assert sheet.subject in about.title
    assert (sheet.number or "Konsep") in about.title
    assert about.author == sheet.letterhead.unit
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "id"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/OutputIntents"]
    assert len(data) <= 30_000


def test_every_stream_is_as_long_as_it_says():
    """By either reading of a line end: a letter in a hundred has a stream that ends in CR."""
    data = render(LETTER)
    starts = list(re.finditer(rb"/Length (\d+)[^>]*>>\nstream\n", data))
    assert len(starts) == data.count(b"\nendstream\n") > 5
    for start in starts:
        assert data[start.end() + int(start[1]) :].startswith(b"\r\nendstream\n")


def test_embeds_only_its_own_fonts():
    lines = tool("pdffonts", "-", data=render(LETTER)).splitlines()[2:]
    assert {line.split()[0].partition("+")[2] for line in lines} == {"Surat", "Surat-Bold"}
    for line in lines:
        assert re.search(r" yes +yes +yes +\d+ +0$", line), line  # embedded, subset, to Unicode


@pytest.mark.usefixtures("fresh_press")
def test_the_layout_engine_has_nothing_to_complain_of(caplog):
    with caplog.at_level(logging.WARNING, "weasyprint"):
        render(LETTER)
        render(DRAFT)
    assert caplog.records == []


def test_the_same_sheet_gives_the_same_bytes(monkeypatch):
    first = render(LETTER)
    render(DRAFT)
    assert render(LETTER) == first
    monkeypatch.setattr(pdf, "_the_press", None)
    assert render(LETTER) == first


def test_another_sheet_gives_other_bytes():
    assert render(replace(LETTER, number="B/128/BSKJI/BSPJI-Palembang/PJT/XI/2026")) != render(
        LETTER
    )


@pytest.mark.process
def test_another_process_gives_the_same_bytes_and_ends_in_peace():
    script = "import hashlib; print(hashlib.sha256(pdf.render(sheet)).hexdigest())"
    here = sha256(render(LETTER)).hexdigest()
    assert in_own_process(script, LETTER, PYTHONHASHSEED="1") == here


@pytest.mark.process
def test_a_forked_worker_leaves_its_parent_able_to_print():
    script = """
before = pdf.render(sheet)
folder = pdf._the_press.fonts._folder
child = os.fork()
if not child:
    sys.exit(pdf.render(sheet) != before or pdf._the_press.fonts._folder == folder)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(list(folder.iterdir())))
assert pdf.render(sheet) == before
"""
    assert in_own_process(script, LETTER) == "0 4"


def test_threads_print_one_after_another(monkeypatch):
    sheets = [replace(LETTER, number=f"B/{i}") for i in range(4)]
    alone = [render(sheet) for sheet in sheets]
    lay_out, at_work = pdf.Press.lay_out, threading.Lock()

    def lay_out_alone(*args, **options):
        assert at_work.acquire(blocking=False)
        try:
            return lay_out(*args, **options)
        finally:
            at_work.release()

    monkeypatch.setattr(pdf.Press, "lay_out", lay_out_alone)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(render, sheets)) == alone


@pytest.mark.usefixtures("fresh_press")
def test_fonts_and_style_are_loaded_once(monkeypatch):
    made = []

    class Counted(pdf.Press):
        def __init__(self):
            made.append(self)
            super().__init__()

    monkeypatch.setattr(pdf, "Press", Counted)
    for _ in range(3):
        render(LETTER)
    assert len(made) == 1


# --- what it refuses --------------------------------------------------------------------------


def test_a_few_lines_too_many_are_set_closer():
    longer = replace(LETTER, paragraphs=LETTER.paragraphs + LETTER.paragraphs[:4])
    usual, close = (first_places(render(sheet)) for sheet in (LETTER, longer))
    pitch, closer = (where["Hal"][1] - where["Lampiran"][1] for where in (usual, close))
    assert closer < pitch
    assert close["Syamdian"][1] - close["Balai,"][3] >= 2.1 * CM  # the room for the signature stays


@pytest.mark.parametrize("copies", [(), ("Kepala BSKJI",)])
@pytest.mark.parametrize(
    "number",
    [
        "B/1127/BSKJI/BSPJI-Palembang/PJT/HK.01.02/XII/2026",
        "B/1127/BSKJI/BSPJI-PALEMBANG/PJT/HK.01.02/UJI.ANEKA/XII/2026",
    ],
)
def test_what_fits_as_a_draft_fits_when_signed(copies, number):
    """Or the head of the office would be the one to learn that the text is too long."""
    line = "Keterlambatan terjadi karena alat uji sedang diperbaiki oleh penyedia jasa. "
    fitting = None
    for lines in range(30, 60):
        draft = replace(DRAFT, paragraphs=(line * lines,), copies=copies)
        try:
            render(draft)
        except LetterTooLong:
            break
        fitting = draft
    signature = Signature(
        capacity="Plt. Kepala Balai Standardisasi dan Pelayanan Jasa Industri Palembang,",
        name="Dr. Ir. Hj. Rahmawati Kusumaningrum Prawiranegara, S.T., M.Si.",
        nip="197407272003121006",
    )
    dated = "24 November 2026"
    assert fitting
    render(replace(fitting, number=number, dated=dated, signature=signature, draft=False))


def test_a_letter_of_two_sheets_is_refused_with_advice():
    with pytest.raises(LetterTooLong, match=r"tidak muat pada satu halaman A4\. Persingkat"):
        render(replace(LETTER, paragraphs=LETTER.paragraphs * 3))


@pytest.mark.parametrize(
    "vast",
    [{"paragraphs": ("kata " * 40_000,)}, {"copies": ("",) * 200_000}, {"addressee": "x" * 9_000}],
    ids=["text", "entries", "field"],
)
def test_vast_text_is_refused_before_it_costs_anything(monkeypatch, vast):
    monkeypatch.setattr(pdf.Press, "lay_out", lambda *args, **options: pytest.fail("laid out"))
    with pytest.raises(LetterTooLong):
        render(replace(LETTER, **vast))


@pytest.mark.parametrize("sign", ["✓", "漢", "😀", "\x00", "\x0b", "\u202e", "\u2066", "\ue000"])
def test_what_the_font_cannot_draw_is_refused_by_name(sign):
    with pytest.raises(UnprintableText, match=re.escape(f"U+{ord(sign):04X}")):
        render(replace(LETTER, addressee=f"PT {sign} Maju"))


# --- hostile text (FAULTS D9) -----------------------------------------------------------------


class Canary(ThreadingHTTPServer):
    """A server on this machine that nobody may call."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Note)
        self.calls: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Note(BaseHTTPRequestHandler):
    server: Canary

    def do_GET(self):
        self.server.calls.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def listening():
    with Canary() as server:
        listener = threading.Thread(target=server.serve_forever)
        listener.start()
        yield server
        server.shutdown()
        listener.join()


@pytest.fixture
def canary(listening):
    listening.calls.clear()
    return listening


def attached(data, folder):
    """How many files the PDF carries, in its catalog or in an annotation."""
    (folder / "surat.pdf").write_bytes(data)
    return int(tool("pdfdetach", "-list", folder / "surat.pdf").split()[0])


def attacks(url, file):
    return [
        f'<img src="{url}/1">',
        f'<link rel=stylesheet href="{url}/2">',
        f"<style>@import '{url}/3'</style>",
        f'<p style="background: url({url}/4)">a</p>',
        f'<object data="{url}/5"></object>',
        f'<svg><image href="{url}/6"/></svg>',
        f'<li style="list-style-image: url({url}/7)">a</li>',
        f'<link rel=attachment href="{url}/8">',
        f'<link rel=attachment href="file://{file}">',
        f'<a rel=attachment href="file://{file}">a</a>',
    ]


def with_text(sheet, place, text):
    if len(place) == 1:
        value = text
    elif isinstance(place[1], int):
        value = (text,)
    else:
        value = replace(getattr(sheet, place[0]), **{place[1]: text})
    return replace(sheet, **{place[0]: value})


@pytest.mark.parametrize("draft", [False, True])
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_hostile_html_is_printed_as_typed(canary, tmp_path, place, draft):
    (tmp_path / "r").write_text("rahasia")
    hostile = "</title></p>" + "".join(attacks(canary.url, tmp_path / "r"))
    sheet = with_text(replace(LETTER, paragraphs=("Isi.",), draft=draft), place, hostile)
    data = render(sheet)
    assert squeezed(hostile) in squeezed(text_of(data))
    assert canary.calls == []
    assert attached(data, tmp_path) == 0


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_template_code_is_printed_as_typed(place):
    code = "{{ 7|add:7 }} {% include 'x' %} {# y #} &amp; &lt;"
    assert squeezed(code) in squeezed(text_of(render(with_text(LETTER, place, code))))


def test_the_attacks_work_where_nothing_stops_them(canary, tmp_path):
    """Control: the library's own fetcher and unescaped text do call and attach."""
    secret = tmp_path / "rahasia"
    secret.write_text("rahasia")
    hostile = "".join(attacks(canary.url, secret))
    data = HTML(string=f"<html lang=id><body>{hostile}").write_pdf()
    assert {f"/{n}" for n in range(1, 9)} <= set(canary.calls)
    assert attached(data, tmp_path) == 3


@pytest.mark.parametrize("number", range(10))
def test_even_unescaped_they_reach_nothing(canary, tmp_path, monkeypatch, number):
    """Second wall: should a template ever let HTML through, the fetcher refuses."""
    secret = tmp_path / "rahasia"
    secret.write_text("rahasia")
    hostile = f"<html lang=id><body>{attacks(canary.url, secret)[number]}"
    monkeypatch.setattr(pdf, "render_to_string", lambda *args: hostile)
    if "<svg>" in hostile:  # WeasyPrint draws it without what it may not fetch
        assert attached(render(LETTER), tmp_path) == 0
    else:
        with pytest.raises(RenderRefused, match="Hubungi administrator"):
            render(LETTER)
    assert canary.calls == []


def test_a_refusal_is_an_ordinary_exception():
    """WeasyPrint's own is a BaseException, which would end a worker."""
    assert issubclass(RenderRefused, Exception)
    assert not issubclass(FatalURLFetchingError, Exception)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "aset:../manage.py",
        "aset:fonts/../../manage.py",
        "aset:/etc/passwd",
        "aset:///etc/passwd",
        "ASET:fonts/OFL.txt",
        "fonts/OFL.txt",
    ],
)
def test_only_own_files_are_read(url):
    with pytest.raises(ValueError, match="not a file of ours"):
        pdf.OwnFiles().fetch(url)


def test_a_link_out_of_static_is_not_followed(settings, tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "rahasia").write_text("rahasia")
    (tmp_path / "static" / "link").symlink_to(tmp_path / "rahasia")
    settings.BASE_DIR = tmp_path
    with pytest.raises(ValueError, match="not a file of ours"):
        pdf.OwnFiles().fetch("aset:link")


@pytest.mark.usefixtures("fresh_press")
def test_a_missing_font_prints_nothing_rather_than_another(settings, tmp_path):
    css = (settings.BASE_DIR / "static/letters/letter.css").read_text()
    (tmp_path / "static/letters").mkdir(parents=True)
    (tmp_path / "static/letters/letter.css").write_text(css)
    settings.BASE_DIR = tmp_path
    with pytest.raises(RenderRefused):
        render(LETTER)
