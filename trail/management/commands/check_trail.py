import json
import re
import time
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trail.anchors import Anchor
from trail.services.checking import check


def anchor(text: str) -> Anchor:
    """'1234:0a1b…' as it is printed on a report: a number and at least 16 hex digits, spaces allowed."""
    said = re.fullmatch(r"(\d+):([0-9a-f]{16,64})", re.sub(r"\s", "", text).lower())
    if said is None:
        raise ArgumentTypeError("tulis NOMOR:SIDIK, sidiknya paling sedikit 16 angka heksadesimal")
    return Anchor(int(said[1]), said[2], "--head")


class Command(BaseCommand):
    help = (
        "Memeriksa jejak dari catatan pertama sampai terakhir: yang diubah, dihapus, disisipkan, atau dipotong disebut "
        "satu per satu. Tidak mengubah apa pun. Keluar dengan 1 bila ada yang tidak sesuai."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head", type=anchor, action="append", default=[], metavar="NOMOR:SIDIK",
            help="kepala jejak yang disimpan di luar server, misalnya dari laporan tercetak; boleh berulang",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="hasilnya sebagai JSON")

    def handle(self, *args: Any, head: list[Anchor], **options: Any) -> None:
        started = time.monotonic()
        found = check(head)
        seconds = time.monotonic() - started
        if options["json"]:
            told = asdict(found) | {"head": str(found.head), "seconds": round(seconds, 3)}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            for fault in found.faults:
                self.stdout.write(fault.text)
            self.stdout.write(
                f"{found.events} catatan, {found.erased} isinya dihapus dengan catatan, {found.anchors} jangkar, "
                f"{seconds:.1f} detik. Kepala jejak: {found.head}"
            )
        if found.faults:
            raise CommandError(f"{len(found.faults)} hal tidak sesuai pada jejak.")
