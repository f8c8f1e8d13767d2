"""Who may do what to an evaluation they can already see. Decisions carry the reason for the screen.

Every function expects an object fetched through `visible_to(user)`; docs/access.md has the table these follow.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from accounts.enums import OF_A_CITY, Role
from evaluations.enums import DRAFTING, JUDGED, AnswerState, Stage, Verdict, reached
from evaluations.models import Allotment, Answer, AnswerEvidence, Assignment, Evaluation, Score, needs_proof
from evaluations.stages import STEPS
from evidence.enums import FileState
from evidence.models import EvidenceItem
from evidence.permissions import can_open_item
from kla_portal.lib.decision import ALLOW, Decision, deny
from regions import codes
from regions.models import Agency

CITY_WRITERS = frozenset({Role.OPERATOR, Role.COORDINATOR})
ELSEWHERE = deny("Rincian evaluasi hanya terbuka bagi daerah yang bersangkutan dan para penilainya.")


def _of_the_city(user: Any, evaluation: Evaluation) -> bool:
    return user.acts_as(*OF_A_CITY) and user.acting.region_id == evaluation.region_id


def _of_the_province(user: Any, evaluation: Evaluation) -> bool:
    return user.acts_as(Role.PROVINCE_VERIFIER) and codes.contains(user.acting.region_id, evaluation.region_id)


def is_allotted(user: Any, evaluation: Evaluation) -> bool:
    """Looked up once per fetched evaluation."""
    if not user.acts_as(Role.EVALUATOR):
        return False
    known: dict[int, bool] = evaluation.__dict__.setdefault("_allotted", {})
    if user.pk not in known:
        known[user.pk] = Allotment.objects.filter(evaluation=evaluation, evaluator=user).exists()
    return known[user.pk]


def know_allotted(user: Any, evaluations: Sequence[Evaluation]) -> None:
    """Look up at once what `is_allotted` would ask for each. One query, for evaluators only."""
    if user.acts_as(Role.EVALUATOR):
        mine = set(
            Allotment.objects.filter(evaluation__in=evaluations, evaluator=user).values_list("evaluation", flat=True)
        )
        for evaluation in evaluations:
            evaluation.__dict__.setdefault("_allotted", {})[user.pk] = evaluation.pk in mine


def can_read_progress(user: Any, evaluation: Evaluation) -> Decision:
    """How far it is: stage, number of answers, totals claimed by the region itself to the region only."""
    if (
        _of_the_city(user, evaluation)
        or _of_the_province(user, evaluation)
        or user.acts_as(Role.NATIONAL_ADMIN)
        or is_allotted(user, evaluation)
    ):
        return ALLOW
    return ELSEWHERE


def can_read_claims(user: Any, evaluation: Evaluation) -> Decision:
    """The region's own total and its parts: the head of region reads them from the first day."""
    if _of_the_city(user, evaluation):
        return ALLOW
    return can_read_answers(user, evaluation)


def can_read_lift(user: Any, evaluation: Evaluation) -> Decision:
    """What would lift the region: its own people's working paper. Judges judge what is there, not what it leads to."""
    if _of_the_city(user, evaluation):
        return can_read_claims(user, evaluation)
    if not (progress := can_read_progress(user, evaluation)):
        return progress
    return deny("Halaman ini alat kerja daerah sendiri. Penilai menilai bukti yang ada, bukan jaraknya ke predikat.")


def can_read_missing(user: Any, evaluation: Evaluation) -> Decision:
    """What the region's evidence lacks: its own people's list of work."""
    if _of_the_city(user, evaluation):
        return can_read_claims(user, evaluation)
    if not (progress := can_read_progress(user, evaluation)):
        return progress
    return deny("Daftar ini alat kerja daerah sendiri. Penilai melihat peringatan pada setiap dokumen yang dinilai.")


