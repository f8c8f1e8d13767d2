from typing import Any

from django.core.management.base import BaseCommand

from evidence.services.sweeping import sweep


class Command(BaseCommand):
    help = "Membersihkan sisa unggahan yang terputus dan berkas tanpa catatan. Aman diulang; dijalankan pula tiap jam."

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep()
        self.stdout.write(
            f"{swept.parts} potongan berkas, {swept.uploads} unggahan kedaluwarsa, "
            f"{swept.orphans} berkas tanpa catatan dibersihkan."
        )
