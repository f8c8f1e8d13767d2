from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Laporan"

    def ready(self) -> None:
        from reports.queries import printed_heads
        from trail import anchors

        anchors.register(printed_heads)
