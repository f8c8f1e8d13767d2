"""Who may take an evaluation a step further: the role, the stage, the calendar, then the step's own guard."""

from typing import Any

from django.db.models import QuerySet

from accounts.enums import Role
from evaluations.enums import JUDGED, AnswerState, Stage, Verdict
from evaluations.models import Answer, AnswerEvidence, Award, Evaluation, Score, Seat, needs_proof
from evaluations.permissions.reading import can_read_progress
from evaluations.stages import STEPS
from evaluations.timing import timing
from evidence.enums import FileState
from kla_portal.lib.decision import ALLOW, Decision, deny


def can_move(user: Any, evaluation: Evaluation, action: str) -> Decision:
    """One step of the workflow: the role, the stage, then the step's own guard."""
    step = STEPS[action]
    if not user.acts_as(*step.roles) or not can_read_progress(user, evaluation):
        return deny("Peran Anda tidak berwenang untuk langkah ini.")
    if evaluation.stage != step.source:
        return deny(f"Langkah ini tidak tersedia pada tahap {evaluation.get_stage_display()}.")
    if step.clock and not (in_time := timing(evaluation, step.clock).decision(evaluation.region_id)):
        return in_time
    return GUARDS[step.guard](user, evaluation) if step.guard else ALLOW


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
    chair = Seat.objects.filter(evaluation=evaluation, is_chair=True).first()
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
    """In any stage: a verdict stands until a later one replaces it."""
    return _none_unjudged(evaluation, Score.objects.filter(answer__evaluation=evaluation))


def verified_by_the_province(user: Any, evaluation: Evaluation) -> Decision:
    """The province judges every answer before it closes its own stage; a national admin may close it over its head."""
    if user.acts_as(Role.NATIONAL_ADMIN):
        return ALLOW
    return _none_unjudged(evaluation, Score.objects.filter(answer__evaluation=evaluation, stage=evaluation.stage))


def claims_stand_on_documents(user: Any, evaluation: Evaluation) -> Decision:
    """No claim that an earlier stage accepted is left as it was after this stage rejected all its documents."""
    lost = Answer.objects.filter(evaluation=evaluation).unproven(evaluation.stage).select_related("question")
    fallen = 0
    for answer in lost.prefetch_related("scores"):
        scores = sorted(answer.scores.all(), key=lambda score: JUDGED.index(Stage(score.stage)))
        stands = bool(scores) and scores[-1].verdict == Verdict.ACCEPTED and scores[-1].fraction > 0
        fallen += stands and needs_proof(answer.question)
    if fallen:
        return deny(
            f"{fallen} klaim yang diterima pada tahap sebelumnya kehilangan semua dokumennya pada tahap ini. "
            "Evaluator perlu memberi nilai lain dahulu."
        )
    return ALLOW


def ready_to_award(user: Any, evaluation: Evaluation) -> Decision:
    """Every answer judged, every accepted claim with a document that stands, and the predicate decided."""
    return ready_but_for_the_award(user, evaluation) and predicate_decided(user, evaluation)


def ready_but_for_the_award(user: Any, evaluation: Evaluation) -> Decision:
    """Every answer judged, and every accepted claim with a document that stands."""
    return every_answer_judged(user, evaluation) and claims_stand_on_documents(user, evaluation)


def predicate_decided(user: Any, evaluation: Evaluation) -> Decision:
    """What is published was decided on before, from the points that there are now (`services.awards`)."""
    if Award.objects.filter(evaluation=evaluation).exists():
        return ALLOW
    return deny("Predikatnya belum diputuskan. Putuskan dahulu pada halaman Penetapan siklus ini.")


def _none_unjudged(evaluation: Evaluation, scores: QuerySet[Score]) -> Decision:
    answered = Answer.objects.filter(evaluation=evaluation).exclude(state=AnswerState.EMPTY)
    unjudged = answered.exclude(pk__in=scores.values("answer")).count()
    return deny(f"{unjudged} jawaban belum dinilai.") if unjudged else ALLOW


GUARDS = {
    "the_chair_signs": the_chair_signs,
    "something_answered": something_answered,
    "ready_to_submit": ready_to_submit,
    "claims_stand_on_documents": claims_stand_on_documents,
    "ready_to_award": ready_to_award,
    "verified_by_the_province": verified_by_the_province,
}
