"""`manage.py check_receipt KLA-2025/64.71/0001`: does what is stored still bear out the receipt?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluations.models import Receipt
from evaluations.queries.receipts import check


class Command(BaseCommand):
    """Hashes the receipt's content anew and compares it with the answers, documents and trail as they are stored now.
    Exit status 1 when anything has changed that nobody opened by name."""

    help = "Memeriksa tanda terima pengajuan."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="Nomor tanda terima, misalnya KLA-2025/64.71/0001")

    def handle(self, *args: Any, **options: Any) -> None:
        receipts = Receipt.objects.select_related("evaluation__region", "evaluation__cycle", "declaration__file")
        receipt = receipts.filter(number=options["number"]).first()
        if receipt is None:
            raise CommandError(f"Tanda terima {options['number']} tidak ada.")
        found = check(receipt)
        self.stdout.write(f"{receipt.number} · {receipt.evaluation} · {receipt.at.isoformat()}")
        self.stdout.write(f"sidik   {receipt.sha256} {'cocok' if found.intact else 'TIDAK COCOK'}")
        self.stdout.write(f"jejak   {receipt.trail_seq}:{receipt.trail_digest} {'ada' if found.trail else 'TIDAK ADA'}")
        if found.declaration is not None:
            self.stdout.write(f"surat   {'cocok' if found.declaration else 'TIDAK COCOK'}")
        if found.explained:
            self.stdout.write(f"berubah lewat pembukaan kembali: {', '.join(found.explained)}")
        if found.silent:
            self.stdout.write(f"BERUBAH TANPA PEMBUKAAN: {', '.join(found.silent)}")
        if not found.holds:
            raise CommandError("Yang tersimpan bukan lagi yang diserahkan.")
        self.stdout.write("Tanda terima cocok dengan yang tersimpan.")
