from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "kompensasi.notices"
    verbose_name = "Pemberitahuan"
