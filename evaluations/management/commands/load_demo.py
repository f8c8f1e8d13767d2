from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from clusters.models import Instrument
from evaluations.demo.people import logins
from evaluations.demo.story import tell
from regions.models import Region


class Command(BaseCommand):
    help = "Make the demo city, its people and their evaluations (only with KLA_MODE=demo or test). Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--logins", action="store_true", help="only print who signs in as what")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "Data contoh dan kata sandinya tidak boleh ada di produksi. Jalankan dengan KLA_MODE=demo."
            )
        if options["logins"]:
            self.stdout.write(logins())
            return
        if not Region.objects.exists() or not Instrument.objects.filter(code="kla-2024").exists():
            raise CommandError("Muat dahulu wilayah dan instrumen: manage.py load_regions; manage.py load_instrument.")
        with transaction.atomic():  # all of it or nothing, and one write to the disk instead of thousands
            made = tell(self.stdout.write)
        self.stdout.write("Data contoh selesai dibuat." if made else "Data contoh sudah ada; tidak ada yang diubah.")
