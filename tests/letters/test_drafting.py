"""A template's facts are filled in; what is missing leaves no hole in the letter."""

import pytest

from kompensasi.letters import drafting
from kompensasi.letters.models import Letterhead, LetterTemplate
from kompensasi.letters.patterns import number_text, unknown_tokens
from tests.conftest import day


def test_facts_stand_in_the_place_of_names():
    assert drafting.fill("Pesanan {nomor_pesanan}.", {"nomor_pesanan": "7"}) == "Pesanan 7."


def test_a_sentence_that_lacks_its_fact_goes_with_it():
    body = "Layanan ini terlambat. Selesai pada tanggal {tanggal_baru}. Kami memantaunya."
    assert drafting.fill(body, {"tanggal_baru": ""}) == "Layanan ini terlambat. Kami memantaunya."


def test_a_part_of_a_sentence_may_be_missing():
    assert drafting.fill("Layanan uji{sampel_kalimat}.", {"sampel_kalimat": ""}) == "Layanan uji."


def test_a_paragraph_left_empty_goes():
    assert drafting.fill("Satu.\n\n{souvenir}\n\nDua.", {"souvenir": ""}) == "Satu.\n\nDua."


def test_a_fact_is_never_a_template():
    assert drafting.fill("{layanan}", {"layanan": "{kontak} {{ x }}", "kontak": "n"}) == (
        "{kontak} {{ x }}"
    )


def test_the_souvenirs_sentence_is_taken_out_however_it_is_wrapped():
    body = "Satu.\n\nBersama surat\nini souvenir.\n\nDua."
    assert drafting.without_paragraph(body, "Bersama surat ini souvenir.") == "Satu.\n\nDua."


@pytest.mark.django_db
def test_the_templates_of_the_base_data_use_known_names_only():
    for template in LetterTemplate.objects.all():
        names = set(drafting.PLACEHOLDER.findall(template.body + template.souvenir_sentence))
        assert names <= drafting.PLACEHOLDERS


@pytest.mark.django_db
class TestNumbers:
    @pytest.fixture
    def letterhead(self):

        return Letterhead.objects.on(day("2026-11-24"))

    def test_the_pattern_is_the_offices(self, letterhead):
        text = number_text(letterhead, 12, day("2026-11-24"))
        assert text == "B/12/BSKJI/BSPJI-Palembang/SM.02/XI/2026"

    def test_a_letter_of_2021_has_the_name_of_2021(self):

        old, new = (Letterhead.objects.on(day(d)) for d in ("2021-06-01", "2022-06-01"))
        assert "RISET DAN STANDARDISASI" in old.unit
        assert "STANDARDISASI DAN PELAYANAN" in new.unit

    def test_an_unknown_token_is_named(self):
        assert unknown_tokens("B/{urut}/{kota}/{tahun}") == ["kota"]
