"""Addresses, in Bahasa Indonesia and without personal data."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("kompensasi.people.urls")),
    path("", include("kompensasi.cases.urls")),
    path("pesanan/", include("spm_monitor.urls")),
    path("surat/", include("kompensasi.letters.urls")),
    path("souvenir/", include("kompensasi.souvenirs.urls")),
    path("sop/", include("kompensasi.sop.urls")),
    path("pengaturan/", include("kompensasi.people.settings_urls")),
    path("pengaturan/", include("spm_monitor.settings_urls")),
    path("pengaturan/kop/", include("kompensasi.letters.settings_urls")),
    path("admin/", admin.site.urls),
]
