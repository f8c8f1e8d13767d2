"""Who may take an evaluation a step further: the role, the stage, the calendar, then the step's own guard."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.enums import Role
from evaluations.enums import JUDGED, AnswerState, Stage, Verdict
from evaluations.models import Answer, AnswerEvidence, Award, Evaluation, Reopening, Score, needs_proof
from evaluations.permissions.judging import seats
from evaluations.permissions.reading import can_read_progress
from evaluations.stages import STEPS, Step
from evaluations.timing import timing
from evidence.enums import FileState
from kla_portal.lib.decision import ALLOW, Decision, deny


def can_move(user: Any, evaluation: Evaluation, action: str) -> Decision:
    """One step of the workflow: the role, the stage, then the step's own guard."""
    step = STEPS[action]
    if not (on_time := _in_turn(user, evaluation, step)):
        return on_time
    return GUARDS[step.guard](user, evaluation) if step.guard else ALLOW


def can_move_each(user: Any, evaluations: Sequence[Evaluation], action: str) -> dict[UUID, Decision]:
    """`can_move` of many, by pk. The steps after the submission ask of all at once: six queries at most."""
    step = STEPS[action]
    found = {each.pk: _in_turn(user, each, step) for each in evaluations}
    left = [each for each in evaluations if found[each.pk]]
    if step.guard in EACH:
        return found | EACH[step.guard](user, left)
    return found | {each.pk: GUARDS[step.guard](user, each) for each in left if step.guard}


def _in_turn(user: Any, evaluation: Evaluation, step: Step) -> Decision:
    if not user.acts_as(*step.roles) or not can_read_progress(user, evaluation):
        return deny("Peran Anda tidak berwenang untuk langkah ini.")
    if evaluation.stage != step.source:
        return deny(f"Langkah ini tidak tersedia pada tahap {evaluation.get_stage_display()}.")
    if step.clock and not (in_time := timing(evaluation, step.clock).decision(evaluation.region_id)):
        return in_time
    return ALLOW


def something_answered(user: Any, evaluation: Evaluation) -> Decision:
    if Answer.objects.filter(evaluation=evaluation).exclude(state=AnswerState.EMPTY).exists():
        return ALLOW
    return deny("Belum ada satu pun jawaban. Isi dahulu sebelum menyerahkan.")


def nothing_waits_for_review(user: Any, evaluation: Evaluation) -> Decision:
    waiting = Answer.objects.filter(
        evaluation=evaluation, state__in=(AnswerState.ANSWERED, AnswerState.RETURNED)
    ).count()
    if waiting:
        return deny(f"{waiting} jawaban belum disetujui gugus tugas.")
    return ALLOW


def the_chair_signs(user: Any, evaluation: Evaluation) -> Decision:
    """Signed by the chair of this evaluation's task force, once nothing waits for a word."""
    chair = next((seat for seat in seats(evaluation) if seat.is_chair), None)
    if chair is None:
        return deny("Ketua gugus tugas belum ditunjuk. Koordinator menunjuknya pada halaman Gugus tugas.")
    if chair.member_id != user.pk:
        return deny("Hanya ketua gugus tugas yang mengesahkan hasil telaah.")
    if evaluation.signed_off_at is not None:
        return deny("Hasil telaah sudah disahkan.")
    return nothing_waits_for_review(user, evaluation)


def signed_and_declared(user: Any, evaluation: Evaluation) -> Decision:
    """The chair has signed what the task force said, and the head of region's declaration is there and clean."""
    if evaluation.signed_off_at is None:
        return deny("Hasil telaah belum disahkan ketua gugus tugas.")
    if evaluation.declaration is None:
        return deny("Surat pernyataan kepala daerah atau yang mewakili belum diunggah.")
    if evaluation.declaration.item.deleted_at is not None:
        return deny("Surat pernyataan sudah dihapus dari pustaka. Unggah lagi, atau pulihkan di sana.")
    file = evaluation.declaration.file
    if file is None or file.state != FileState.CLEAN:
        return deny("Surat pernyataan belum lolos pemeriksaan berkas. Tunggu sebentar, atau unggah berkas lain.")
    return ALLOW


