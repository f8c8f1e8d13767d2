from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clusters import files, queries
from clusters.models import Instrument


class Command(BaseCommand):
    help = "Menulis satu instrumen ke berkas YAML atau XLSX, menurut akhiran namanya. Berkas yang ada ditimpa."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", metavar="KODE")
        parser.add_argument("file", type=Path, metavar="BERKAS")

    def handle(self, *args: Any, code: str, file: Path, **options: Any) -> None:
        instrument = Instrument.objects.filter(code=code).first()
        if instrument is None:
            known = ", ".join(Instrument.objects.values_list("code", flat=True)) or "belum ada"
            raise CommandError(f"Instrumen {code} tidak ada. Yang ada: {known}.")
        ending = file.suffix.removeprefix(".").lower()
        if ending not in files.TYPES:
            raise CommandError(f"Akhiran {file.suffix or 'kosong'} tidak dikenal. Pakai .yaml atau .xlsx.")
        try:
            file.write_bytes(files.write(queries.content(instrument), ending))
        except OSError as fault:
            raise CommandError(f"{file} tidak dapat ditulis ({fault.strerror}).") from None
        self.stdout.write(f"{file}: {code}.")
