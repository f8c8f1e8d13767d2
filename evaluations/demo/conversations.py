"""What the demo's people have said to each other, and one answer that was sent back and repaired."""

from typing import Any

from evaluations.enums import AnswerState, Audience
from evaluations.models import Answer, Evaluation
from evaluations.services import answers, reviews, talking

CIVIL_REGISTRY = "disdukcapil"


def hold(evaluation: Evaluation, people: dict[str, Any]) -> None:
    """An agency and the coordinator about a question that the agency leads, one thread settled and one open; and the
    task force about the same question, which the agency knows nothing of."""
    answer = _answered(evaluation, held_by=CIVIL_REGISTRY)
    coordinator, operator, chair = people["koordinator"], people["operator"], people["gugustugas"]
    first = talking.open_thread(
        answer, Audience.AGENCY, f"@{operator.username} mohon angka akhir tahun, bukan angka triwulan.", by=coordinator
    )
    talking.reply(first.thread, "Sudah saya ganti, Bu. Rekapnya ada di data dukung.", by=operator)
    first.thread.refresh_from_db()
    talking.set_resolved(first.thread, resolved=True, version=first.thread.version, by=coordinator)
    talking.open_thread(
        answer, Audience.AGENCY, "Tanda tangan kepala dinas baru ada minggu depan. Bolehkah menyusul?", by=operator
    )
    talking.open_thread(
        answer,
        Audience.TASK_FORCE,
        f"@{coordinator.username} angka ini lebih tinggi daripada profil anak kota.",
        by=chair,
    )


def send_back(evaluation: Evaluation, reviewer: Any, coordinator: Any) -> None:
    """An answer returned by the task force, and repaired since: its note says more."""
    answer = _answered(evaluation, state=AnswerState.ANSWERED)
    sent = reviews.review_answer(
        answer, version=answer.version, approved=False, reason="Sumber angka belum dijelaskan.", by=reviewer
    )
    answers.save_answer(
        sent, version=sent.version, value=sent.value, note="Sumber: rekap bulanan Desember 2024.", by=coordinator
    )


def _answered(evaluation: Evaluation, *, held_by: str = "", **which: Any) -> Answer:
    """The first answered question that fits, in the order of the instrument."""
    rows = Answer.objects.filter(evaluation=evaluation, **which).exclude(state=AnswerState.EMPTY)
    if held_by:
        led = evaluation.assignments.filter(agency__kind=held_by, is_lead=True)
        rows = rows.filter(question__in=led.values("question"))
    order = ("question__indicator__cluster__position", "question__indicator__position", "question__position")
    found = rows.select_related("question", "evaluation__region").order_by(*order).first()
    assert found is not None, "the demo has answers"
    return found