def links_have_copies(user: Any, evaluation: Evaluation) -> Decision:
    """What a link shows may change after it was judged; a copy does not."""
    alone = AnswerEvidence.objects.filter(answer__evaluation=evaluation).without_copy().count()
    if alone:
        return deny(
            f"{alone} tautan belum memiliki salinan berkas. Daftarnya ada pada halaman Kekurangan data dukung. "
            "Tarik kembali, unggah salinannya, lalu serahkan lagi."
        )
    return ALLOW


def ready_to_submit(user: Any, evaluation: Evaluation) -> Decision:
    """Every answer approved, of every link a copy that stays, signed by the chair and declared by the head."""
    approved = nothing_waits_for_review(user, evaluation) and links_have_copies(user, evaluation)
    return approved and signed_and_declared(user, evaluation)


def every_answer_judged(user: Any, evaluation: Evaluation) -> Decision:
    """In any stage: a verdict stands until a later one replaces it, or until the answer changes."""
    return _all_judged([evaluation])[evaluation.pk]


def verified_by_the_province(user: Any, evaluation: Evaluation) -> Decision:
    """The province judges every answer before it closes its own stage; a national admin may close it over its head."""
    return _verified_each(user, [evaluation])[evaluation.pk]


def claims_stand_on_documents(user: Any, evaluation: Evaluation) -> Decision:
    """No claim that an earlier stage accepted is left as it was after this stage rejected all its documents; and no
    answer is open to the region, or was changed since it was judged."""
    return _claims_stand_each(user, [evaluation])[evaluation.pk]


def ready_to_award(user: Any, evaluation: Evaluation) -> Decision:
    """Every answer judged, every accepted claim with a document that stands, and the predicate decided."""
    return _ready_to_award_each(user, [evaluation])[evaluation.pk]


def ready_but_for_the_award(user: Any, evaluation: Evaluation) -> Decision:
    """Every answer judged, and every accepted claim with a document that stands."""
    return ready_but_for_the_award_each(user, [evaluation])[evaluation.pk]


def predicate_decided(user: Any, evaluation: Evaluation) -> Decision:
    """What is published was decided on before, from the points that there are now (`services.awards`)."""
    return _decided([evaluation])[evaluation.pk]


# --- of many at once: each takes evaluations of one stage -----------------------------------------------------------
def _all_judged(evaluations: Sequence[Evaluation], stage: str = "") -> dict[UUID, Decision]:
    """Has every answer a verdict on what it says now, in `stage` or in any? One query."""
    unjudged = _counts(_answered(evaluations).exclude(_judged(**{"stage": stage} if stage else {})))
    return {
        each.pk: deny(f"{unjudged[each.pk]} jawaban belum dinilai.") if each.pk in unjudged else ALLOW
        for each in evaluations
    }


def _counts(answers: QuerySet[Answer]) -> dict[UUID, int]:
    return dict(answers.order_by().values_list("evaluation").annotate(Count("pk")))


def _answered(evaluations: Sequence[Evaluation]) -> QuerySet[Answer]:
    return Answer.objects.filter(evaluation__in=evaluations).exclude(state=AnswerState.EMPTY)


def _judged(**which: str) -> Exists:
    """Is there a verdict on the answer as it is now?"""
    return Exists(Score.objects.filter(answer=OuterRef("pk"), answer_version=OuterRef("version"), **which))


