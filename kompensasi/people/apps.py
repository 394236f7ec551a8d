from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "kompensasi.people"
    verbose_name = "Orang"
