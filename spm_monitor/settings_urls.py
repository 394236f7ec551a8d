"""Addresses of the administrator's pages of services and calendar, below `/pengaturan/`."""

from django.urls import path

from spm_monitor import calendar_pages, holiday_list_pages, service_pages, watch_pages

urlpatterns = [
    path("pengawasan/", watch_pages.watch_rules, name="watch-rules"),
    path("layanan/", service_pages.services, name="services"),
    path("layanan/baru/", service_pages.service_new, name="service-new"),
    path("layanan/<int:pk>/", service_pages.service, name="service"),
    path("layanan/<int:pk>/ubah/", service_pages.service_edit, name="service-edit"),
    path("layanan/<int:pk>/spm/", service_pages.standard_new, name="standard-new"),
    path("layanan/spm/<int:pk>/hitung-ulang/", service_pages.standard_apply, name="standard-apply"),
    path("layanan/spm/<int:pk>/berkas/", service_pages.standard_scan, name="standard-scan"),
    path("libur/", calendar_pages.year, name="calendar"),
    path("libur/baru/", calendar_pages.holiday_new, name="holiday-new"),
    path("libur/daftar/", holiday_list_pages.holiday_list, name="holiday-list"),
    path("libur/<int:pk>/", calendar_pages.holiday_edit, name="holiday"),
    path("libur/<int:pk>/hapus/", calendar_pages.holiday_remove, name="holiday-remove"),
    path("libur/jam/<int:pk>/", calendar_pages.hours_edit, name="office-hours"),
]
