"""The published procedure against its paper: every word of SOP 21-BIPA/5, and the two readings.

SOURCE is the office's text as it came, tabs and slips included; the tables below are DOMAIN's.
"""

import hashlib
import json
import re
from datetime import date

import pytest
from django.conf import settings

from kompensasi import base_data
from kompensasi.sop.models import Revision, RevisionStep, RevisionText

# fmt: off
SOURCE = """\
**BADAN STANDARDISASI DAN KEBIJAKAN JASA INDUSTRI
BALAI RISET DAN STANDARISASI INDUSTRI PALEMBANG**

DASAR HUKUM :

1. Peraturan Menteri Perindustrian Republik Indonesia Nomor: 49/M-Ind/Per/6/2006 tentang Organisasi dan Tata Kerja Balai Besar; Balai Riset dan Standardisasi
2. Peraturan Menteri Perindustrian Republik Indonesia No.55/M-IND/PER/6/2011 Tentang Unit Pelayanan Publik Kementerian Perindustrian
3. Peraturan Menteri Pendayagunaan Aparatur Negara dan Reformasi Birokrasi RI No. 63/Kep/M.Pan/7/2003 Tentang Pedoman Umum Penyelenggaraan Pelayanan Publik
4. Peraturan Menteri perindustrian No 7 Tahun 2021 tentang Organisasi dan Tata Kerja Kementerian Perindustrian

KETERKAITAN :

1. SOP Pelayanan Jasa Pengujian Aneka Komoditi dan Pencemaran
2. SOP Pelayanan Jasa Kalibrasi
3. SOP Pelayanan Sertifikasi produk, Sertifikasi Sistem Mutu, Sertifikasi Industri Hijau dan Sertifikasi mutu Lingkungan

PERINGATAN :

1. Jika pelaksanaan penyelenggaraan kegiatan layanan jasa diluar SPM, maka perlu memberikan kompensasi kepada pelanggan

Nomor SOP	: SOP 21-BIPA/5
Tanggal SOP	: 26 Februari 2021
Tanggal Revisi	: 0
Tanggal Efektif	: 26 Februari 2021
Disahkan oleh	: Kepala Baristand Industri Palembang  Nip 197407272003121006
Nama SOP	: SOP Pemberian Kompensasi Pelanggan

KUALIFIKASI PELAKSANA :

1. Mengetahui SPM layanan jasa
2. Mampu berkomunikasi aktif dengan pelanggan

PERLENGKAPAN/ PERALATAN :

1. Laptop/ Personal Computer
2. Printer
3. ATK

PENCATATAN DAN PENDATAAN

1. Monitoring SPM
2. Surat permintaan maaf

SOP PEMBERIAN KOMPENSASI UNTUK PELANGGAN

No	Kegiatan	Pelanggan	PELAKSANA					Mutu Baku			Keterangan	
			Penanggung Jawab Teknis	Kepala Balai	Pit. Kasi PJT	Kepala Seksi Terkait	Kelengkapan	Waktu	Output			
1	Monitoring Standar pelayanan Minimal (SPM) untuk jasa layanan ke pelanggan								Form Monitoring SPM	30 menit	Hasil Monitoring SPM	
2	Konfirmasi proses layanan jasa									15 menit	Hasil Monitoring SPM	
3	Apabila jasa layanan yang diberikan ke pelanggan telah selesai, penyelenggara pelayanan publik menyerahkan hasil pekerjaan								Hasil Layanan Jasa	30 menit	Hasil Layanan Jasa	
4	Menginformasikan adanya kendala dalam pelaksanaan layanan jasa									15 menit	Hasil Monitoring SPM	
5	Apabila perkiraan waktu layanan diluar dari SPM (kerusakan alat, bencana, ketersediaan SDM, dll) Penyelenggara pelayanan publik menginformasikan hasil monitoring								kommunikasi hasil monitoring SPM	10 menit	Evaluasi hasil monitoring	
6	Melaporkan adanya kendala dalam layanan jasa yang diperkirakan akan selesai diluar SPM								Evaluasi Hasil Monitoring SPM	20 menit	Instruksi dan arahan	
7	Menginstruksikan agar membuat surat permintaan maaf dan pemberian souvenir ke pelanggan layanan jasa								Instruksi	15 menit	Konsep surat	
8	Membuat konsep surat permintaan maaf dan menyiapkan souvenir untuk pelanggan layanan jasa								Konsep surat dan souvenir	20 menit	Konsep surat	
9	Mengevaluasi dan menyetujui konsep surat permintaan maaf								Konsep surat	10 menit	Konsep surat divalidasi	
10	Menandatangani surat permintaan maaf								Konsep surat yang divalidasi	15 menit	Menandatangani surat	
11	Mengirim surat permintaan maaf beserta souvenir ke pelanggan								surat yang telah ditandatangani	15 menit	mengirim surat permintaan maaf dan souvenir ke pelanggan	
12	Menerima surat permintaan maaf beserta souvenir								Surat Permintaan maaf dan souvenir	10 menit	Surat permintaan maaf dan souvenir diterima	
"""  # noqa: E501
# fmt: on

