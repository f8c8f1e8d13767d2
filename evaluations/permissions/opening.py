"""Who opens an answer again after submission, who closes it, and who lets the region read a stage's scores."""

from typing import Any

from accounts.enums import Role
from evaluations.enums import DRAFTING, JUDGED, ORDER, Stage
from evaluations.models import Answer, Evaluation, Reopening
from evaluations.permissions.answering import can_write_answer
from evaluations.permissions.judging import can_score
from evaluations.permissions.reading import (
    can_read_answers,
    can_read_progress,
    of_the_city,
    of_the_province,
    released,
    reopenings,
    totals_kept,
)
from evaluations.timing import timing
from kla_portal.lib.dates import both_zones
from kla_portal.lib.decision import ALLOW, Decision, deny

IN_THE_FIELD = (Stage.FIELD_VERIFICATION, Stage.FINAL)


def can_ask(user: Any, answer: Answer) -> Decision:
    """Asking the region for something at one question: whoever scores it, unless it is open already."""
    if not (scoring := can_score(user, answer.evaluation)):
        return scoring
    return not_open_yet(answer)


def not_open_yet(answer: Answer) -> Decision:
    """An answer is opened by one at a time."""
    held = reopenings(answer.evaluation).get(answer.pk)
    if held is None:
        return ALLOW
    until = both_zones(held.until, answer.evaluation.region_id)
    return deny(f"Pertanyaan {answer.question.code} sudah dibuka bagi daerah sampai {until}.")


def can_reopen(user: Any, evaluation: Evaluation) -> Decision:
    """The 2×24 hours after the field day: the evaluators who judge it, and national admins."""
    if evaluation.stage not in IN_THE_FIELD:
        return deny("Masa 2×24 jam dibuka pada verifikasi lapangan dan verifikasi final.")
    if user.acts_as(Role.NATIONAL_ADMIN):
        return timing(evaluation).decision(evaluation.region_id)
    return can_score(user, evaluation)


def can_read_reopened(user: Any, evaluation: Evaluation) -> Decision:
    """What is or was open again by name: whoever reads the answers, once submitted."""
    if evaluation.stage in DRAFTING:
        return deny("Sebelum diajukan tidak ada pertanyaan yang dibuka kembali.")
    return can_read_answers(user, evaluation)


def can_close(user: Any, reopening: Reopening) -> Decision:
    """Ending it before its time: who writes the answer says that it is done, or a judge takes the question back."""
    evaluation = reopening.answer.evaluation
    if of_the_city(user, evaluation):
        return can_write_answer(user, reopening.answer)
    return can_score(user, evaluation) or can_reopen(user, evaluation)


def can_read_submission(user: Any, evaluation: Evaluation) -> Decision:
    """What the submission lacks, the declaration to be signed: the region's own people, who read its answers."""
    if of_the_city(user, evaluation):
        return can_read_answers(user, evaluation)
    if not (progress := can_read_progress(user, evaluation)):
        return progress
    return deny("Halaman ini milik daerah. Tanda terima pengajuannya ada pada halaman Nilai tiap tahap.")


def can_finish(user: Any, evaluation: Evaluation) -> Decision:
    """Saying that everything asked for is there; it closes all that is open and makes a receipt."""
    if not (of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR)):
        return deny("Koordinator daerah yang menyatakan tambahan selesai.")
    if evaluation.stage == Stage.AWARDED or not reopenings(evaluation):
        return deny("Tidak ada pertanyaan yang sedang dibuka.")
    return ALLOW


def can_release(user: Any, evaluation: Evaluation, stage: str) -> Decision:
    """Letting the region read a judged stage that is over: a national admin any, a province its own. Never over the
    head of an earlier one: verdicts stand until a later stage gives another, so it would show them."""
    own = stage == Stage.ADMIN_VERIFICATION and of_the_province(user, evaluation)
    if not (user.acts_as(Role.NATIONAL_ADMIN) or own):
        return deny("Nilai tahap dibuka oleh admin nasional; verifikasi administrasi juga oleh provinsinya.")
    if stage not in JUDGED or ORDER.index(evaluation.stage) <= ORDER.index(stage):
        return deny("Hanya nilai tahap penilaian yang sudah ditutup yang dapat dibuka bagi daerah.")
    if stage in released(evaluation):
        return deny(f"Nilai {Stage(stage).label} sudah terbuka bagi daerah.")
    before = next((each for each in JUDGED[: JUDGED.index(Stage(stage))] if each not in released(evaluation)), None)
    if before:
        return deny(f"Buka dahulu nilai {before.label}: putusannya masih termuat dalam tahap sesudahnya.")
    if stage not in totals_kept(evaluation):
        return deny("Nilai tahap ini belum tersimpan. Jalankan hitung ulang dahulu.")
    return ALLOW
