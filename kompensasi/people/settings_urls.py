"""Addresses of the administrator's pages of people, below `/pengaturan/`."""

from django.urls import path

from kompensasi.people import settings_views as views

urlpatterns = [
    path("", views.index, name="settings"),
    path("akun/", views.accounts, name="accounts"),
    path("akun/baru/", views.account_new, name="account-new"),
    path("akun/<int:pk>/", views.account_edit, name="account"),
    path("akun/<int:pk>/kata-sandi/", views.account_reset, name="account-reset"),
    path("jabatan/", views.posts, name="posts"),
    path("jabatan/<int:pk>/sebutan/", views.post_title, name="post-title"),
    path("penugasan/", views.appointments, name="appointments"),
    path("penugasan/baru/", views.appointment_new, name="appointment-new"),
    path("penugasan/<int:pk>/", views.appointment_end, name="appointment"),
    path("penugasan/<int:pk>/henti/", views.appointment_revoke, name="appointment-revoke"),
    path("penugasan/<int:pk>/batal/", views.appointment_call_off, name="appointment-call-off"),
]