def can_read_answers(user: Any, evaluation: Evaluation) -> Decision:
    """Answers, notes and the list of evidence."""
    if not (progress := can_read_progress(user, evaluation)):
        return progress
    if _of_the_city(user, evaluation):
        if user.acts_as(Role.VIEWER) and evaluation.stage == Stage.SELF_ASSESSMENT:
            return deny(
                "Selama penilaian mandiri, pimpinan daerah membaca jumlah dan kemajuan. "
                "Isi jawaban terbuka setelah diserahkan ke gugus tugas."
            )
        return ALLOW
    if evaluation.stage in DRAFTING:
        return deny("Daerah masih menyusun penilaian mandiri. Isinya terbuka setelah diajukan.")
    return ALLOW


def can_read_scores(user: Any, evaluation: Evaluation) -> Decision:
    """The judges' verdicts: to judges while they work, to the region when the result is awarded."""
    if not (answers := can_read_answers(user, evaluation)):
        return answers
    if _of_the_city(user, evaluation) and evaluation.stage != Stage.AWARDED:
        return deny("Nilai evaluasi terbuka bagi daerah setelah hasil ditetapkan.")
    return ALLOW


def can_read_result(user: Any, evaluation: Evaluation) -> Decision:
    """Total and predicate: whoever may read the claims, and once awarded everybody signed in."""
    if evaluation.stage == Stage.AWARDED:
        return ALLOW
    return can_read_claims(user, evaluation)


def _assignment(user: Any, answer: Answer) -> Assignment | None:
    """The acting agency's part in the question. Looked up once per fetched answer: a page asks for every attachment."""
    known: dict[int, Assignment | None] = answer.__dict__.setdefault("_assignments", {})
    agency_id = user.acting.agency_id
    if agency_id not in known:
        known[agency_id] = Assignment.objects.filter(
            evaluation_id=answer.evaluation_id, question_id=answer.question_id, agency_id=agency_id
        ).first()
    return known[agency_id]


def is_returned(answer: Answer) -> bool:
    """Has the task force returned it, and not looked at it again since? Repairing takes more than one save."""
    if answer.state in (AnswerState.RETURNED, AnswerState.APPROVED):
        return answer.state == AnswerState.RETURNED
    known = answer.__dict__
    if "_last_review" not in known:
        known["_last_review"] = answer.reviews.first()
    return known["_last_review"] is not None and not known["_last_review"].approved


def is_open(answer: Answer) -> bool:
    """May the region still change this answer: before it is handed in, and where the task force has returned it?"""
    stage = answer.evaluation.stage
    return stage == Stage.SELF_ASSESSMENT or (stage == Stage.TASK_FORCE_REVIEW and is_returned(answer))


def _region_writes(user: Any, answer: Answer) -> Decision:
    """Is this answer open to the region's own people at all?"""
    evaluation = answer.evaluation
    if not _of_the_city(user, evaluation) or not user.acts_as(*CITY_WRITERS):
        return deny("Hanya operator perangkat daerah dan koordinator daerah ini yang mengisi jawaban.")
    if is_open(answer):
        return ALLOW
    if evaluation.stage == Stage.TASK_FORCE_REVIEW:
        return deny(
            "Jawaban sedang ditelaah gugus tugas dan terkunci. "
            "Koordinator dapat menariknya kembali; jawaban yang dikembalikan terbuka lagi."
        )
    return deny("Penilaian mandiri sudah diajukan; jawaban tidak dapat diubah lagi.")


def can_write_answer(user: Any, answer: Answer) -> Decision:
    """The one answer: the lead agency's operators, or the coordinator (also on behalf of the agency)."""
    if not (open_ := _region_writes(user, answer)):
        return open_
    if user.acts_as(Role.COORDINATOR):
        return ALLOW
    assignment = _assignment(user, answer)
    if assignment is None:
        return deny("Pertanyaan ini bukan bagian perangkat daerah Anda. Koordinator dapat mengaturnya.")
    if not assignment.is_lead:
        return deny("Jawaban ditulis penanggung jawab utama. Anda dapat menambahkan data dukung.")
    return ALLOW


