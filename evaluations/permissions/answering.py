"""Who of the region may write: answers, and the evidence put to them."""

from typing import Any

from accounts.enums import Role
from evaluations.enums import DRAFTING, AnswerState, Stage
from evaluations.models import Answer, AnswerEvidence, Assignment, Evaluation
from evaluations.permissions.judging import can_open_file
from evaluations.permissions.reading import of_the_city, reopenings
from evaluations.timing import timing
from evidence.models import EvidenceItem, Upload
from evidence.permissions import can_open_item
from kla_portal.lib.decision import ALLOW, Decision, deny
from regions.models import Agency

CITY_WRITERS = frozenset({Role.OPERATOR, Role.COORDINATOR})


def part_of(user: Any, answer: Answer) -> Assignment | None:
    """The acting agency's part in the question."""
    return next((part for part in answer.parts if part.agency_id == user.acting.agency_id), None)


def is_returned(answer: Answer) -> bool:
    """Has the task force returned it, and not looked at it again since? Repairing takes more than one save."""
    if answer.state in (AnswerState.RETURNED, AnswerState.APPROVED):
        return answer.state == AnswerState.RETURNED
    known = answer.__dict__
    if "_last_review" not in known:
        known["_last_review"] = answer.reviews.first()
    return known["_last_review"] is not None and not known["_last_review"].approved


def is_open(answer: Answer) -> bool:
    """May the region change this answer in this stage at all: before it is handed in, where the task force has returned
    it, and where it was opened again by name? What the calendar says of it is `timing`'s business."""
    stage = answer.evaluation.stage
    if stage == Stage.SELF_ASSESSMENT or (stage == Stage.TASK_FORCE_REVIEW and is_returned(answer)):
        return True
    return stage != Stage.AWARDED and answer.pk in reopenings(answer.evaluation)


def in_time(answer: Answer, upload: Upload | None = None) -> Decision:
    """What the calendar says of an answer that `is_open`: the stage's time, or what held it open by name, which has its
    own end. An `upload` that was announced for this very answer before the end may finish a little after it."""
    evaluation = answer.evaluation
    if evaluation.stage not in DRAFTING:
        return ALLOW
    clock = timing(evaluation)
    if upload is not None and upload.place == place_of(answer) and clock.finishes(upload.created_at):
        return ALLOW
    return clock.decision(evaluation.region_id)


def place_of(answer: Answer) -> str:
    """What an upload for this answer is announced for."""
    return f"answer:{answer.pk}"


def region_writes(user: Any, answer: Answer, upload: Upload | None = None) -> Decision:
    """Is this answer open to the region's own people at all, and now? `upload`: the file that is to be put to it."""
    evaluation = answer.evaluation
    if not of_the_city(user, evaluation) or not user.acts_as(*CITY_WRITERS):
        return deny("Hanya operator perangkat daerah dan koordinator daerah ini yang mengisi jawaban.")
    if is_open(answer):
        return in_time(answer, upload)
    if evaluation.stage == Stage.TASK_FORCE_REVIEW:
        return deny(
            "Jawaban sedang ditelaah gugus tugas dan terkunci. "
            "Koordinator dapat menariknya kembali; jawaban yang dikembalikan terbuka lagi."
        )
    return deny("Penilaian mandiri sudah diajukan; jawaban tidak dapat diubah lagi.")


def can_write_answer(user: Any, answer: Answer) -> Decision:
    """The one answer: the lead agency's operators, or the coordinator (also on behalf of the agency)."""
    if not (open_ := region_writes(user, answer)):
        return open_
    if user.acts_as(Role.COORDINATOR):
        return ALLOW
    assignment = part_of(user, answer)
    if assignment is None:
        return deny("Pertanyaan ini bukan bagian perangkat daerah Anda. Koordinator dapat mengaturnya.")
    if not assignment.is_lead:
        return deny("Jawaban ditulis penanggung jawab utama. Anda dapat menambahkan data dukung.")
    return ALLOW


def can_add_evidence(user: Any, answer: Answer, upload: Upload | None = None) -> Decision:
    """Any agency that the question is assigned to, and the coordinator. `upload`: the file that is to be put to it."""
    if not (open_ := region_writes(user, answer, upload)):
        return open_
    if user.acts_as(Role.COORDINATOR):
        return ALLOW
    if part_of(user, answer):
        return ALLOW
    return deny("Pertanyaan ini bukan bagian perangkat daerah Anda. Koordinator dapat mengaturnya.")


def can_fill_part(user: Any, evaluation: Evaluation, agency: Agency) -> Decision:
    """The agency's part of the evaluation: its own operators and the coordinator, while the region may write at all.

    What of it is open question by question, `can_write_answer` and `can_add_evidence` decide.
    """
    if not of_the_city(user, evaluation) or not user.acts_as(*CITY_WRITERS):
        return deny("Hanya operator perangkat daerah dan koordinator daerah ini yang mengisi jawaban.")
    if user.acts_as(Role.OPERATOR) and user.acting.agency_id != agency.pk:
        return deny("Bagian ini diisi perangkat daerah lain.")
    if evaluation.stage not in DRAFTING:
        if evaluation.stage != Stage.AWARDED and reopenings(evaluation):
            return ALLOW
        return deny("Penilaian mandiri sudah diajukan; jawaban tidak dapat diubah lagi.")
    return timing(evaluation).decision(evaluation.region_id)


def can_mark_part(user: Any, answer: Answer, agency_id: int) -> Decision:
    """Say that an agency's part of one question is done, and write its note: its own operators, and the coordinator on
    its behalf, while the answer is open to them."""
    if not (open_ := region_writes(user, answer)):
        return open_
    if user.acts_as(Role.COORDINATOR) or user.acting.agency_id == agency_id:
        return ALLOW
    return deny("Bagian ini ditandai perangkat daerah yang memegangnya, atau koordinator atas namanya.")


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
