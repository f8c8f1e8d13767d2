from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Laporan"

    def ready(self) -> None:
        from reports.queries import printed_heads
        from trail import anchors, words
        from trail.words import Told

        anchors.register(printed_heads)
        words.register(
            {
                "report.request": "Laporan diminta",
                "report.retry": "Laporan dicetak ulang",
                "package.request": "Paket dokumen diminta",
                "package.retry": "Paket dokumen dibuat ulang",
                "letter.request": "Surat permintaan dibuat",
                "late_list.request": "Daftar yang terlambat dicetak",
            },
            Told.REGION,
        )
