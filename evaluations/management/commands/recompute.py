from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from evaluations.enums import Stage
from evaluations.models import Evaluation
from evaluations.services.totals import REASON, Comparison, Difference, compare, mend


class Command(BaseCommand):
    help = (
        "Menghitung ulang nilai setiap tahap yang sudah ditutup dari jawaban dan putusan, lalu membandingkannya dengan "
        "yang tersimpan. Yang berbeda diperbaiki dan dicatat; dengan --check hanya disebutkan. Aman diulang."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("evaluations", nargs="*", type=UUID, metavar="EVALUASI", help="tanpa ini: semua")
        parser.add_argument(
            "--check", action="store_true", help="bandingkan saja; keluar dengan 1 bila ada yang berbeda"
        )
        parser.add_argument("--reason", default=REASON, help="alasan yang dicatat bersama perbaikan")

    def handle(self, *args: Any, evaluations: list[UUID], check: bool, reason: str, **options: Any) -> None:
        found = compare(_chosen(evaluations) if evaluations else None)
        wrong = [each for each in found.differences if not each.reopened]
        for each in found.differences:
            self.stdout.write(f"{told(each)}")
        for evaluation, final in found.awards:
            self.stdout.write(
                f"{evaluation.region} ({evaluation.pk}): ditetapkan {evaluation.awarded_points} "
                f"{evaluation.awarded_predicate}, hitung ulang {final.points} {final.predicate}; "
                "penetapan tidak diubah di sini"
            )
        self._summary(found, len(wrong))
        if check and (wrong or found.awards):
            raise CommandError(f"{len(wrong) + len(found.awards)} nilai berbeda dari hasil hitung ulang.")
        if not check:
            mended = sum(bool(mend(each.evaluation.pk, each.stage, reason=reason)) for each in wrong)
            if wrong:
                self.stdout.write(f"Diperbaiki dan dicatat: {mended}.")

    def _summary(self, found: Comparison, wrong: int) -> None:
        reopened = len(found.differences) - wrong
        line = f"{found.evaluations} evaluasi, {found.compared} nilai tahap: {found.equal} sama, {wrong} berbeda"
        self.stdout.write(line + (f", {reopened} dengan jawaban yang diubah sesudahnya." if reopened else "."))


def _chosen(keys: list[UUID]) -> list[Evaluation]:
    found = Evaluation.objects.with_names().in_bulk(keys)
    if missing := [str(key) for key in keys if key not in found]:
        raise CommandError(f"Evaluasi tidak ada: {', '.join(missing)}.")
    return [found[key] for key in keys]


def told(each: Difference) -> str:
    """One difference in one line: whose, which stage, what is stored and what follows from the answers."""
    whose = f"{each.evaluation.region} ({each.evaluation.pk}), {Stage(each.stage).label}"
    if each.stored is None:
        return f"{whose}: belum tersimpan, seharusnya {(each.computed or {})['points']}"
    if each.computed is None:
        return f"{whose}: tersimpan {each.stored['points']} padahal tahap belum ditutup"
    parts = ", ".join(f"{part} {each.stored[part]} → {each.computed[part]}" for part in each.parts)
    codes = ", ".join(each.reopened[:10]) + (" …" if len(each.reopened) > 10 else "")
    why = f" (dibiarkan: jawaban {codes} diubah sesudah tahap ditutup)" if each.reopened else ""
    return f"{whose}: {parts}{why}"
