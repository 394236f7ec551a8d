"""The import of orders as pages: a file is looked at first, and taken when its person says so."""

import csv
import io
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from spm_monitor import files, importing, waiting
from spm_monitor.importing import ENTER, IMPORT, Judgement
from spm_monitor.models import Service, with_example_standard
from spm_monitor.order_file import EXAMPLE, FIELDS, REQUIRED
from spm_monitor.order_workbook import XLSX, workbook_of
from spm_monitor.refusals import BadInput, NotYours
from spm_monitor.sentences import speak_plainly
from spm_monitor.wording import thousands
from spm_monitor.workdays import to_wib

MOST_ROWS = 5000
SHOWN = 200  # of a list; the count says the rest
SLOW = 1000  # known orders, each an act of its own, about ten milliseconds
LARGEST_MB = files.LARGEST // 1024 // 1024
GONE = "Berkas ini sudah diimpor atau tidak disimpan lagi. Unggah berkasnya sekali lagi."
CHANGED = (
    "Pesanan berubah sejak pemeriksaan tadi, jadi belum ada yang disimpan."
    " Inilah hasil pemeriksaan yang baru."
)


class UploadForm(forms.Form):
    """The order file."""

    use_required_attribute = False
    file = forms.FileField(
        label="Berkas pesanan",
        help_text=(
            f"CSV atau XLSX, paling besar {LARGEST_MB} MB dan {thousands(MOST_ROWS)} baris."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
        error_messages={
            "required": "Pilih berkas CSV atau XLSX.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak_plainly(self)

    def clean_file(self) -> bytes:
        """Its content."""
        upload = self.cleaned_data["file"]
        if upload.size > files.LARGEST:
            raise forms.ValidationError(
                f"Berkas paling besar {LARGEST_MB} MB."
                f" Berkas ini {upload.size / 1024 / 1024:.0f} MB."
            )
        content = upload.read()
        if files.kind_of(content) is not None:
            raise forms.ValidationError("Berkas harus CSV atau XLSX.")
        return content


@require_http_methods(["GET", "HEAD", "POST"])
def order_import(request: HttpRequest) -> HttpResponse:
    """Choose a file, see what it would do, and take it."""
    now = timezone.now()
    _require(request, now)
    if request.method != "POST":
        return _choose(request, UploadForm())
    if "seen" in request.POST:
        return _take(request, now)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _choose(request, form, status=422)
    content = form.cleaned_data["file"]
    try:
        judgement = importing.judge(content, now=now, by=request.user, most=MOST_ROWS)
    except BadInput as refusal:
        form.add_error("file", refusal.sentence)
        return _choose(request, form, status=422)
    waiting.put(_person(request), content)
    return _preview(request, judgement)


def _take(request: HttpRequest, now: datetime) -> HttpResponse:
    """Take the file that waits, if it still does what this person saw."""
    content = waiting.get(_person(request))
    if content is None:
        return _gone(request)
    judgement = importing.judge(content, now=now, by=request.user, most=MOST_ROWS)
    # What moves due dates is not taken unseen, though it was seen otherwise a minute ago.
    if judgement.digest != request.POST["seen"]:
        return _preview(request, judgement, sentence=CHANGED, status=409)
    if not waiting.claim(_person(request)):
        return _gone(request)
    result = importing.take(judgement, now=now, by=request.user)
    return render(request, "orders/import_done.html", _told(result))


def _choose(
    request: HttpRequest, form: UploadForm, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    user: Any = request.user
    services = Service.objects.select_related("section")
    sections = user.sections_for(ENTER, timezone.now())
    if sections is not None:
        services = services.filter(section_id__in=sections)
    context = {
        "form": form,
        "sentence": sentence,
        "columns": [(name, WHAT[name], name in REQUIRED) for name in FIELDS],
        "services": services,
        "examples": with_example_standard(to_wib(timezone.now()).date()),
    }
    return render(request, "orders/import.html", context, status=status)


def _gone(request: HttpRequest) -> HttpResponse:
    return _choose(request, UploadForm(), sentence=GONE, status=409)


def _preview(
    request: HttpRequest, judgement: Judgement, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    context = _told(judgement.result) | {
        "seen": judgement.digest,
        "writes": len(judgement.rows),
        "slow": judgement.result.updated > SLOW,
        "sentence": sentence,
    }
    return render(request, "orders/import_preview.html", context, status=status)


def _told(result: importing.Result) -> dict[str, Any]:
    """A result as its pages show it: of long lists the beginning."""
    return {
        "result": result,
        "rejected": result.rejected[:SHOWN],
        "rejected_more": max(0, len(result.rejected) - SHOWN),
        "moved": result.moved[:SHOWN],
        "moved_more": max(0, len(result.moved) - SHOWN),
    }


# --- files to fill in -------------------------------------------------------------------------


@require_safe
def empty_file(request: HttpRequest, kind: str) -> HttpResponse:
    """An order file with the header and one example row."""
    _require(request, timezone.now())
    rows = [list(FIELDS), [EXAMPLE.get(name, "") for name in FIELDS]]
    if kind == "xlsx":
        content, media_type = workbook_of(rows), XLSX
    else:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=";").writerows(rows)  # what an Indonesian Excel expects
        content, media_type = out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8"
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="pesanan.{kind}"'
    return answer


WHAT = {
    "nomor": "Nomor pesanan. Nomor yang sudah tercatat diperbarui.",
    "pelanggan": "Nama pelanggan.",
    "alamat": "Alamat pelanggan.",
    "kontak": "Nama kontak.",
    "telepon": "Nomor telepon.",
    "surel": "Alamat surel.",
    "layanan": "Kode layanan, menurut daftar di bawah.",
    "sampel": "Sampel atau alat.",
    "diterima": "Kapan pesanan diterima.",
    "dokumen_lengkap": "Kosong: belum. Tanpa kolom ini: sama dengan diterima.",
    "dibayar": "Kosong: belum. Tanpa kolom ini: sama dengan diterima.",
    "spk": "ya atau tidak. Pelanggan kontrak tidak menunggu pembayaran.",
    "target": "Hanya bila sudah dijanjikan; selain itu dihitung.",
    "perkiraan": "Perkiraan selesai.",
    "selesai": "Kapan hasil siap.",
    "diserahkan": "Kapan hasil diserahkan.",
    "dibatalkan": "Kapan pelanggan membatalkan.",
    "keterangan": "Catatan.",
}


def _require(request: HttpRequest, now: datetime) -> None:
    if not may_import(request.user, now):
        raise NotYours("Pesanan diimpor oleh Seksi Pengembangan Jasa Teknik (PJT).")


def may_import(user: Any, now: datetime) -> bool:
    """Whether this person may import orders of any section; each row asks again for its own."""
    return all(user.sections_for(right, now) != set() for right in (ENTER, IMPORT))


def _person(request: HttpRequest) -> int:
    return int(request.user.pk or 0)
