"""The register of letters, and the files of each."""

from django.urls import path

from kompensasi.letters import register, views

urlpatterns = [
    path("", register.register, name="letters"),
    path("menunggu-tanda-tangan.pdf", views.letters_to_sign, name="letters-to-sign"),
    path("<int:pk>.pdf", views.letter_pdf, name="letter-pdf"),
    path("<int:pk>/nomor/", register.type_number, name="letter-number"),
    path("<int:pk>/pindaian/", views.letter_scan, name="letter-scan"),
]