def can_add_evidence(user: Any, answer: Answer) -> Decision:
    """Any agency that the question is assigned to, and the coordinator."""
    if not (open_ := _region_writes(user, answer)):
        return open_
    if user.acts_as(Role.COORDINATOR):
        return ALLOW
    if _assignment(user, answer):
        return ALLOW
    return deny("Pertanyaan ini bukan bagian perangkat daerah Anda. Koordinator dapat mengaturnya.")


def can_fill_part(user: Any, evaluation: Evaluation, agency: Agency) -> Decision:
    """The agency's part of the evaluation: its own operators and the coordinator, while the region may write at all.

    What of it is open question by question, `can_write_answer` and `can_add_evidence` decide.
    """
    if not _of_the_city(user, evaluation) or not user.acts_as(*CITY_WRITERS):
        return deny("Hanya operator perangkat daerah dan koordinator daerah ini yang mengisi jawaban.")
    if user.acts_as(Role.OPERATOR) and user.acting.agency_id != agency.pk:
        return deny("Bagian ini diisi perangkat daerah lain.")
    if evaluation.stage not in DRAFTING:
        return deny("Penilaian mandiri sudah diajukan; jawaban tidak dapat diubah lagi.")
    return ALLOW


def can_remove_evidence(user: Any, link: AnswerEvidence) -> Decision:
    """The agency that holds the item, whoever put it here, and the coordinator, while the answer is open."""
    if not (open_ := can_add_evidence(user, link.answer)):
        return open_
    item = link.revision.item
    if item.deleted_at is not None:
        return deny("Dokumen ini sudah dihapus dari pustaka. Pulihkan dahulu di sana.")
    if user.acts_as(Role.COORDINATOR) or item.agency_id == user.acting.agency_id or link.added_by_id == user.pk:
        return ALLOW
    return deny("Data dukung ini milik perangkat daerah lain. Hanya pemiliknya dan koordinator yang dapat melepasnya.")


def can_attach_item(user: Any, item: EvidenceItem) -> Decision:
    """Put a document of the library to an answer: one that is there and that this person may open."""
    if item.deleted_at is not None:
        return deny("Dokumen ini sudah dihapus dari pustaka. Pulihkan dahulu sebelum memasangnya.")
    return can_open_item(user, item)


def can_point(user: Any, link: AnswerEvidence) -> Decision:
    """Say on which page to look: whoever adds evidence here and may open this document."""
    if not (open_ := can_add_evidence(user, link.answer)):
        return open_
    return can_open_file(user, link)


def can_open_file(user: Any, link: AnswerEvidence) -> Decision:
    """Whoever reads the answers; personal data only its agency, the coordinator, the task force, and the judges."""
    evaluation = link.answer.evaluation
    if not (answers := can_read_answers(user, evaluation)):
        return answers
    item = link.revision.item
    if not item.personal_data or (_of_the_city(user, evaluation) and can_open_item(user, item)):
        return ALLOW
    if _judges(user, evaluation):
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
    if not (_of_the_city(user, evaluation) and user.acts_as(Role.TASK_FORCE)):
        return deny("Hanya anggota gugus tugas daerah ini yang menelaah jawaban.")
    if evaluation.stage != Stage.TASK_FORCE_REVIEW:
        return deny("Telaah berlangsung setelah koordinator menyerahkan dan sebelum daerah mengajukan.")
    return ALLOW


def _judges(user: Any, evaluation: Evaluation) -> bool:
    """Is this person one of the judges whose turn comes or has come?"""
    if _of_the_province(user, evaluation):
        return reached(evaluation.stage, Stage.ADMIN_VERIFICATION)
    return is_allotted(user, evaluation)


def can_score(user: Any, evaluation: Evaluation) -> Decision:
    """The bench: the province in its stage, allotted evaluators in the ministry's stages."""
    if not _judges(user, evaluation):
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


