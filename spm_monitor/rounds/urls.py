"""Addresses of the Form Monitoring SPM, below `/monitoring/`."""

from django.urls import path

from spm_monitor.rounds import pages

urlpatterns = [
    path("", pages.rounds, name="rounds"),
    path("mulai/", pages.round_open, name="round-open"),
    path("<int:pk>/", pages.round_page, name="round"),
    path("<int:pk>/tutup/", pages.round_close, name="round-close"),
    path("<int:pk>.xlsx", pages.round_workbook, name="round-workbook"),
]