ROWS = [line.split("\t") for line in SOURCE.splitlines() if re.match(r"\d+\t", line)]
PAPERS, MINUTES, OUTPUT, REMARK = 9, 10, 11, 12  # columns of ROWS

LANES_A = {
    1: ("kasi_pjt", []),
    2: ("pj_teknis", ["kasi_pjt"]),
    3: ("kasi_pjt", ["pelanggan"]),
    4: ("pj_teknis", ["kasi_pjt", "kepala_seksi"]),
    5: ("kasi_pjt", ["pelanggan", "kepala_seksi"]),
    6: ("kepala_seksi", ["kepala_balai"]),
    7: ("kepala_balai", ["kasi_pjt"]),
    8: ("kasi_pjt", ["kepala_seksi"]),
    9: ("kepala_seksi", ["kepala_balai"]),
    10: ("kepala_balai", ["kasi_pjt"]),
    11: ("kasi_pjt", ["pelanggan"]),
    12: ("pelanggan", []),
}
ACTORS_B = {
    **dict.fromkeys((1, 2, 3, 5, 8, 11), "pj_teknis"),
    4: "kepala_seksi",
    **dict.fromkeys((6, 9), "kasi_pjt"),
    **dict.fromkeys((7, 10), "kepala_balai"),
    12: "pelanggan",
}
# Step → the steps whose actors it is told to, beside the customer at 3, 5 and 11. DOMAIN gives
# the recipients of reading A only; this rule yields them and those of B.
TOLD = {2: [3], 4: [5, 6], 5: [6], 6: [7], 7: [8], 8: [9], 9: [10], 10: [11]}
TO_CUSTOMER = (3, 5, 11)

READINGS = ("21-bipa-5-a", "21-bipa-5-b")

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def _base_data(db):
    base_data.load()


@pytest.fixture(params=READINGS)
def revision(request):
    return Revision.objects.get(code=request.param)


def numbered(heading: str) -> list[str]:
    """The numbered lines below a heading of the source."""
    lines = SOURCE.partition(heading)[2].lstrip().splitlines()
    found = []
    for line in lines:
        if not (match := re.match(r"\d+\. (.*)", line)):
            break
        found.append(match[1])
    return found


def identity(label: str) -> str:
    """What the source's identity block says after a label."""
    match = re.search(rf"^{label}\t: (.*)$", SOURCE, re.MULTILINE)
    assert match
    return match[1]


def test_the_source_here_is_whole():
    """The digest is of the office's file, without the empty lines around its text."""
    assert hashlib.sha256(SOURCE.strip("\n").encode()).hexdigest() == (
        "84586681869f3fafc6ffdf5f29f009925a3f3c02d8a76116c9b408f9e14b28c7"
    )
    assert [row[0] for row in ROWS] == [str(n) for n in range(1, 13)]
    assert {len(row) for row in ROWS} == {13}


def test_each_row_says_what_the_source_says(revision):
    kept = revision.steps.values_list("number", "activity", "papers", "output", "remark", "minutes")
    assert list(kept) == [
        (
            int(row[0]),
            row[1],
            row[PAPERS],
            row[OUTPUT],
            row[REMARK],
            int(row[MINUTES].removesuffix(" menit")),
        )
        for row in ROWS
    ]


def test_what_stands_in_which_column():
    """Read by eye, as the rows' tabs don't stand below their headings."""
    steps = {step.number: step for step in Revision.objects.get(code=READINGS[0]).steps.all()}
    assert steps[1].papers == "Form Monitoring SPM"
    assert steps[1].output == steps[2].output == steps[4].output == "Hasil Monitoring SPM"
    assert steps[2].papers == steps[4].papers == ""
    assert steps[5].papers == "kommunikasi hasil monitoring SPM"
    assert steps[5].output == "Evaluasi hasil monitoring"
    assert (steps[6].papers, steps[6].output) == (
        "Evaluasi Hasil Monitoring SPM",
        "Instruksi dan arahan",
    )
    assert (steps[7].papers, steps[7].output) == ("Instruksi", "Konsep surat")
    assert (steps[8].papers, steps[8].output) == ("Konsep surat dan souvenir", "Konsep surat")
    assert (steps[9].papers, steps[9].output) == ("Konsep surat", "Konsep surat divalidasi")
    assert steps[10].output == "Menandatangani surat"
    assert steps[12].output == "Surat permintaan maaf dan souvenir diterima"
    assert [steps[n].minutes for n in range(1, 13)] == [
        30, 15, 30, 15, 10, 20, 15, 20, 10, 15, 15, 10,
    ]  # fmt: skip


