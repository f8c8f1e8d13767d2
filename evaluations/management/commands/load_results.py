from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from evaluations.history import reading
from evaluations.queries.published import gazetteer
from evaluations.services import history

SHIPPED = Path(reading.__file__).with_name("published.csv")


class Command(BaseCommand):
    help = "Memuat hasil KLA yang terpublikasi (CSV). Aman diulang; baris yang sama diperbarui, tidak ada yang dihapus."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="bawaan: berkas yang ikut portal")
        parser.add_argument("--check", action="store_true", help="hanya periksa; tidak ada yang ditulis")

    @transaction.atomic  # all files or none
    def handle(self, *args: Any, files: list[Path], check: bool, **options: Any) -> None:
        places, last_year = gazetteer(), timezone.localdate().year + 1
        read = []
        for file in files or [SHIPPED]:
            try:
                read.append((file, reading.read(reading.text_of(file.read_bytes()), places, last_year=last_year)))
            except OSError as fault:
                raise CommandError(f"Berkas {file} tidak terbaca: {fault}") from None
            except reading.BadFile as bad:
                faults = "\n".join(map(str, bad.faults))
                raise CommandError(f"{file}: tidak ada yang dimuat.\n{faults}") from None
        for file, rows in read:
            outcome = history.compare(rows) if check else history.import_results(rows, None)
            done = "akan ditambahkan" if check else "ditambahkan"
            self.stdout.write(
                f"{file.name}: {len(outcome.added)} hasil {done}, {len(outcome.changed)} diubah, "
                f"{outcome.unchanged} sudah ada."
            )
