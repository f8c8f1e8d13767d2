"""Who may look at documents, review and judge."""

from typing import Any

from accounts.enums import Role
from evaluations.enums import Stage, reached
from evaluations.models import Answer, AnswerEvidence, Evaluation
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
        return can_score(user, evaluation)
    return deny("Paket data dukung dibuat oleh operator, koordinator, gugus tugas, dan penilai pada tahapnya.")


def can_review(user: Any, evaluation: Evaluation) -> Decision:
    """The task force's bench."""
    if not (of_the_city(user, evaluation) and user.acts_as(Role.TASK_FORCE)):
        return deny("Hanya anggota gugus tugas daerah ini yang menelaah jawaban.")
    if evaluation.stage != Stage.TASK_FORCE_REVIEW:
        return deny("Telaah berlangsung setelah koordinator menyerahkan dan sebelum daerah mengajukan.")
    return timing(evaluation).decision(evaluation.region_id)


def judges_it(user: Any, evaluation: Evaluation) -> bool:
    """Is this person one of the judges whose turn comes or has come?"""
    if of_the_province(user, evaluation):
        return reached(evaluation.stage, Stage.ADMIN_VERIFICATION)
    return is_allotted(user, evaluation)


def can_score(user: Any, evaluation: Evaluation) -> Decision:
    """The bench: the province in its stage, allotted evaluators in the ministry's stages."""
    if not judges_it(user, evaluation):
        return deny("Hanya penilai yang ditugasi yang memberi nilai pada evaluasi ini.")
    if evaluation.stage == Stage.ADMIN_VERIFICATION:
        if user.acts_as(Role.PROVINCE_VERIFIER):
            return timing(evaluation).decision(evaluation.region_id)
        return deny("Evaluasi sedang diverifikasi provinsi. Giliran Anda sesudahnya.")
    if evaluation.stage in (Stage.MINISTRY_REVIEW, Stage.FIELD_VERIFICATION, Stage.FINAL):
        if user.acts_as(Role.EVALUATOR):
            return timing(evaluation).decision(evaluation.region_id)
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
