from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "kompensasi.letters"
    verbose_name = "Surat"
