"""Addresses of the reports on orders, below `/laporan/`."""

from django.urls import path

from spm_monitor import forecast_pages

urlpatterns = [
    path("prakiraan/", forecast_pages.forecast_score, name="forecast-score"),
]