def can_judge_document(user: Any, link: AnswerEvidence) -> Decision:
    """Whoever scores the question, of a document that can be looked at: nobody judges what they cannot open."""
    if not (scoring := can_score(user, link.answer.evaluation)):
        return scoring
    if link.revision.purged_at:
        return deny("Berkas ini sudah dihapus dari penyimpanan, sehingga tidak dapat dinilai lagi.")
    file = link.revision.file
    if file is not None and file.state != FileState.CLEAN:
        return deny("Berkas ini belum lolos pemeriksaan, sehingga belum dapat dibuka dan dinilai.")
    return can_open_file(user, link)


def can_move(user: Any, evaluation: Evaluation, action: str) -> Decision:
    """One step of the workflow: the role, the stage, then the step's own guard."""
    step = STEPS[action]
    if not user.acts_as(*step.roles) or not can_read_progress(user, evaluation):
        return deny("Peran Anda tidak berwenang untuk langkah ini.")
    if evaluation.stage != step.source:
        return deny(f"Langkah ini tidak tersedia pada tahap {evaluation.get_stage_display()}.")
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
    """Every answer approved, and of every link a copy that stays."""
    return nothing_waits_for_review(user, evaluation) and links_have_copies(user, evaluation)


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
    """Every answer judged, and every accepted claim with a document that stands."""
    judged = every_answer_judged(user, evaluation)
    return judged and claims_stand_on_documents(user, evaluation)


def _none_unjudged(evaluation: Evaluation, scores: QuerySet[Score]) -> Decision:
    answered = Answer.objects.filter(evaluation=evaluation).exclude(state=AnswerState.EMPTY)
    unjudged = answered.exclude(pk__in=scores.values("answer")).count()
    return deny(f"{unjudged} jawaban belum dinilai.") if unjudged else ALLOW


GUARDS = {
    "something_answered": something_answered,
    "ready_to_submit": ready_to_submit,
    "claims_stand_on_documents": claims_stand_on_documents,
    "ready_to_award": ready_to_award,
    "verified_by_the_province": verified_by_the_province,
}


def can_assign(user: Any, evaluation: Evaluation) -> Decision:
    """Dealing out the questions to the region's agencies."""
    if not (_of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR)):
        return deny("Pembagian pertanyaan diatur koordinator daerah ini.")
    if evaluation.stage != Stage.SELF_ASSESSMENT:
        return deny("Pembagian hanya dapat diatur selama penilaian mandiri.")
    return ALLOW


def can_ask_agency(user: Any, evaluation: Evaluation) -> Decision:
    """The letter that asks an agency for what is missing."""
    if not (_of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR)):
        return deny("Surat permintaan data dukung dibuat koordinator daerah ini.")
    if evaluation.stage not in DRAFTING:
        return deny("Penilaian mandiri sudah diajukan; tidak ada lagi yang dapat dilengkapi perangkat daerah.")
    return ALLOW


def can_read_letters(user: Any, evaluation: Evaluation) -> Decision:
    """Letters that were written."""
    if _of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR):
        return ALLOW
    return deny("Surat permintaan data dukung dibuat koordinator daerah ini.")


def can_offer_earlier(user: Any, evaluation: Evaluation) -> Decision:
    """Putting the region's answers of an earlier cycle beside the questions of this one."""
    if not (_of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR)):
        return deny("Jawaban siklus sebelumnya ditawarkan oleh koordinator daerah ini.")
    if evaluation.stage != Stage.SELF_ASSESSMENT:
        return deny("Jawaban siklus sebelumnya hanya dapat ditawarkan selama penilaian mandiri.")
    return ALLOW


def can_manage_cycles(user: Any) -> Decision:
    if user.acts_as(Role.NATIONAL_ADMIN):
        return ALLOW
    return deny("Siklus evaluasi diatur admin nasional.")


def can_manage_history(user: Any) -> Decision:
    """Bringing in results that others have published, and taking them out."""
    if user.acts_as(Role.NATIONAL_ADMIN):
        return ALLOW
    return deny("Riwayat hasil dari luar portal dikelola admin nasional.")
