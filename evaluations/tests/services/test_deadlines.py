"""The end of a stage, to the moment, by the database's clock: the same in every zone, for everything that writes."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, AnswerEvidence, Evaluation, Review, Score
from evaluations.services.answers import save_answer
from evaluations.services.attaching import attach_file, attach_upload
from evaluations.services.library import InUse, delete, revise
from evaluations.services.reviews import review_answer
from evaluations.services.scores import score_answer
from evaluations.services.workflow import move
from evaluations.tests.make import make_answer, make_evaluation, make_link, make_signed
from evaluations.tests.make_calendar import let_pass, make_window
from evaluations.timing import timing
from evidence.enums import EvidenceKind
from evidence.models import Upload
from evidence.services import uploading
from evidence.tests.make import make_pdf, make_stored, make_upload
from kla_portal.lib.decision import Untimely
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
TICK, SECOND, MINUTE = timedelta(microseconds=1), timedelta(seconds=1), timedelta(minutes=1)
PAST = (-SECOND, -TICK, timedelta(0))
"""How long the end is from now, when now is over by the time that it is asked."""
SAID: dict[str, Any] = {"title": "SK", "kind": EvidenceKind.OTHER, "personal_data": False, "want": ""}
Act = Callable[[], Any]


def save(evaluation: Evaluation) -> Act:
    answer = make_answer(evaluation=evaluation, code="2.1")
    by = make_user(Role.COORDINATOR, evaluation.region)
    return lambda: save_answer(answer, version=1, value="99", note="baru", by=by)


def attach(evaluation: Evaluation) -> Act:
    answer = make_answer(evaluation=evaluation, code="2.1")
    by = make_user(Role.COORDINATOR, evaluation.region)
    fetched = Answer.objects.select_related("evaluation__region")  # anew, as every request does
    return lambda: attach_file(fetched.get(pk=answer.pk), make_upload(), by=by, **SAID)


def hand_in(evaluation: Evaluation) -> Act:
    make_answer(evaluation=evaluation, code="2.1")
    by = make_user(Role.COORDINATOR, evaluation.region)
    return lambda: move(evaluation, "hand_in", version=evaluation.version, by=by)


def submit(evaluation: Evaluation) -> Act:
    make_answer(evaluation=evaluation, code="2.1", state=AnswerState.APPROVED)
    make_signed(evaluation)
    by = make_user(Role.COORDINATOR, evaluation.region)
    return lambda: move(evaluation, "submit", version=evaluation.version, by=by)


def review(evaluation: Evaluation) -> Act:
    answer = make_answer(evaluation=evaluation, code="2.1")
    by = make_user(Role.TASK_FORCE, evaluation.region)
    return lambda: review_answer(answer, version=1, approved=True, reason="", by=by)


def score(evaluation: Evaluation) -> Act:
    answer = make_answer(evaluation=evaluation, code="2.1")
    by = make_user(Role.PROVINCE_VERIFIER, make_region(evaluation.region.parent_code))
    return lambda: score_answer(answer, answer_version=1, score_version=0, level="", reason="", by=by)


ACTS: dict[Callable[[Evaluation], Act], tuple[Stage, Stage]] = {
    save: (Stage.SELF_ASSESSMENT, Stage.SELF_ASSESSMENT),
    attach: (Stage.SELF_ASSESSMENT, Stage.SELF_ASSESSMENT),
    hand_in: (Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW),
    submit: (Stage.TASK_FORCE_REVIEW, Stage.TASK_FORCE_REVIEW),
    review: (Stage.TASK_FORCE_REVIEW, Stage.TASK_FORCE_REVIEW),
    score: (Stage.ADMIN_VERIFICATION, Stage.ADMIN_VERIFICATION),
}
"""What writes, in which stage, and by which stage's time."""


def stored() -> list[Any]:
    """Everything that a refused act must leave as it was."""
    answers = Answer.objects.order_by("pk").values_list("pk", "value", "note", "state", "version")
    stages = Evaluation.objects.values_list("stage", "version")
    counts = [model.objects.count() for model in (AnswerEvidence, Review, Score, Event)]
    return [list(answers), list(stages), counts]


@pytest.mark.parametrize("code", ["32.73", "64.71", "94.71"], ids=["WIB", "WITA", "WIT"])
@pytest.mark.parametrize("prepare", ACTS, ids=lambda prepare: prepare.__name__)
def test_what_writes_ends_with_its_stage_in_every_zone(prepare: Callable[[Evaluation], Act], code: str) -> None:
    stage, by_the_time_of = ACTS[prepare]
    evaluation = make_evaluation(region=make_region(code), stage=stage)
    act = prepare(evaluation)
    before = stored()
    for left in PAST:
        make_window(evaluation, by_the_time_of, closes=left)
        with pytest.raises(Untimely, match="ditutup"):
            act()
        assert stored() == before
    make_window(evaluation, by_the_time_of, closes=MINUTE)
    act()
    assert stored() != before


def test_what_is_not_open_yet_is_refused_with_its_beginning() -> None:
    evaluation = make_evaluation()
    act = save(evaluation)
    make_window(evaluation, closes=timedelta(days=31))
    with pytest.raises(Untimely, match="baru dibuka"):
        act()


