from django.apps import AppConfig


class KompensasiConfig(AppConfig):
    """Holds what belongs to no single room: the commands that set up and serve the product."""

    name = "kompensasi"
    verbose_name = "Kompensasi"

    def ready(self) -> None:
        """Register the checks of a real installation."""
        from kompensasi import checks  # noqa: F401
