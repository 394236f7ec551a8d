"""The base data of a new office, from `fixtures/`: put in where nothing is, never over it.

What the office edits, renames or deletes stays so: a table with a row in it is the office's own.
Only years without any holiday and revisions whose code is missing are added to what is there.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

import holidays
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import models, transaction

from kompensasi.letters.models import Letterhead, LetterTemplate
from kompensasi.people.models import Post, PostTitle
from kompensasi.sop.models import Revision, RevisionStep, RevisionText
from kompensasi.souvenirs.models import SouvenirClass
from spm_monitor import holiday_lists
from spm_monitor.models import (
    Holiday,
    ObstacleCause,
    OfficeHours,
    OfficeSegment,
    Section,
    Service,
    SpmStandard,
)

FIXTURES = settings.BASE_DIR / "fixtures"


def load() -> list[str]:
    """Put in what is missing; says what, a line a kind: "7 layanan". Empty when all was there."""
    with transaction.atomic():
        return [f"{count} {kind}" for kind, put in KINDS if (count := put())]


def read(name: str) -> dict[str, Any]:
    """A file of `fixtures/` by its name without ending."""
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def _fill(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> int:
    """The rows, into an empty table; how many went in."""
    table = model._default_manager
    return 0 if table.exists() else len(table.bulk_create(model(**row) for row in rows))


def _sections() -> int:
    return _fill(Section, read("organisation")["sections"])


def _services() -> int:
    if Service.objects.exists():
        return 0
    data = read("organisation")
    sections = {section.code: section for section in Section.objects.all()}
    services = [
        (Service(code=row["code"], name=row["name"], section=sections[row["section"]]), row["days"])
        for row in data["services"]
        if row["section"] in sections
    ]
    Service.objects.bulk_create(service for service, _ in services)
    SpmStandard.objects.bulk_create(
        SpmStandard(service=service, days=days, **data["standard"]) for service, days in services
    )
    return len(services)


def _posts() -> int:
    if Post.objects.exists():
        return 0
    data = read("organisation")
    posts: dict[str, Post] = {}
    titles = []
    for position, row in enumerate(data["posts"], start=1):
        title = row.pop("title")
        post = posts[row["code"]] = Post(position=position, **row)
        titles.append(PostTitle(post=post, title=title, valid_from=data["titles_valid_from"]))
    Post.objects.bulk_create(posts.values())
    PostTitle.objects.bulk_create(titles)
    known = {
        f"{app}.{codename}": pk
        for app, codename, pk in Permission.objects.values_list(
            "content_type__app_label", "codename", "pk"
        )
    }
    link = Post.permissions.through
    link.objects.bulk_create(
        link(post_id=posts[code].pk, permission_id=known[right])
        for right, codes in data["rights"].items()
        for code in codes
    )
    return len(posts)


def _hours() -> int:
    if OfficeHours.objects.exists():
        return 0
    rows = read("calendar")["hours"]
    segments = []
    for row in rows:
        week = row.pop("week")
        hours = OfficeHours.objects.create(**row)
        segments += [
            OfficeSegment(hours=hours, weekday=day, opens=opens, closes=closes)
            for part in week
            for day in part["days"]
            for opens, closes in part["segments"]
        ]
    OfficeSegment.objects.bulk_create(segments)
    return len(rows)


def _holidays() -> int:
    """National holidays and cuti bersama of each year that has no row at all."""
    wanted = read("calendar")["holidays"]
    known = {day.year for day in Holiday.objects.dates("date", "year")}
    years = set(range(wanted["first_year"], wanted["last_year"] + 1)) - known
    if not years:
        return 0

    decree = wanted["decree"].format(version=holidays.__version__)
    rows = [
        Holiday(date=one.date, name=one.name, joint=one.joint, decree=decree)
        for year in sorted(years)
        for one in holiday_lists.of_library(year)
    ]
    return len(Holiday.objects.bulk_create(rows))


def _causes() -> int:
    rows = enumerate(read("causes")["causes"], start=1)
    return _fill(ObstacleCause, ({**row, "position": position} for position, row in rows))


def _revisions() -> int:
    """Each revision whose code is missing; put in force only where there was none before.

    So a revision that arrives with an update, or whose code the office changed, waits until
    somebody publishes it.
    """
    known = set(Revision.objects.values_list("code", flat=True))
    posts = dict(Post.objects.values_list("code", "pk"))
    added = 0
    for path in sorted(FIXTURES.glob("sop_*.json")):
        data = read(path.stem)
        if data["code"] in known:
            continue
        if known:
            data["in_force_from"] = None
        _add_revision(data, posts)
        added += 1
    return added


def _add_revision(data: dict[str, Any], posts: dict[str, int]) -> None:
    texts, steps = data.pop("texts"), data.pop("steps")
    reconstructed = data.pop("lane_reconstructed")
    revision = Revision.objects.create(**{**data, "remarks": "\n".join(data["remarks"])})
    RevisionText.objects.bulk_create(
        RevisionText(revision=revision, kind=kind, position=position, text=text)
        for kind, lines in texts.items()
        for position, text in enumerate(lines, start=1)
    )
    recipients = [row.pop("to") for row in steps]
    rows = RevisionStep.objects.bulk_create(
        RevisionStep(
            revision=revision,
            actor_id=posts[row.pop("actor")],
            prepared_by_id=posts[row.pop("prepared_by")] if "prepared_by" in row else None,
            lane_reconstructed=reconstructed,
            **row,
        )
        for row in steps
    )
    link = RevisionStep.recipients.through
    link.objects.bulk_create(
        link(revisionstep_id=row.pk, post_id=posts[code])
        for row, codes in zip(rows, recipients, strict=True)
        for code in codes
    )


def _letterheads() -> int:
    return _fill(Letterhead, read("letters")["letterheads"])


def _templates() -> int:
    rows = read("letters")["templates"]
    for row in rows:
        row["body"], row["joint_body"] = "\n\n".join(row["body"]), "\n\n".join(row["joint_body"])
    return _fill(LetterTemplate, rows)


def _souvenir_classes() -> int:
    return _fill(SouvenirClass, read("souvenirs")["classes"])


# In the order of their references.
KINDS: tuple[tuple[str, Callable[[], int]], ...] = (
    ("seksi", _sections),
    ("layanan", _services),
    ("jabatan", _posts),
    ("jam kerja", _hours),
    ("hari libur", _holidays),
    ("sebab kendala", _causes),
    ("revisi SOP", _revisions),
    ("kop surat", _letterheads),
    ("templat surat", _templates),
    ("kelas souvenir", _souvenir_classes),
)
