"""Addresses of the order pages, below `/pesanan/`."""

from django.urls import path

from spm_monitor import views

urlpatterns = [
    path("", views.order_list, name="orders"),
    path("baru/", views.order_new, name="order-new"),
    path("<int:pk>/", views.order_page, name="order"),
    path("<int:pk>/ubah/", views.order_edit, name="order-edit"),
    path("<int:pk>/<slug:act>/", views.order_act, name="order-act"),
]