def test_the_clock_is_asked_when_the_lock_is_held_not_when_the_page_was_fetched() -> None:
    """Somebody saves while the stage ends: what was read before does not count."""
    evaluation = make_evaluation()
    answer = make_answer(evaluation=evaluation, code="2.1")
    by = make_user(Role.COORDINATOR, evaluation.region)
    make_window(evaluation, closes=MINUTE)
    assert timing(answer.evaluation).is_open  # as the page had it; it keeps that
    let_pass(type(evaluation.cycle.windows.get()), "opens_at", "closes_at", by=2 * MINUTE)
    before = stored()
    with pytest.raises(Untimely):
        save_answer(answer, version=1, value="99", note="terlambat", by=by)
    assert stored() == before


def test_a_document_of_a_late_answer_stays_as_it_is() -> None:
    evaluation = make_evaluation()
    by = make_user(Role.COORDINATOR, evaluation.region)
    link = make_link(answer=make_answer(evaluation=evaluation, code="2.1"))
    make_window(evaluation, closes=-SECOND)
    done = revise(link.revision.item, file=make_stored(make_pdf("baru")), name="baru.pdf", by=by)
    assert (done.moved, done.stayed) == (0, 1)
    assert AnswerEvidence.objects.get(pk=link.pk).revision == link.revision
    with pytest.raises(InUse):
        delete(link.revision.item, by=by)


# --- a file in pieces ----------------------------------------------------------------------------------------------
@pytest.fixture
def under_way() -> tuple[Answer, Upload, Any]:
    """An answer in its time, and a whole file that came for it in pieces."""
    evaluation = make_evaluation()
    answer = make_answer(evaluation=evaluation, code="2.1")
    by = make_user(Role.COORDINATOR, evaluation.region)
    make_window(evaluation, closes=MINUTE)
    return answer, sent(answer, by), by


def sent(answer: Answer, by: Any, place: str | None = None, text: str = "isi") -> Upload:
    content = make_pdf(text)
    place = f"answer:{answer.pk}" if place is None else place
    upload = uploading.begin(name="sk.pdf", size=len(content), key=f"k{place}{text}", place=place, by=by)
    with uploading.held(upload) as file:
        file.write(content)
    Upload.objects.filter(pk=upload.pk).update(offset=len(content))
    return Upload.objects.get(pk=upload.pk)


def pass_by(answer: Answer, by: timedelta) -> None:
    """Let the time of the answer's stage be over for so long, and the uploads be that much older."""
    let_pass(type(answer.evaluation.cycle.windows.get()), "opens_at", "closes_at", by=MINUTE + by)
    let_pass(Upload, "created_at", by=MINUTE + by)
    answer.evaluation.__dict__.pop("_timings", None)


def test_an_upload_that_began_in_time_may_finish_for_half_an_hour(under_way: Any) -> None:
    answer, upload, by = under_way
    pass_by(answer, 29 * MINUTE)
    upload.refresh_from_db()
    attached = attach_upload(answer, upload, by=by, **SAID)
    assert attached.link.answer == answer
    with pytest.raises(Untimely):
        save_answer(answer, version=2, value="99", note="", by=by)


def test_after_half_an_hour_it_may_not(under_way: Any) -> None:
    answer, upload, by = under_way
    pass_by(answer, 30 * MINUTE)
    upload.refresh_from_db()
    before = stored()
    with pytest.raises(Untimely):
        attach_upload(answer, upload, by=by, **SAID)
    assert stored() == before


def test_only_for_its_own_question_and_only_when_it_said_so(under_way: Any) -> None:
    answer, upload, by = under_way
    other = make_answer(evaluation=answer.evaluation, code="3.1")
    loose = sent(answer, by, place="", text="lain")
    pass_by(answer, MINUTE)
    upload.refresh_from_db()
    loose.refresh_from_db()
    for where, what in ((other, upload), (answer, loose)):
        with pytest.raises(Untimely):
            attach_upload(where, what, by=by, **SAID)
    assert not AnswerEvidence.objects.exists()


def test_one_that_began_afterwards_is_refused(under_way: Any) -> None:
    answer, _, by = under_way
    pass_by(answer, SECOND)
    late = sent(answer, by, text="terlambat")
    with pytest.raises(Untimely):
        attach_upload(answer, late, by=by, **SAID)
    assert not AnswerEvidence.objects.exists()


def test_handed_in_meanwhile_it_does_not_come_in_any_more(under_way: Any) -> None:
    answer, upload, by = under_way
    move(answer.evaluation, "hand_in", version=1, by=by)
    answer.refresh_from_db()
    with pytest.raises(PermissionDenied, match="ditelaah"):
        attach_upload(answer, upload, by=by, **SAID)


def test_when_an_upload_began_is_the_databases_word(under_way: Any) -> None:
    answer, upload, _ = under_way
    now = timing(Evaluation.objects.get(pk=answer.evaluation_id)).now
    assert now is not None
    assert timedelta(0) <= now - upload.created_at.astimezone(UTC) < MINUTE
