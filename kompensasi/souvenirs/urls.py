"""The cupboard of souvenirs, and what left it."""

from django.urls import path

from kompensasi.souvenirs import views

urlpatterns = [
    path("", views.stock_page, name="stock"),
    path("barang-baru/", views.item_new, name="item-new"),
    path("stok-awal/", views.opening, name="stock-opening"),
    path("koreksi/", views.correction, name="stock-correction"),
    path("kembali/<int:pk>/", views.take_back, name="stock-take-back"),
]
