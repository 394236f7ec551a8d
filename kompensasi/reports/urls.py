"""Addresses of the figures, below `/laporan/`."""

from django.urls import path

from kompensasi.reports import pages

urlpatterns = [
    path("", pages.figures, name="figures"),
    path("andaikata/", pages.what_if, name="what-if"),
    path("<int:year>.xlsx", pages.workbook, name="figures-workbook"),
    path("<int:year>.pdf", pages.signed_sheet, name="figures-sheet"),
]
