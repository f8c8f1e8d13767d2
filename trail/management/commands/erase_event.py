from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trail.models import Event
from trail.services.erasing import erase


class Command(BaseCommand):
    help = (
        "Menghapus isi satu catatan jejak (sebelum, sesudah, dan alasannya), misalnya atas permintaan orang yang "
        "disebut di dalamnya. Bahwa catatan itu ada, siapa, kapan, dan sidiknya tetap. Tidak dapat dibatalkan."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("seq", type=int, metavar="NOMOR", help="nomor catatan, seperti pada halaman Jejak")
        parser.add_argument("--reason", required=True, help="mengapa dihapus; tetap terbaca, jadi tanpa data pribadi")

    def handle(self, *args: Any, seq: int, reason: str, **options: Any) -> None:
        event = Event.objects.filter(seq=seq).first()
        if event is None:
            raise CommandError(f"Tidak ada catatan nomor {seq}.")
        try:
            told = erase(event, reason=reason, by=None)
        except ValueError as fault:
            raise CommandError("Tulis alasannya.") from fault
        if told is None:
            raise CommandError(f"Catatan nomor {seq} tidak mempunyai isi (lagi).")
        self.stdout.write(f"Isi catatan nomor {seq} dihapus; dicatat sebagai nomor {told.seq}.")
