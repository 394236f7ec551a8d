"""The register of letters, and the files of each."""

from django.urls import path

from kompensasi.letters import views

urlpatterns = [
    path("", views.register, name="letters"),
    path("<int:pk>.pdf", views.letter_pdf, name="letter-pdf"),
    path("<int:pk>/pindaian/", views.letter_scan, name="letter-scan"),
]
