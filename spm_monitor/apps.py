from django.apps import AppConfig


class SpmMonitorConfig(AppConfig):
    name = "spm_monitor"
    verbose_name = "Pemantauan SPM"