def _none_is_on_its_way(evaluations: Sequence[Evaluation]) -> dict[UUID, Decision]:
    """No stage closes over an answer that the region may still change, nor over one that it has changed since it was
    judged: what was asked for is looked at. Two queries."""
    open_ = Reopening.objects.standing().filter(answer=OuterRef("pk"))
    held = _counts(Answer.objects.filter(Exists(open_), evaluation__in=evaluations))
    once = Exists(Score.objects.filter(answer=OuterRef("pk")))
    changed = _counts(_answered(evaluations).filter(once).exclude(_judged()))
    found = {}
    for each in evaluations:
        found[each.pk] = ALLOW
        if each.pk in changed:
            found[each.pk] = deny(f"{changed[each.pk]} jawaban berubah sejak dinilai dan perlu dinilai lagi.")
        if each.pk in held:
            found[each.pk] = deny(f"{held[each.pk]} pertanyaan masih dibuka bagi daerah. Tunggu, atau tutup dahulu.")
    return found


def _verified_each(user: Any, evaluations: Sequence[Evaluation]) -> dict[UUID, Decision]:
    if not evaluations:
        return {}
    found = _none_is_on_its_way(evaluations)
    if user.acts_as(Role.NATIONAL_ADMIN):
        return found
    judged = _all_judged(evaluations, evaluations[0].stage)
    return {pk: decision and judged[pk] for pk, decision in found.items()}


def _claims_stand_each(user: Any, evaluations: Sequence[Evaluation]) -> dict[UUID, Decision]:
    """Four queries."""
    if not evaluations:
        return {}
    settled = _none_is_on_its_way(evaluations)
    lost = Answer.objects.filter(evaluation__in=evaluations).unproven(evaluations[0].stage).select_related("question")
    fallen: Counter[UUID] = Counter()
    for answer in lost.prefetch_related("scores"):
        scores = sorted(answer.scores.all(), key=lambda score: JUDGED.index(Stage(score.stage)))
        stands = bool(scores) and scores[-1].verdict == Verdict.ACCEPTED and scores[-1].fraction > 0
        fallen[answer.evaluation_id] += stands and needs_proof(answer.question)
    return {each.pk: settled[each.pk] and _stand(fallen[each.pk]) for each in evaluations}


def _stand(fallen: int) -> Decision:
    if not fallen:
        return ALLOW
    return deny(
        f"{fallen} klaim yang diterima pada tahap sebelumnya kehilangan semua dokumennya pada tahap ini. "
        "Evaluator perlu memberi nilai lain dahulu."
    )


def ready_but_for_the_award_each(user: Any, evaluations: Sequence[Evaluation]) -> dict[UUID, Decision]:
    """Five queries."""
    judged, stand = _all_judged(evaluations), _claims_stand_each(user, evaluations)
    return {each.pk: judged[each.pk] and stand[each.pk] for each in evaluations}


def _ready_to_award_each(user: Any, evaluations: Sequence[Evaluation]) -> dict[UUID, Decision]:
    """Six queries."""
    ready, decided = ready_but_for_the_award_each(user, evaluations), _decided(evaluations)
    return {each.pk: ready[each.pk] and decided[each.pk] for each in evaluations}


def _decided(evaluations: Sequence[Evaluation]) -> dict[UUID, Decision]:
    there = set(Award.objects.filter(evaluation__in=evaluations).values_list("evaluation", flat=True))
    no = deny("Predikatnya belum diputuskan. Putuskan dahulu pada halaman Penetapan siklus ini.")
    return {each.pk: ALLOW if each.pk in there else no for each in evaluations}


EACH: dict[str, Callable[[Any, Sequence[Evaluation]], dict[UUID, Decision]]] = {
    "verified_by_the_province": _verified_each,
    "claims_stand_on_documents": _claims_stand_each,
    "ready_to_award": _ready_to_award_each,
}
GUARDS = {
    "the_chair_signs": the_chair_signs,
    "something_answered": something_answered,
    "ready_to_submit": ready_to_submit,
    "claims_stand_on_documents": claims_stand_on_documents,
    "ready_to_award": ready_to_award,
    "verified_by_the_province": verified_by_the_province,
}
