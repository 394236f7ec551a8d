"""A letter as it is kept, beside WeasyPrint alone on the same page."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from kompensasi.letters import pdf
from tests.bench.measuring import Row, at_most, interleaved, timed

LETTERS = 300
SHEET = pdf.Sheet(
    letterhead=pdf.Letterhead(
        ministry="KEMENTERIAN PERINDUSTRIAN REPUBLIK INDONESIA",
        agency="BADAN STANDARDISASI DAN KEBIJAKAN JASA INDUSTRI",
        unit="BALAI STANDARDISASI DAN PELAYANAN JASA INDUSTRI PALEMBANG",
        address="Jl. Perindustrian II No. 12, Km. 9, Sukarame, Palembang 30152",
        contact="Telepon/Faks (0711) 412482",
    ),
    number="B/123/BSKJI/BSPJI-PLG/MS/XI/2026", nature="Biasa", attachments="-",
    subject="Permohonan maaf atas keterlambatan", place="Palembang", dated="24 November 2026",
    addressee="Pimpinan PT Contoh Karet Sumatera", address="Jl. Contoh No. 1\nPalembang",
    paragraphs=(
        "Sehubungan dengan pesanan Saudara nomor 0001/UJI-ANEKA/2026 untuk layanan pengujian aneka"
        " komoditi, hasil pekerjaan kami janjikan selesai pada 17 November 2026.",
        "Pekerjaan tersebut tertunda karena kerusakan alat dan kami perkirakan selesai pada"
        " 30 November 2026. Alat sudah diperbaiki dan pekerjaan kami lanjutkan.",
        "Kami menyampaikan permohonan maaf atas keterlambatan ini. Bersama surat ini kami"
        " sampaikan souvenir sebagai tanda penghargaan kami.",
        "Pertanyaan dapat disampaikan kepada Seksi Pengembangan Jasa Teknik, (0711) 412482.",
        "Atas perhatian dan kerja sama Saudara, kami mengucapkan terima kasih.",
    ),
    signature=pdf.Signature(
        capacity="Kepala Balai,", name="Kepala Balai (contoh)", nip="197001011995031001"
    ),
    copies=("Kepala BSKJI",), draft=False,
)  # fmt: skip


def rows(*, rounds: int) -> list[Row]:
    """Time, two processes, memory, size."""
    return [_time(rounds), _together(), _memory(), _size()]


def _time(rounds: int) -> Row:
    fetcher, fonts = pdf.OwnFiles(), FontConfiguration()
    style = CSS(url="aset:letters/letter.css", url_fetcher=fetcher, font_config=fonts)
    source = render_to_string("letters/sheet.html", {"sheet": SHEET, "tight": False})

    def bare() -> object:
        page = HTML(string=source, url_fetcher=fetcher)
        return page.write_pdf(font_config=fonts, stylesheets=[style])

    pair = interleaved(lambda: timed(bare), lambda: timed(lambda: pdf.render(SHEET)),
                       rounds=rounds, warm=3)  # fmt: skip
    return at_most(
        "letter, warm, final PDF/A-2a", "bare WeasyPrint, plain PDF, same page and style", pair, 1.1
    )


def _together() -> Row:
    """Letters a second of two processes beside one."""
    one, two = [], []
    for _ in range(3):
        one.append(_pace(1))
        two.append(_pace(2))
    ratio = statistics.median(two) / statistics.median(one)
    return Row(
        work="letters a second, two processes", yardstick="one process",
        result=f"{ratio:.2f} ×", goal="≥ 1.9 ×", met=ratio >= 1.9,
    )  # fmt: skip


def _pace(processes: int) -> float:
    """Letters a second, all processes together; each says how long its share took."""
    code = "import django; django.setup();from tests.bench import letters; letters.print_pace()"
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    outputs = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise RuntimeError("a process that makes letters failed")
    return sum(float(output) for output in outputs)


def print_pace(letters: int = 40) -> None:
    """Letters a second of this process, once warm."""
    for _ in range(3):
        pdf.render(SHEET)
    begun = time.perf_counter()
    for _ in range(letters):
        pdf.render(SHEET)
    print(letters / (time.perf_counter() - begun))


def _memory() -> Row:
    for _ in range(20):
        pdf.render(SHEET)
    before = _resident()
    for _ in range(LETTERS):
        pdf.render(SHEET)
    grown = _resident() - before
    return Row(
        work=f"memory over {LETTERS} letters", yardstick="after the first twenty",
        result=f"+ {grown:.1f} MB", goal="≤ 5 MB", met=grown <= 5,
    )  # fmt: skip


def _resident() -> float:
    """Megabytes this process holds."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _size() -> Row:
    kilobytes = len(pdf.render(SHEET)) / 1000
    return Row(
        work="size of a letter", yardstick="", result=f"{kilobytes:.1f} kB", goal="≤ 30 kB",
        met=kilobytes <= 30,
    )  # fmt: skip
