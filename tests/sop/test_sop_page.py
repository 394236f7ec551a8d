"""The SOP's page beside the fixture it was read from."""

import html
import re
from datetime import date, datetime

import pytest
import time_machine

from kompensasi import base_data
from kompensasi.people.models import Post
from kompensasi.sop.models import Revision, RevisionStep
from spm_monitor.workdays import WIB
from tests.conftest import MONDAY, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MARK = "rekonstruksi, perlu dikonfirmasi"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY):
        yield


def shown(username: str = "auditor", path: str = "/sop/") -> str:
    """The page as text, its white space made single."""
    answer = signed_in(username).get(path)
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.content.decode()).split())


def rows(page: str) -> list[str]:
    """The rows of the step table."""
    return re.findall(r"<tr[^>]*>(?:(?!</tr>).)*</tr>", page.partition("<tbody>")[2])


def cells(row: str) -> dict[str, str]:
    """The labelled cells of a row, without tags."""
    found = re.findall(r'<td[^>]*data-label="([^"]*)"[^>]*>(.*?)</td>', row)
    return {label: " ".join(re.sub("<[^>]*>", " ", inner).split()) for label, inner in found}


@pytest.mark.parametrize(
    "username", ["kepala", "pj.uji", "agenda", "auditor", "admin", "plh.kepala"]
)
def test_everybody_who_is_signed_in_may_read_it(username):
    assert "SOP Pemberian Kompensasi Pelanggan" in shown(username)


def test_a_stranger_signs_in_first(client):
    assert client.get("/sop/").url == "/masuk/?next=/sop/"


def test_page_one_stands_as_in_the_source():
    page, source = shown(), base_data.read("sop_21_bipa_5_a")

    for name in ("number", "title", "agency", "unit", "issued", "revised", "effective"):
        assert source[name] in page
    assert " ".join(source["approved_by"].split()) in page
    for lines in source["texts"].values():
        assert all(line in page for line in lines)
    for heading in ("Dasar hukum", "Keterkaitan", "Peringatan", "Kualifikasi pelaksana"):
        assert f"<h2>{heading}</h2>" in page


def test_every_row_stands_as_in_the_source():
    source = base_data.read("sop_21_bipa_5_a")
    found = rows(shown())

    assert len(found) == len(source["steps"]) == 12
    for row, step in zip(found, source["steps"], strict=True):
        assert step["activity"] in row
        said = cells(row)
        assert said["Kelengkapan"] == step["papers"]
        assert said["Waktu"] == f"{step['minutes']} menit"
        assert said["Output"] == step["output"]
        assert said["Keterangan"] == step["remark"]


def test_who_does_a_step_and_who_receives_it_is_said_in_words():
    source = base_data.read("sop_21_bipa_5_a")
    titles = {post.code: post.title() for post in Post.objects.all()}

    for row, step in zip(rows(shown()), source["steps"], strict=True):
        said = cells(row)
        assert said.pop(titles[step["actor"]]) == "Pelaksana"
        receiving = {label for label, words in said.items() if words == "Penerima"}
        assert receiving == {titles[code] for code in step["to"]}


def test_the_lanes_are_the_columns_of_the_paper():
    head = shown().partition("<thead>")[2].partition("</thead>")[0]

    assert re.findall(r'class="sop-lane">([^<]*)<', head) == [
        "Pelanggan",
        "Penanggung Jawab Teknis",
        "Kepala Balai",
        "Kasi PJT",
        "Kepala Seksi",
    ]


def test_a_lane_more_is_a_column_more():
    step = RevisionStep.objects.get(revision__code="21-bipa-5-a", number=3)
    step.recipients.add(Post.objects.get(code="agenda"))

    assert cells(rows(shown())[2])["Petugas Agenda"] == "Penerima"


def test_reconstructed_lanes_say_so():
    assert shown().lower().count(MARK) == 2  # above the table and in its head


def test_a_single_reconstructed_lane_is_marked_at_its_step():
    steps = RevisionStep.objects.filter(revision__code="21-bipa-5-a")
    steps.exclude(number=4).update(lane_reconstructed=False)

    page = shown()
    marked = [number for number, row in enumerate(rows(page), 1) if "rekonstruksi" in row]

    assert marked == [4]
    assert "langkah yang bertanda “rekonstruksi”" in page


def test_confirmed_lanes_carry_no_mark():
    RevisionStep.objects.update(lane_reconstructed=False)

    assert MARK not in shown().lower()


def test_the_known_slips_are_listed():
    page = shown()

    assert "Catatan atas naskah" in page
    assert all(remark in page for remark in base_data.read("sop_21_bipa_5_a")["remarks"])


def test_the_minutes_are_summed():
    assert "Jumlah waktu: 205 menit kerja</strong> (3 jam 25 menit)" in shown()


@pytest.mark.parametrize(
    ("username", "steps"),
    [
        ("kepala", [7, 10]),
        ("kasi.uji", [6, 9]),
        ("pj.kal", [2, 4]),
        ("auditor", []),
        ("plh.kepala", []),
    ],
)
def test_the_reader_s_own_steps_are_marked_in_words(username, steps):
    page = shown(username)

    marked = [number for number, row in enumerate(rows(page), 1) if "Giliran Anda" in row]
    assert marked == steps
    listed = (
        f"Langkah yang menjadi giliran Anda menurut jabatan Anda: {', '.join(map(str, steps))}."
    )
    assert (listed in page) is bool(steps)


# --- revisions --------------------------------------------------------------------------------


def test_other_revisions_are_listed_with_how_they_stand():
    assert "versi B</a>: disiapkan, belum dipakai." in shown()


def test_another_revision_can_be_read():
    page = shown(path="/sop/21-bipa-5-b/")

    assert "disiapkan, belum dipakai." in page
    assert cells(rows(page)[5])["Kasi PJT"] == "Pelaksana"  # step 6 by reading B
    assert "versi A</a>: dipakai untuk kasus baru." in page


def test_a_published_revision_takes_over_on_its_day():
    Revision.objects.filter(code="21-bipa-5-b").update(in_force_from=date(2026, 11, 25))

    assert "versi B</a>: akan dipakai untuk kasus baru mulai 25 November 2026." in shown()
    with time_machine.travel(datetime(2026, 11, 25, tzinfo=WIB)):
        page = shown()
    assert "dipakai untuk kasus baru sejak 25 November 2026" in page
    assert "versi A</a>: pernah dipakai; kasus" in page


def test_an_unknown_revision_is_not_there():
    assert signed_in("auditor").get("/sop/21-bipa-6/").status_code == 404


def test_an_office_without_an_sop_in_force_is_told_so():
    Revision.objects.update(in_force_from=None)

    page = shown()

    assert "Belum ada SOP yang berlaku hari ini." in page
    assert page.count("disiapkan, belum dipakai") == 2


def test_the_page_costs_the_same_queries_however_many_steps(django_assert_max_num_queries):
    client = signed_in("kepala")

    with django_assert_max_num_queries(15):
        client.get("/sop/")
