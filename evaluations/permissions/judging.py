"""Who may look at documents, review and judge."""

from typing import Any

from accounts.enums import Role
from evaluations.enums import Stage, reached
from evaluations.models import Answer, AnswerEvidence, Evaluation, Seat
from evaluations.permissions.reading import can_read_answers, is_allotted, of_the_city, of_the_province, reopenings
from evaluations.timing import timing
from evidence.enums import FileState
from evidence.permissions import can_open_item
from kla_portal.lib.dates import both_zones
from kla_portal.lib.decision import ALLOW, Decision, deny


def can_open_file(user: Any, link: AnswerEvidence) -> Decision:
    """Whoever reads the answers; personal data only its agency, the coordinator, the task force, and the judges."""
    evaluation = link.answer.evaluation
    if not (answers := can_read_answers(user, evaluation)):
        return answers
    item = link.revision.item
    if not item.personal_data or (of_the_city(user, evaluation) and can_open_item(user, item)):
        return ALLOW
    if judges_it(user, evaluation):
        return ALLOW
    return deny("Berkas ini memuat data pribadi atau data anak. Hanya pemilik, koordinator, gugus tugas, dan penilai.")


def can_take_files(user: Any, evaluation: Evaluation) -> Decision:
    """Documents many at once, as a package: who gathers and reviews in the region, and judges while they judge. Which
    documents those are, `can_open_file` says one by one."""
    if not (answers := can_read_answers(user, evaluation)):
        return answers
    if user.acts_as(Role.OPERATOR, Role.COORDINATOR, Role.TASK_FORCE):
        return ALLOW
    if user.acts_as(Role.PROVINCE_VERIFIER, Role.EVALUATOR):
        return scores_it(user, evaluation)
    return deny("Paket data dukung dibuat oleh operator, koordinator, gugus tugas, dan penilai pada tahapnya.")


def seats(evaluation: Evaluation) -> list[Seat]:
    """The task force of this evaluation, the chair first, with their people. Looked up once per fetched evaluation."""
    known: list[Seat] | None = evaluation.__dict__.get("_seats")
    if known is None:
        rows = Seat.objects.filter(evaluation=evaluation).select_related("member")
        known = evaluation.__dict__["_seats"] = list(rows.order_by("-is_chair", "member__full_name", "pk"))
    return known


def seat_of(user: Any, evaluation: Evaluation) -> Seat | None:
    return next((seat for seat in seats(evaluation) if seat.member_id == user.pk), None)


def reviews_cluster(seat: Seat, cluster: str) -> bool:
    """Does this seat review the cluster with this code: one of its own, any if it has none, the chair all?"""
    return seat.is_chair or not seat.clusters or cluster in seat.clusters


def can_read_seats(user: Any, evaluation: Evaluation) -> Decision:
    """Who sits in the task force: the region's own people."""
    if of_the_city(user, evaluation):
        return ALLOW
    return deny("Susunan gugus tugas dibaca daerah yang bersangkutan.")


def can_review(user: Any, evaluation: Evaluation, cluster: str | None = None) -> Decision:
    """A word of the task force: who reviews it, in the time of the review."""
    return reviews_it(user, evaluation, cluster) and timing(evaluation).decision(evaluation.region_id)


def reviews_it(user: Any, evaluation: Evaluation, cluster: str | None = None) -> Decision:
    """The task force's bench, to read also when its time is over; with the code of a cluster: its answers. While nobody
    is seated every member reviews all; else those seated do, each the clusters allotted."""
    if not (of_the_city(user, evaluation) and user.acts_as(Role.TASK_FORCE)):
        return deny("Hanya anggota gugus tugas daerah ini yang menelaah jawaban.")
    if evaluation.stage != Stage.TASK_FORCE_REVIEW:
        return deny("Telaah berlangsung setelah koordinator menyerahkan dan sebelum daerah mengajukan.")
    if not seats(evaluation):
        return ALLOW
    seat = seat_of(user, evaluation)
    if seat is None:
        return deny("Anda belum masuk susunan gugus tugas evaluasi ini. Koordinator mengaturnya.")
    if cluster is not None and not reviews_cluster(seat, cluster):
        names = ", ".join(str(each.member) for each in seats(evaluation) if reviews_cluster(each, cluster))
        return deny(f"Klaster ini ditelaah {names or 'anggota lain; koordinator belum membaginya'}.")
    return ALLOW


def judges_it(user: Any, evaluation: Evaluation) -> bool:
    """Is this person one of the judges whose turn comes or has come?"""
    if of_the_province(user, evaluation):
        return reached(evaluation.stage, Stage.ADMIN_VERIFICATION)
    return is_allotted(user, evaluation)


def can_score(user: Any, evaluation: Evaluation) -> Decision:
    """A judge's word: whose turn it is, in its time."""
    return scores_it(user, evaluation) and timing(evaluation).decision(evaluation.region_id)


def scores_it(user: Any, evaluation: Evaluation) -> Decision:
    """The bench, to read: the province in its stage, allotted evaluators in the ministry's stages; also when the time
    of the stage is over."""
    if not judges_it(user, evaluation):
        return deny("Hanya penilai yang ditugasi yang memberi nilai pada evaluasi ini.")
    if evaluation.stage == Stage.ADMIN_VERIFICATION:
        if user.acts_as(Role.PROVINCE_VERIFIER):
            return ALLOW
        return deny("Evaluasi sedang diverifikasi provinsi. Giliran Anda sesudahnya.")
    if evaluation.stage in (Stage.MINISTRY_REVIEW, Stage.FIELD_VERIFICATION, Stage.FINAL):
        if user.acts_as(Role.EVALUATOR):
            return ALLOW
        return deny("Verifikasi provinsi sudah selesai dan tidak dapat diubah lagi.")
    return deny("Hasil sudah ditetapkan; nilai tidak dapat diubah lagi.")


def can_score_answer(user: Any, answer: Answer) -> Decision:
    """One question at the bench: not while the region may still change it."""
    if not (scoring := can_score(user, answer.evaluation)):
        return scoring
    if held := reopenings(answer.evaluation).get(answer.pk):
        return deny(
            f"Pertanyaan ini dibuka bagi daerah sampai {both_zones(held.until, answer.evaluation.region_id)}. "
            "Anda dapat menilainya sesudah itu, atau sesudah pembukaannya ditutup."
        )
    return ALLOW


def can_judge_document(user: Any, link: AnswerEvidence) -> Decision:
    """Whoever scores the question, of a document that can be looked at: nobody judges what they cannot open."""
    if not (scoring := can_score_answer(user, link.answer)):
        return scoring
    if link.revision.purged_at:
        return deny("Berkas ini sudah dihapus dari penyimpanan, sehingga tidak dapat dinilai lagi.")
    file = link.revision.file
    if file is not None and file.state != FileState.CLEAN:
        return deny("Berkas ini belum lolos pemeriksaan, sehingga belum dapat dibuka dan dinilai.")
    return can_open_file(user, link)
