from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evidence.archive import Tally, defects
from evidence.formats import size_text
from kla_portal.lib.numbers import plain_text


class Command(BaseCommand):
    help = "Membandingkan basis data dan penyimpanan berkas dua arah, dengan sidik jari. Tidak mengubah apa pun."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quick", action="store_true", help="bandingkan nama dan ukuran saja, tanpa membaca isi")

    def handle(self, *args: Any, quick: bool, **options: Any) -> None:
        tally, found = Tally(), 0
        for defect in defects(tally, contents=not quick):
            found += 1
            self.stdout.write(str(defect))
        files = f"{plain_text(tally.files)} berkas ({size_text(tally.bytes)})"
        compared = f"{plain_text(tally.rows)} catatan dan {files} dibandingkan"
        if found:
            raise CommandError(f"{compared}; {plain_text(found)} cacat ditemukan.")
        self.stdout.write(f"{compared}; tidak ada cacat.")
