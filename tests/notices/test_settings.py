"""Mail settings of the environment: a wrong one explains itself."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from kompensasi import environment


def test_a_number_is_read_and_its_default_stands_in(monkeypatch):
    monkeypatch.delenv("EMAIL_PORT", raising=False)
    assert environment.number("EMAIL_PORT", 25) == 25
    monkeypatch.setenv("EMAIL_PORT", " 587 ")
    assert environment.number("EMAIL_PORT", 25) == 587


@pytest.mark.parametrize("text", ["0", "-1", "smtp", "1.5"])
def test_what_is_no_number_is_refused_by_name(monkeypatch, text):
    monkeypatch.setenv("EMAIL_PORT", text)
    with pytest.raises(ImproperlyConfigured, match=f"EMAIL_PORT={text} is not"):
        environment.number("EMAIL_PORT", 25)
