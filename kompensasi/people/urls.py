"""Sign in and out, and one's own password."""

from django.urls import path

from kompensasi.people import views

urlpatterns = [
    path("masuk/", views.SignIn.as_view(), name="login"),
    path("keluar/", views.SignOut.as_view(), name="logout"),
    path("akun/sandi/", views.ChangePassword.as_view(), name="password_change"),
    path("akun/sandi/selesai/", views.PasswordChanged.as_view(), name="password_change_done"),
]
