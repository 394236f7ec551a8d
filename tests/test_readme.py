"""README fails here when it lies: people, commands, rooms and words are compared with the code."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands

from kompensasi.cases.models import Ending
from kompensasi.cases.procedure import Outcome
from kompensasi.demo.people import PASSWORD, PEOPLE
from kompensasi.sop.models import Revision
from spm_monitor.forecasting import Forecast

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text under a heading of the README."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_it_is_short():
    assert len(README.splitlines()) <= 250


def test_its_picture_is_there():
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (ROOT / path).is_file(), path


def test_the_people_are_those_of_the_demo():
    rows = re.findall(r"^\| ((?:`[a-z.]+` ?)+)\|", section("Who does what"), re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`([a-z.]+)`", row)}
    assert told == {person.username for person in PEOPLE}
    assert f"`{PASSWORD}`" in README


@pytest.mark.django_db
def test_the_steps_of_each_person_are_those_of_reading_a():
    rows = Revision.objects.get(code="21-bipa-5-a").steps.select_related("actor")
    by_post: dict[str, list[int]] = {}
    for row in rows:
        by_post.setdefault(row.actor.code, []).append(row.number)
    posts = {person.username: person.post for person in PEOPLE if not person.expired}
    for line in section("Who does what").splitlines():
        match = re.match(r"^\| `([a-z.]+)`.*?\|[^|]*\| ([\d, ]+)[,;|]", line)
        if match:
            numbers = [int(n) for n in re.findall(r"\d+", match[2])]
            assert numbers == by_post[posts[match[1]]], line


def test_the_commands_exist():
    commands = get_commands()
    for name in re.findall(r"^\| `([a-z_]+)[` ]", section("Commands"), re.MULTILINE):
        assert name in commands, name
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`make ([a-z]+)`", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_rooms_exist():
    for path in re.findall(r"^\| `([a-z_/]+/)`", section("Map of the house"), re.MULTILINE):
        assert (ROOT / path).is_dir(), path


def test_the_words_of_the_glossary_are_the_codes():
    models = {model.__name__ for model in apps.get_models()}
    fields = {field.name for model in apps.get_models() for field in model._meta.get_fields()}
    classes = {Outcome.__name__, Ending.__name__, Forecast.__name__}
    words = re.findall(r"^\| `(\w+)` \|", section("Glossary"), re.MULTILINE)
    assert len(words) > 20
    for word in words:
        assert word in models | fields | classes, word
