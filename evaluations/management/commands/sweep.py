from typing import Any

from django.core.management.base import BaseCommand

from evaluations.services.retention import purge_due
from evidence.services.sweeping import sweep


class Command(BaseCommand):
    help = (
        "Menghapus berkas dokumen yang masa urung atau masa simpannya lewat, sisa unggahan yang terputus, dan berkas "
        "tanpa catatan. Aman diulang; dijalankan pula tiap jam."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        purged, swept = purge_due(), sweep()
        self.stdout.write(
            f"{purged.deleted} dokumen terhapus dan {purged.outlived} dokumen lewat masa simpan dilepas dari "
            "berkasnya; "
            f"{swept.unused} berkas tidak terpakai, {swept.parts} potongan berkas, {swept.uploads} unggahan "
            f"kedaluwarsa, {swept.orphans} berkas tanpa catatan, {swept.pages} gambar halaman dibersihkan."
        )
