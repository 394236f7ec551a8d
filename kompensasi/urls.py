"""Addresses, in Bahasa Indonesia and without personal data."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path

from kompensasi.health import health

handler500 = "kompensasi.faults.server_error"


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it beside files and other pages that name no icon."""
    return redirect(static("favicon.svg"))


urlpatterns = [
    path("", include("kompensasi.people.urls")),
    path("", include("kompensasi.cases.urls")),
    path("pesanan/", include("spm_monitor.urls")),
    path("monitoring/", include("spm_monitor.rounds.urls")),
    path("surat/", include("kompensasi.letters.urls")),
    path("souvenir/", include("kompensasi.souvenirs.urls")),
    path("sop/", include("kompensasi.sop.urls")),
    path("laporan/", include("kompensasi.reports.urls")),
    path("laporan/", include("spm_monitor.report_urls")),
    path("pengaturan/", include("kompensasi.people.settings_urls")),
    path("pengaturan/", include("spm_monitor.settings_urls")),
    path("pengaturan/kop/", include("kompensasi.letters.settings_urls")),
    path("favicon.ico", favicon, name="favicon"),
    path("sehat/", health, name="health"),
    path("admin/", admin.site.urls),
]
