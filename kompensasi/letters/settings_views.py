"""The administrator's page of letterheads and templates, each with a sample letter."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_safe

from kompensasi.letters import settings_actions as actions
from kompensasi.letters.models import Letterhead, LetterTemplate, Variant
from kompensasi.letters.settings_forms import LetterheadForm, LetterTemplateForm
from spm_monitor import files, rights
from spm_monitor.form_pages import FormPage, answer
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib

VIEW = "letters.view_letterhead"
BACK = "Kop surat dan templat"


@require_safe
def letterheads(request: HttpRequest) -> HttpResponse:
    """All letterheads and templates, the newest first."""
    now = timezone.now()
    rights.require_office(request.user, VIEW, at=now)
    today = to_wib(now).date()
    heads = Letterhead.objects.order_by("-valid_from")
    return render(
        request,
        "settings/letterheads.html",
        {
            "letterheads": [
                {"row": row, "number": actions.example_number(row, today), **stands}
                for row, stands in _standing(heads, today)
            ],
            "variants": [
                {
                    "variant": variant,
                    "templates": [
                        {"row": row, **stands}
                        for row, stands in _standing(
                            LetterTemplate.objects.filter(variant=variant).order_by("-valid_from"),
                            today,
                        )
                    ],
                }
                for variant in Variant
            ],
        },
    )


def _standing(rows: Any, today: Any) -> list[tuple[Any, dict[str, str]]]:
    """Rows, newest first, each with tone and words of where it stands."""
    found, current_seen = [], False
    for row in rows:
        if row.valid_from > today:
            stands = {"tone": "idle", "words": "Akan datang"}
        elif not current_seen:
            stands, current_seen = {"tone": "ok", "words": "Berlaku"}, True
        else:
            stands = {"tone": "idle", "words": "Diganti"}
        found.append((row, stands))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def letterhead_new(request: HttpRequest) -> HttpResponse:
    """The next letterhead, which begins as the one in force."""
    now = timezone.now()
    rights.require_office(request.user, "letters.add_letterhead", at=now)
    current = Letterhead.objects.on(to_wib(now).date())
    form = LetterheadForm(request.POST or None, initial=_copied(current))
    return _letterhead(request, form, "Kop surat baru")


@require_http_methods(["GET", "HEAD", "POST"])
def letterhead_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a letterhead under which no letter was signed."""
    row = get_object_or_404(Letterhead, pk=pk)
    title = f"Kop surat sejak {date_id(row.valid_from)}"
    if _only_read(request, row):
        return _read(request, row, title)
    form = LetterheadForm(request.POST or None, instance=row)
    return _letterhead(request, form, title)


def _letterhead(request: HttpRequest, form: LetterheadForm, title: str) -> HttpResponse:
    page = FormPage(
        title=title, submit="Simpan kop surat", back=(reverse("letterheads"), BACK),
        sub="Surat yang sudah ditandatangani tetap memakai kop pada tanggalnya.",
    )  # fmt: skip

    def save() -> str:
        now = timezone.now()
        row = form.instance
        actions.save_letterhead(letterhead=row, by=request.user, now=now)
        number = actions.example_number(row, to_wib(now).date())
        return f"Kop surat sejak {date_id(row.valid_from)} disimpan. Contoh nomor: {number}"

    return answer(request, form, page, save)


@require_http_methods(["GET", "HEAD", "POST"])
def template_new(request: HttpRequest, variant: str) -> HttpResponse:
    """The next wording of a variant, which begins as the one in force."""
    now = timezone.now()
    rights.require_office(request.user, "letters.add_lettertemplate", at=now)
    if variant not in Variant.values:
        raise Http404
    rows = LetterTemplate.objects.filter(variant=variant)
    form = LetterTemplateForm(
        request.POST or None, instance=LetterTemplate(variant=variant),
        initial=_copied(rows.on(to_wib(now).date())),
    )  # fmt: skip
    return _template(request, form, f"Templat baru: {Variant(variant).label}")


@require_http_methods(["GET", "HEAD", "POST"])
def template_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a template from which no signed letter was written."""
    row = get_object_or_404(LetterTemplate, pk=pk)
    title = f"Templat {row.get_variant_display()} sejak {date_id(row.valid_from)}"
    if _only_read(request, row):
        return _read(request, row, title)
    form = LetterTemplateForm(request.POST or None, instance=row)
    return _template(request, form, title)


def _template(request: HttpRequest, form: LetterTemplateForm, title: str) -> HttpResponse:
    page = FormPage(
        title=title, submit="Simpan templat", back=(reverse("letterheads"), BACK),
        sub="Konsep yang sudah ditulis tidak berubah.",
    )  # fmt: skip

    def save() -> str:
        row = form.instance
        actions.save_template(template=row, by=request.user, now=timezone.now())
        return f"Templat sejak {date_id(row.valid_from)} disimpan."

    return answer(request, form, page, save)


def _only_read(request: HttpRequest, row: actions.Dated) -> bool:
    """Whether a row is shown as it is, since a signed letter has it; sending it is refused."""
    if request.method == "POST" or not actions.in_use(row):
        actions.may_write(row, request.user, timezone.now())
        return False
    rights.require_office(request.user, VIEW, at=timezone.now())
    return True


def _read(request: HttpRequest, row: actions.Dated, title: str) -> HttpResponse:
    pairs = [
        (capfirst(field.verbose_name), getattr(row, field.name))
        for field in row._meta.concrete_fields
        if field.name not in ("id", "valid_from", "variant")
    ]
    context = {"title": title, "pairs": pairs, "back": (reverse("letterheads"), BACK)}
    return render(request, "settings/used_row.html", context)


@require_safe
def sample(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """A sample letter under a letterhead, or with a template, and the other as in force."""
    now = timezone.now()
    rights.require_office(request.user, VIEW, at=now)
    today = to_wib(now).date()
    if kind == "kop":
        letterhead = get_object_or_404(Letterhead, pk=pk)
        template = LetterTemplate.objects.on(today)
    else:
        template = get_object_or_404(LetterTemplate, pk=pk)
        letterhead = Letterhead.objects.on(today)
    if letterhead is None or template is None:
        raise Http404
    content = actions.prove(letterhead, template, now)
    return files.answer(content, files.PDF, "contoh-surat.pdf")


def _copied(row: Any) -> dict[str, Any]:
    """What the next row takes over from the one in force: all but its date."""
    if row is None:
        return {}
    columns = {field.name for field in row._meta.concrete_fields}
    return {name: getattr(row, name) for name in columns - {"id", "valid_from", "variant"}}