def test_the_minutes_are_205(revision):
    assert sum(revision.steps.values_list("minutes", flat=True)) == 205


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        (RevisionText.Kind.LEGAL, "DASAR HUKUM :"),
        (RevisionText.Kind.RELATED, "KETERKAITAN :"),
        (RevisionText.Kind.WARNING, "PERINGATAN :"),
        (RevisionText.Kind.SKILL, "KUALIFIKASI PELAKSANA :"),
        (RevisionText.Kind.EQUIPMENT, "PERLENGKAPAN/ PERALATAN :"),
        (RevisionText.Kind.RECORD, "PENCATATAN DAN PENDATAAN"),
    ],
)
def test_each_list_of_page_1_is_the_sources(revision, kind, heading):
    kept = revision.texts.filter(kind=kind).values_list("position", "text")
    assert list(kept) == list(enumerate(numbered(heading), start=1))


def test_the_lists_of_page_1_have_all_their_lines(revision):
    kept = [revision.texts.filter(kind=kind).count() for kind in RevisionText.Kind]
    assert kept == [4, 3, 1, 2, 3, 2]


def test_the_identity_block_is_the_sources(revision):
    assert revision.number == identity("Nomor SOP") == "SOP 21-BIPA/5"
    assert revision.title == identity("Nama SOP") == "SOP Pemberian Kompensasi Pelanggan"
    assert revision.issued == identity("Tanggal SOP") == "26 Februari 2021"
    assert revision.revised == identity("Tanggal Revisi") == "0"
    assert revision.effective == identity("Tanggal Efektif") == "26 Februari 2021"
    assert revision.approved_by == identity("Disahkan oleh")
    assert revision.approved_by.split() == [
        "Kepala", "Baristand", "Industri", "Palembang", "Nip", "197407272003121006",
    ]  # fmt: skip
    assert f"**{revision.agency}\n{revision.unit}**" in SOURCE


def test_what_the_remarks_quote_stands_in_the_source(revision):
    """“…” quotes the source; ‘…’ is how we read it."""
    quotes = re.findall("“(.+?)”", revision.remarks)
    assert {"Pit. Kasi PJT", "kommunikasi", "0", "STANDARISASI"} <= set(quotes)
    assert [quote for quote in quotes if quote not in SOURCE] == []


def lanes(revision: Revision) -> dict[int, tuple[str, set[str]]]:
    rows = revision.steps.select_related("actor").prefetch_related("recipients")
    return {s.number: (s.actor.code, {post.code for post in s.recipients.all()}) for s in rows}


def test_reading_a_is_the_domains_table():
    assert lanes(Revision.objects.get(code="21-bipa-5-a")) == {
        number: (actor, set(to)) for number, (actor, to) in LANES_A.items()
    }


def test_reading_b_is_the_domains_table():
    found = lanes(Revision.objects.get(code="21-bipa-5-b"))
    assert {number: actor for number, (actor, _) in found.items()} == ACTORS_B


def test_each_reading_tells_who_goes_on(revision):
    found = lanes(revision)
    for number, (actor, to) in found.items():
        told = {found[other][0] for other in TOLD.get(number, [])} - {actor}
        assert to == told | ({"pelanggan"} if number in TO_CUSTOMER else set()), number


def test_every_lane_is_marked_as_reconstructed():
    assert not RevisionStep.objects.filter(
        revision__code__in=READINGS, lane_reconstructed=False
    ).exists()


def test_the_readings_differ_in_lanes_alone():
    def words(name):
        data = json.loads((settings.BASE_DIR / "fixtures" / name).read_text(encoding="utf-8"))
        del data["code"], data["in_force_from"], data["remarks"][0]
        for step in data["steps"]:
            del step["actor"], step["to"]
            step.pop("prepared_by", None), step.pop("delegable", None)
        return data

    assert words("sop_21_bipa_5_a.json") == words("sop_21_bipa_5_b.json")


def test_reading_a_is_in_force_from_the_start_and_b_is_not():
    assert Revision.in_force(date(2010, 1, 1)).code == "21-bipa-5-a"
    assert Revision.in_force(date(2027, 12, 31)).code == "21-bipa-5-a"
    with pytest.raises(Revision.DoesNotExist):
        Revision.in_force(date(2009, 12, 31))
