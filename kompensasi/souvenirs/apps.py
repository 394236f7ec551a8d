from django.apps import AppConfig


class SouvenirsConfig(AppConfig):
    name = "kompensasi.souvenirs"
    verbose_name = "Souvenir"
