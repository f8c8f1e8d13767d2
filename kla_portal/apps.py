from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "kla_portal"

    def ready(self) -> None:
        from kla_portal import checks  # noqa: F401  registers the checks
