"""Addresses of the order pages, below `/pesanan/`."""

from django.urls import path

from spm_monitor import import_pages, views

urlpatterns = [
    path("", views.order_list, name="orders"),
    path("baru/", views.order_new, name="order-new"),
    path("impor/", import_pages.order_import, name="order-import"),
    path("impor/pesanan.csv", import_pages.empty_file, {"kind": "csv"}, name="order-file-csv"),
    path("impor/pesanan.xlsx", import_pages.empty_file, {"kind": "xlsx"}, name="order-file-xlsx"),
    path("<int:pk>/", views.order_page, name="order"),
    path("<int:pk>/ubah/", views.order_edit, name="order-edit"),
    path("<int:pk>/<slug:act>/", views.order_act, name="order-act"),
]
