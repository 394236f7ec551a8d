"""Words that several pages put together in the same way."""

import pytest

from spm_monitor.templatetags.wording import breakable
from spm_monitor.wording import lower_first

pytestmark = pytest.mark.once


def test_a_line_may_end_after_a_slash_and_nothing_typed_becomes_markup():
    assert breakable("Lingkungan/Pencemaran") == "Lingkungan/<wbr>Pencemaran"
    assert breakable("<b>a</b>/&") == "&lt;b&gt;a&lt;/<wbr>b&gt;/<wbr>&amp;"
    assert breakable(7) == "7"


@pytest.mark.parametrize(
    ("text", "inside"),
    [("Tagihan belum dibayar", "tagihan belum dibayar"), ("SPM", "SPM"), ("", "")],
)
def test_an_abbreviation_keeps_its_capitals_within_a_sentence(text, inside):
    assert lower_first(text) == inside
