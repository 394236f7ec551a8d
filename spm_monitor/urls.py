"""Addresses of the order pages, below `/pesanan/`."""

from django.urls import path

from spm_monitor import extension_pages, import_pages, pause_pages, views

urlpatterns = [
    path("", views.order_list, name="orders"),
    path("baru/", views.order_new, name="order-new"),
    path("impor/", import_pages.order_import, name="order-import"),
    path("impor/pesanan.csv", import_pages.empty_file, {"kind": "csv"}, name="order-file-csv"),
    path("impor/pesanan.xlsx", import_pages.empty_file, {"kind": "xlsx"}, name="order-file-xlsx"),
    path("<int:pk>/", views.order_page, name="order"),
    path("<int:pk>/ubah/", views.order_edit, name="order-edit"),
    path("<int:pk>/hari/", views.order_days, name="order-days"),
    path("<int:pk>/jeda/", pause_pages.pause_new, name="pause-new"),
    path("<int:pk>/perpanjangan/", extension_pages.extension_new, name="extension-new"),
    path(
        "<int:pk>/perpanjangan/persetujuan/",
        extension_pages.extension_consent,
        name="extension-consent",
    ),
    path("jeda/<int:pk>/cabut/", pause_pages.pause_drop, name="pause-drop"),
    path("jeda/<int:pk>/bukti/", pause_pages.pause_evidence, name="pause-evidence"),
    path("<int:pk>/<slug:act>/", views.order_act, name="order-act"),
]
