import re
from argparse import ArgumentParser
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from clusters import lineage, mapping
from clusters.content import InstrumentData
from clusters.correspondence import Codes, codes_of
from clusters.files import read
from clusters.mapping import MappingData
from clusters.models import Instrument
from clusters.nodes import Fault, Invalid, Place
from clusters.services import loading, versions
from kla_portal.lib import sheets

SHIPPED = Path(__file__).resolve().parents[2] / "instruments"
TOLD = {
    loading.ADDED: "dimuat",
    loading.REPLACED: "menggantikan draf sebelumnya",
    loading.PUBLISHED: "draf diterbitkan",
    loading.UNCHANGED: "sudah ada, tidak ada perubahan",
    versions.MAPPED: "dimuat",
}
OF_A_MAPPING = re.compile(rb"\A(?!PK\x03).*?^lines:", re.MULTILINE | re.DOTALL)
"""What the file of a mapping has and that of an instrument, YAML or XLSX, has not."""


class Command(BaseCommand):
    help = (
        "Memeriksa dan memuat berkas instrumen (YAML, XLSX) dan pemetaan antarversi (YAML). "
        "Tanpa berkas: semua yang disertakan. Aman diulang."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="BERKAS")
        parser.add_argument("--draft", action="store_true", help="muat sebagai draf, belum diterbitkan")
        parser.add_argument("--replace", action="store_true", help="gantikan draf yang sedang disunting di portal")
        parser.add_argument("--check", action="store_true", help="periksa saja, jangan memuat")

    def handle(self, *args: Any, files: list[Path], draft: bool, replace: bool, check: bool, **options: Any) -> None:
        found: dict[Path, InstrumentData] = {}
        mappings: dict[Path, MappingData] = {}
        faults: list[str] = []
        given = [(file, *_opened(file)) for file in files or _shipped()]
        for file, data, problem in sorted(given, key=lambda each: bool(OF_A_MAPPING.search(each[1]))):
            try:
                if problem:
                    raise Invalid([problem])
                if OF_A_MAPPING.search(data):
                    mappings[file] = mapping.read(data, lambda code: _codes(code, found))
                else:
                    found[file] = read(file.name, BytesIO(data))
            except Invalid as invalid:
                faults += [f"{file}:", *(f"  {fault}" for fault in invalid.faults)]
        if faults:
            raise CommandError("\n".join([*faults, "Tidak ada yang dimuat."]))
        with transaction.atomic():
            for file, instrument in found.items():
                outcome = "tidak ada kesalahan" if check else self._load(instrument, draft=draft, replace=replace)
                self.stdout.write(f"{file.name}: {instrument.code}, {len(instrument.questions)} pertanyaan; {outcome}.")
            for file, between in mappings.items():
                outcome = "tidak ada kesalahan" if check else self._map(between)
                self.stdout.write(f"{file.name}: {between.source} → {between.target}, pemetaan; {outcome}.")

    def _load(self, data: InstrumentData, *, draft: bool, replace: bool) -> str:
        try:
            return TOLD[loading.load(data, publish=not draft, replace=replace)]
        except loading.AlreadyPublished as refused:
            raise CommandError(
                f"{refused.code} sudah terbit dengan isi yang berbeda; versi terbit tidak berubah. "
                "Buat versi baru dengan kode lain. Tidak ada yang dimuat."
            ) from None
        except loading.DraftExists as refused:
            raise CommandError(
                f"{refused.instrument.code} sedang disunting di portal, dan isinya berbeda. Tambahkan --replace untuk "
                "menggantikan draf itu. Tidak ada yang dimuat."
            ) from None
        except loading.UnknownOriginal as refused:
            raise CommandError(
                f"{data.code} memperbaiki {refused.code}, yang belum ada. Muat {refused.code} dahulu. "
                "Tidak ada yang dimuat."
            ) from None

    def _map(self, between: MappingData) -> str:
        try:
            return TOLD[versions.load_mapping(between)]
        except versions.MappingSettled:
            raise CommandError(
                f"{between.target} sudah terbit dengan pemetaan lain dari {between.source}; pemetaan versi terbit "
                "tidak berubah. Tidak ada yang dimuat."
            ) from None


def _shipped() -> list[Path]:
    return [*sorted(SHIPPED.glob("*.yaml")), *sorted(SHIPPED.glob("mappings/*.yaml"))]


def _opened(file: Path) -> tuple[bytes, Fault | None]:
    """What a file holds, or why it cannot be opened."""
    try:
        with file.open("rb") as stream:
            return stream.read(sheets.MAX_BYTES + 1), None
    except OSError as fault:
        return b"", Fault("", Place(0), f"tidak terbaca ({fault.strerror})")


def _codes(code: str, found: dict[Path, InstrumentData]) -> Codes | None:
    """Those of an instrument read just now, else of one that is kept."""
    for data in found.values():
        if data.code == code:
            return codes_of(data)
    kept = Instrument.objects.filter(code=code).first()
    return lineage.codes(kept) if kept else None
