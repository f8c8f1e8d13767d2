"""Who may read what of an evaluation that they can already see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.enums import OF_A_CITY, Role
from evaluations.enums import DRAFTING, JUDGED, Stage
from evaluations.models import Allotment, Evaluation, Reopening, StageTotal
from kla_portal.lib.decision import ALLOW, Decision, deny
from regions import codes

ELSEWHERE = deny("Rincian evaluasi hanya terbuka bagi daerah yang bersangkutan dan para penilainya.")


def of_the_city(user: Any, evaluation: Evaluation) -> bool:
    return user.acts_as(*OF_A_CITY) and user.acting.region_id == evaluation.region_id


def of_the_province(user: Any, evaluation: Evaluation) -> bool:
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
        of_the_city(user, evaluation)
        or of_the_province(user, evaluation)
        or user.acts_as(Role.NATIONAL_ADMIN)
        or is_allotted(user, evaluation)
    ):
        return ALLOW
    return ELSEWHERE


def can_read_claims(user: Any, evaluation: Evaluation) -> Decision:
    """The region's own total and its parts: the head of region reads them from the first day."""
    if of_the_city(user, evaluation):
        return ALLOW
    return can_read_answers(user, evaluation)


def can_read_lift(user: Any, evaluation: Evaluation) -> Decision:
    """What would lift the region: its own people's working paper. Judges judge what is there, not what it leads to."""
    if of_the_city(user, evaluation):
        return can_read_claims(user, evaluation)
    if not (progress := can_read_progress(user, evaluation)):
        return progress
    return deny("Halaman ini alat kerja daerah sendiri. Penilai menilai bukti yang ada, bukan jaraknya ke predikat.")


def can_read_missing(user: Any, evaluation: Evaluation) -> Decision:
    """What the region's evidence lacks: its own people's list of work."""
    if of_the_city(user, evaluation):
        return can_read_claims(user, evaluation)
    if not (progress := can_read_progress(user, evaluation)):
        return progress
    return deny("Daftar ini alat kerja daerah sendiri. Penilai melihat peringatan pada setiap dokumen yang dinilai.")


def can_read_late(user: Any, evaluation: Evaluation) -> Decision:
    """Which agencies are late, in counts and points: whoever answers for the whole of the region."""
    if of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR, Role.TASK_FORCE, Role.VIEWER):
        return ALLOW
    if of_the_city(user, evaluation):
        return deny("Daftar ini untuk koordinator, gugus tugas, dan pimpinan daerah.")
    if not (progress := can_read_progress(user, evaluation)):
        return progress
    return deny("Daftar ini alat kerja daerah sendiri.")


def can_read_answers(user: Any, evaluation: Evaluation) -> Decision:
    """Answers, notes and the list of evidence."""
    if not (progress := can_read_progress(user, evaluation)):
        return progress
    if of_the_city(user, evaluation):
        if user.acts_as(Role.VIEWER) and evaluation.stage == Stage.SELF_ASSESSMENT:
            return deny(
                "Selama penilaian mandiri, pimpinan daerah membaca jumlah dan kemajuan. "
                "Isi jawaban terbuka setelah diserahkan ke gugus tugas."
            )
        return ALLOW
    if evaluation.stage in DRAFTING:
        return deny("Daerah masih menyusun penilaian mandiri. Isinya terbuka setelah diajukan.")
    return ALLOW


def can_read_scores(user: Any, evaluation: Evaluation, stage: str = "") -> Decision:
    """The judges' verdicts, of one judged stage or of all: to judges while they work, to the region those of a stage
    once it is released, and all when the result is awarded."""
    if not (answers := can_read_answers(user, evaluation)):
        return answers
    if not of_the_city(user, evaluation) or evaluation.stage == Stage.AWARDED:
        return ALLOW
    if stage in released(evaluation):
        return ALLOW
    if stage:
        return deny(f"Nilai {Stage(stage).label} belum dibuka bagi daerah.")
    return deny("Nilai evaluasi terbuka bagi daerah setelah hasil ditetapkan.")


def released(evaluation: Evaluation) -> frozenset[str]:
    """The judged stages whose scores the region reads. Looked up once per fetched evaluation."""
    if evaluation.stage == Stage.AWARDED:
        return frozenset(JUDGED)
    if evaluation.stage in DRAFTING:
        return frozenset()
    return frozenset(stage for stage, at in totals_kept(evaluation).items() if at is not None)


def totals_kept(evaluation: Evaluation) -> dict[str, datetime | None]:
    """The stages whose total is kept, each with the moment it was released. Looked up once per fetched evaluation."""
    if "_released" not in evaluation.__dict__:
        know_released([evaluation])
    known: dict[str, datetime | None] = evaluation.__dict__["_released"]
    return known


def know_released(evaluations: Sequence[Evaluation]) -> None:
    """Look up at once what `totals_kept` would ask for each. One query."""
    found: dict[UUID, dict[str, datetime | None]] = {each.pk: {} for each in evaluations}
    rows = StageTotal.objects.filter(evaluation__in=evaluations)
    for pk, stage, at in rows.values_list("evaluation", "stage", "released_at"):
        found[pk][stage] = at
    for each in evaluations:
        each.__dict__["_released"] = found[each.pk]


def stages_read(user: Any, evaluation: Evaluation) -> tuple[str, ...]:
    """The judged stages whose scores this person reads, in order."""
    return tuple(stage for stage in JUDGED if can_read_scores(user, evaluation, stage))


def reopenings(evaluation: Evaluation) -> dict[int, Reopening]:
    """By answer: what holds it open by name now, by the database's clock. Looked up once per fetched evaluation."""
    known: dict[int, Reopening] | None = evaluation.__dict__.get("_reopenings")
    if known is None:
        rows = Reopening.objects.standing().filter(answer__evaluation=evaluation)
        known = {row.answer_id: row for row in rows.order_by("until", "pk")}
        evaluation.__dict__["_reopenings"] = known
    return known


def can_read_result(user: Any, evaluation: Evaluation) -> Decision:
    """Total and predicate: whoever may read the claims, and once awarded everybody signed in."""
    if evaluation.stage == Stage.AWARDED:
        return ALLOW
    return can_read_claims(user, evaluation)
