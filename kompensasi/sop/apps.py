from django.apps import AppConfig


class SopConfig(AppConfig):
    name = "kompensasi.sop"
    verbose_name = "SOP"
