"""What a submission still lacks, each line with the points that hang on it and the place where it is mended."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.urls import reverse

from clusters import scoring
from evaluations.enums import DRAFTING, AnswerState
from evaluations.models import Answer, Assignment, Evaluation, Seat
from evaluations.queries import copies
from evaluations.queries.scorecard import QuestionScore, Scorecard
from evidence.enums import FileState
from regions.models import Agency

MOST = 12
"""Lines of a group that are shown; where the rest is, the group says."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do. `points` hang on it; None where none do by themselves."""

    text: str
    url: str
    code: str = ""
    points: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Things of one kind. `holds`: does it keep the submission back, or only cost points? `rest`: where all are."""

    key: str
    title: str
    help: str
    holds: bool
    lines: tuple[Line, ...]
    count: int
    rest: str = ""

    @property
    def points(self) -> Decimal:
        return scoring.sum_points(line.points or Decimal(0) for line in self.lines)

    @property
    def shown(self) -> tuple[Line, ...]:
        return self.lines[:MOST]

    @property
    def more(self) -> int:
        return len(self.lines) - len(self.shown)


def checklist(evaluation: Evaluation, card: Scorecard, reader: Any) -> list[Group]:
    """What is missing, what keeps the submission back first; groups with nothing in them are left out. Four queries."""
    here = [evaluation.pk]
    base = reverse("evaluations:evaluation_detail", args=here)
    rows = card.questions
    waits = [row for row in rows if row.answer.state == AnswerState.ANSWERED]
    returned = [row for row in rows if row.answer.state == AnswerState.RETURNED]
    alone = copies.alone(evaluation, reader)
    lacking = [row for row in rows if row.answered and row.missing]
    found = [
        _of_questions(
            "dikembalikan", "Jawaban yang dikembalikan", "Diperbaiki perangkat daerahnya, lalu ditelaah lagi.", True,
            returned, evaluation, lambda row: row.tally.claimed, rest=f"{base}?status=dikembalikan",
        ),
        _of_questions(
            "menunggu", "Jawaban yang belum disetujui gugus tugas", "Gugus tugas menelaah setiap jawaban.", True,
            waits, evaluation, lambda row: row.tally.claimed, rest=f"{base}?status=menunggu",
        ),
        _group(
            "salinan", "Tautan tanpa salinan berkas", "Isi tautan dapat berubah; salinannya tidak.", True,
            [
                Line(each.title or "Tautan tertutup bagi Anda", _question(evaluation, each.code), each.code)
                for each in alone
            ],
            rest=reverse("evaluations:evaluation_missing", args=here) + "?instansi=#salinan",
        ),
        _signature(evaluation),
        _declaration(evaluation),
        _of_questions(
            "kosong", "Pertanyaan yang belum dijawab", "Tidak menahan pengajuan, tetapi nilainya nol.", False,
            [row for row in rows if not row.answered], evaluation, lambda row: row.maxima.claimed,
            rest=f"{base}?status=kosong",
        ),
        _of_questions(
            "bukti", "Jawaban tanpa data dukung lengkap", "Klaimnya berisiko tidak diterima penilai.", False,
            lacking, evaluation, lambda row: row.tally.claimed,
            rest=reverse("evaluations:evaluation_missing", args=here),
        ),
        _parts(evaluation),
    ]  # fmt: skip
    return [group for group in found if group.count]


def _question(evaluation: Evaluation, code: str) -> str:
    return reverse("evaluations:answer_edit", args=[evaluation.pk, code])


def _group(key: str, title: str, help: str, holds: bool, lines: Iterable[Line], *, rest: str = "") -> Group:
    several = tuple(lines)
    return Group(key, title, help, holds, several, len(several), rest)


def _of_questions(
    key: str, title: str, help: str, holds: bool, rows: list[QuestionScore], evaluation: Evaluation, worth: Any,
    *, rest: str,
) -> Group:  # fmt: skip
    ranked = sorted(rows, key=lambda row: -worth(row))
    lines = (
        Line(row.question.text, _question(evaluation, row.question.code), row.question.code, worth(row))
        for row in ranked
    )
    return _group(key, title, help, holds, lines, rest=rest)


def _signature(evaluation: Evaluation) -> Group:
    lines = []
    if evaluation.signed_off_at is None:
        chair = Seat.objects.filter(evaluation=evaluation, is_chair=True).select_related("member").first()
        if chair:
            text = f"{chair.member} mengesahkan hasil telaah setelah semua jawaban ditelaah."
            lines.append(Line(text, reverse("evaluations:evaluation_detail", args=[evaluation.pk])))
        else:
            where = reverse("evaluations:task_force", args=[evaluation.pk])
            lines.append(Line("Ketua gugus tugas belum ditunjuk.", where))
    help = "Ketua gugus tugas menyatakan telaah selesai."
    return _group("pengesahan", "Pengesahan ketua gugus tugas", help, True, lines)


def _declaration(evaluation: Evaluation) -> Group:
    text = declared(evaluation)
    where = reverse("evaluations:submission", args=[evaluation.pk]) + "#surat"
    lines = [Line(text, where)] if text else []
    help = "Ditandatangani kepala daerah atau yang mewakili."
    return _group("pernyataan", "Surat pernyataan", help, True, lines)


def declared(evaluation: Evaluation) -> str:
    """What the declaration lacks; '' for one that is there and clean."""
    revision = evaluation.declaration
    if revision is None:
        return "Belum diunggah."
    if revision.item.deleted_at is not None:
        return "Sudah dihapus dari pustaka."
    if revision.file is None or revision.file.state == FileState.QUARANTINED:
        return "Berkasnya tidak lolos pemeriksaan. Unggah berkas lain."
    return "" if revision.file.state == FileState.CLEAN else "Berkasnya masih diperiksa."


def _parts(evaluation: Evaluation) -> Group:
    """Parts that their agency has not marked as done, by agency. One query, and one for the agencies' names."""
    rows = Assignment.objects.filter(evaluation=evaluation, ready_at=None)
    counts = Counter(rows.values_list("agency", flat=True)) if evaluation.stage in DRAFTING else Counter()
    agencies = Agency.objects.filter(pk__in=counts).order_by("short_name", "pk") if counts else []
    lines = (
        Line(
            f"{agency.short_name}: {counts[agency.pk]} bagian belum ditandai siap",
            reverse("evaluations:agency_detail", args=[evaluation.pk, agency.pk]),
        )
        for agency in agencies
    )
    help = "Tidak menahan pengajuan; tanyakan perangkat daerahnya."
    return _group("bagian", "Bagian yang belum ditandai siap", help, False, lines)


def changed_since_declared(evaluation: Evaluation) -> bool:
    """Was an answer changed after the declaration was uploaded? One query."""
    if evaluation.declaration is None:
        return False
    last = Answer.objects.filter(evaluation=evaluation).aggregate(last=Max("updated_at"))["last"]
    return last is not None and last > evaluation.declaration.created_at
