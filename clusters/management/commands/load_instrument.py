from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from clusters.content import InstrumentData
from clusters.loading import MAX_BYTES, read
from clusters.nodes import Fault, Invalid, Place
from clusters.services import loading

SHIPPED = Path(__file__).resolve().parents[2] / "instruments"
TOLD = {
    loading.ADDED: "dimuat",
    loading.REPLACED: "menggantikan draf sebelumnya",
    loading.PUBLISHED: "draf diterbitkan",
    loading.UNCHANGED: "sudah ada, tidak ada perubahan",
}


class Command(BaseCommand):
    help = "Memeriksa dan memuat berkas instrumen (YAML). Tanpa berkas: semua yang disertakan. Aman diulang."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="BERKAS")
        parser.add_argument("--draft", action="store_true", help="muat sebagai draf, belum diterbitkan")
        parser.add_argument("--check", action="store_true", help="periksa saja, jangan memuat")

    def handle(self, *args: Any, files: list[Path], draft: bool, check: bool, **options: Any) -> None:
        found: dict[Path, InstrumentData] = {}
        faults = []
        for file in files or sorted(SHIPPED.glob("*.yaml")):
            try:
                found[file] = _read(file)
            except Invalid as invalid:
                faults += [f"{file}:", *(f"  {fault}" for fault in invalid.faults)]
        if faults:
            raise CommandError("\n".join([*faults, "Tidak ada yang dimuat."]))
        with transaction.atomic():
            for file, data in found.items():
                outcome = "tidak ada kesalahan" if check else self._load(data, draft=draft)
                self.stdout.write(f"{file.name}: {data.code}, {len(data.questions)} pertanyaan; {outcome}.")

    def _load(self, data: InstrumentData, *, draft: bool) -> str:
        try:
            return TOLD[loading.load(data, publish=not draft)]
        except loading.AlreadyPublished as refused:
            raise CommandError(
                f"{refused.code} sudah terbit dengan isi yang berbeda; versi terbit tidak berubah. "
                "Buat versi baru dengan kode lain. Tidak ada yang dimuat."
            ) from None


def _read(file: Path) -> InstrumentData:
    """The checked instrument in a file. Raises Invalid, also when the file cannot be opened."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as fault:
        raise Invalid([Fault("", Place(1), f"tidak terbaca ({fault.strerror})")]) from None
    return read(data)
