from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "kompensasi.cases"
    verbose_name = "Kasus"

    def ready(self) -> None:
        """Register the system check of the step table."""
        from kompensasi.cases import checks  # noqa: F401
