"""Answers opened again by name: who, until when, what they still lock, and what becomes of verdicts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations import permissions
from evaluations.enums import AnswerState, DocumentVerdict, ReceiptKind, ReopenKind, Stage
from evaluations.models import Allotment, Answer, Evaluation, Extension, Reopening, Score, StageWindow
from evaluations.queries.benches import places
from evaluations.queries.parts import openness
from evaluations.queries.queue import asked as asked_of
from evaluations.queries.scorecard import judged_in_stage, scorecard
from evaluations.services.answers import save_answer
from evaluations.services.documents import judge_document
from evaluations.services.library import revise
from evaluations.services.locks import locked_drafts
from evaluations.services.reopening import LONGEST, BadMoment, close, finish, reopen, usual
from evaluations.services.scores import accept_all, score_answer
from evaluations.services.workflow import move
from evaluations.tests.make import make_answer, make_document_verdict, make_evaluation, make_link, make_score
from evaluations.tests.make_calendar import from_now, make_window
from evaluations.timing import timing
from evidence.tests.make import make_pdf, make_revision, make_stored
from kla_portal.lib.versions import Stale
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=5)


def asked(evaluation, answer, by, *, kind=ReopenKind.ASK, until=None):
    until = until or timezone.now() + SOON
    [row] = reopen([answer], kind=kind, until=until, reason="Unggah SK terbaru.", by=by)
    return row


def verifier(evaluation):
    return make_user(Role.PROVINCE_VERIFIER, make_region(code=evaluation.region.parent_code))


@pytest.fixture
def verified():
    """(evaluation in the province's hands, an approved answer, its verifier, the coordinator)."""
    evaluation = make_evaluation(stage=Stage.ADMIN_VERIFICATION)
    answer = make_answer(evaluation=evaluation, state=AnswerState.APPROVED)
    return evaluation, answer, verifier(evaluation), make_user(Role.COORDINATOR, evaluation.region)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_asking_opens_one_question_and_no_other(verified):
    evaluation, answer, judge, coordinator = verified
    row = asked(evaluation, answer, judge)
    other = Answer.objects.filter(evaluation=evaluation).exclude(pk=answer.pk).first()
    assert permissions.can_write_answer(coordinator, fresh(answer))
    assert not permissions.can_write_answer(coordinator, other)
    event = Event.objects.get(action="answer.reopen")
    assert (event.detail, event.after["batch"], event.reason) == ("1.1", str(row.batch), "Unggah SK terbaru.")
    assert coordinator.notices.filter(key=f"asked:{row.batch}").count() == 1


def test_what_is_open_is_not_scored_and_cannot_be_asked_twice(verified):
    evaluation, answer, judge, _ = verified
    row = asked(evaluation, answer, judge)
    with pytest.raises(PermissionDenied, match="dibuka bagi daerah sampai"):
        score_answer(answer, answer_version=answer.version, score_version=0, level="", reason="", by=judge)
    assert accept_all(evaluation, seen=[(answer.pk, answer.version)], by=judge) == (0, 0)
    with pytest.raises(PermissionDenied, match="sudah dibuka"):
        asked(evaluation, answer, judge)
    assert Reopening.objects.get() == row


def test_it_closes_by_itself_by_the_clock_of_the_database(verified):
    evaluation, answer, judge, coordinator = verified
    row = asked(evaluation, answer, judge)
    Reopening.objects.filter(pk=row.pk).update(until=timezone.now() - timedelta(seconds=1))
    assert not permissions.can_write_answer(coordinator, fresh(answer))
    assert score_answer(answer, answer_version=answer.version, score_version=0, level="", reason="", by=judge).pk


def test_the_region_says_that_it_is_done_or_a_judge_takes_it_back(verified):
    evaluation, answer, judge, coordinator = verified
    row = asked(evaluation, answer, judge)
    stranger = make_user(Role.COORDINATOR, make_region(code="73.71"))
    with pytest.raises(PermissionDenied):
        close(row, by=stranger)
    assert close(row, by=coordinator).closed_by == coordinator
    assert judge.notices.filter(key=f"repaired:{row.pk}").exists()
    close(row, by=judge)  # a second time changes nothing
    assert Event.objects.filter(action="answer.reopen_close").count() == 1
    again = asked(evaluation, answer, judge)
    assert close(again, by=judge).closed_by == judge
    assert not permissions.can_write_answer(coordinator, fresh(answer))


@pytest.mark.parametrize("until", [timedelta(0), -SOON, LONGEST + timedelta(minutes=1)])
def test_the_moment_is_to_come_and_not_far(verified, until):
    evaluation, answer, judge, _ = verified
    with pytest.raises(BadMoment):
        asked(evaluation, answer, judge, until=timezone.now() + until)
    assert not Reopening.objects.exists() and not Event.objects.filter(action="answer.reopen").exists()


def test_the_moment_is_not_beyond_the_end_of_the_stage(verified):
    evaluation, answer, judge, _ = verified
    now = timezone.now()
    ends = now + timedelta(hours=3)
    StageWindow.objects.create(
        cycle=evaluation.cycle, stage=Stage.ADMIN_VERIFICATION, opens_at=now - timedelta(days=1), closes_at=ends
    )
    with pytest.raises(BadMoment, match="Paling lama"):
        asked(evaluation, answer, judge, until=ends + timedelta(minutes=1))
    assert usual(fresh(evaluation)) == ends
    assert asked(evaluation, answer, judge, until=ends).until == ends


def test_a_verdict_falls_when_its_answer_changes(verified):
    """It no longer counts in guard, totals, bench and count, and is given anew on what stands."""
    evaluation, answer, judge, coordinator = verified
    first = score_answer(answer, answer_version=answer.version, score_version=0, level="", reason="", by=judge)
    assert permissions.verified_by_the_province(judge, fresh(evaluation))
    row = asked(evaluation, answer, judge)
    decision = permissions.verified_by_the_province(judge, fresh(evaluation))
    assert not decision and "masih dibuka" in decision.reason
    changed = save_answer(answer, version=answer.version, value=answer.value, note="Diperbaiki.", by=coordinator)
    close(row, by=coordinator)
    evaluation = fresh(evaluation)
    card = scorecard(evaluation, with_scores=True)
    assert (card.total.scored, card.judged, judged_in_stage(evaluation)) == (0, 0, 0)
    assert places(card, evaluation)[0].state == "changed" and places(card, evaluation)[0].to_judge
    for who in (judge, make_user(Role.NATIONAL_ADMIN)):
        assert "berubah sejak dinilai" in permissions.verified_by_the_province(who, evaluation).reason
    assert accept_all(evaluation, seen=[(answer.pk, changed.version)], by=judge) == (0, 0)
    second = score_answer(
        answer, answer_version=changed.version, score_version=first.version, level="", reason="", by=judge
    )
    assert (second.pk, second.answer_version) == (first.pk, changed.version)
    assert permissions.verified_by_the_province(judge, fresh(evaluation))


def test_an_earlier_stage_stays_history_but_its_changed_answer_is_judged_anew():
    evaluation = make_evaluation(stage=Stage.FIELD_VERIFICATION)
    answer = make_answer(evaluation=evaluation)
    make_score(answer=answer)
    coordinator, admin = make_user(Role.COORDINATOR, evaluation.region), make_user(Role.NATIONAL_ADMIN)
    assert permissions.claims_stand_on_documents(admin, fresh(evaluation))
    row = asked(evaluation, answer, admin, kind=ReopenKind.FIELD)
    save_answer(answer, version=answer.version, value=answer.value, note="Baru.", by=coordinator)
    close(row, by=coordinator)
    evaluation = fresh(evaluation)
    card = scorecard(evaluation, with_scores=True)
    assert card.judged == 1 and places(card, evaluation)[0].state == "changed"
    assert not permissions.claims_stand_on_documents(admin, evaluation)
    with pytest.raises(PermissionDenied, match="berubah sejak dinilai"):
        move(evaluation, "visit", version=evaluation.version, by=admin)


def test_an_answer_that_was_submitted_is_not_emptied(verified):
    evaluation, answer, judge, coordinator = verified
    asked(evaluation, answer, judge)
    with pytest.raises(PermissionDenied, match="tidak dapat dikosongkan"):
        save_answer(answer, version=answer.version, value=None, note="", by=coordinator)
    assert fresh(answer).value == answer.value


def test_a_newer_document_reaches_what_is_open_and_only_that(verified):
    evaluation, answer, judge, coordinator = verified
    other = make_answer(evaluation=evaluation, code="1.2")
    revision = make_revision(region=evaluation.region)
    here, there = make_link(answer=answer, revision=revision), make_link(answer=other, revision=revision)
    asked(evaluation, answer, judge)
    done = revise(revision.item, file=make_stored(make_pdf("Baru")), name="baru.pdf", by=coordinator)
    assert (done.moved, done.stayed) == (1, 1)
    assert fresh(here).revision == done.revision and fresh(there).revision == revision


def field(evaluation):
    evaluator = make_user(Role.EVALUATOR)
    Allotment.objects.create(evaluation=evaluation, evaluator=evaluator)
    return evaluator


def test_two_days_after_the_field_day_for_several_at_once():
    evaluation = make_evaluation(stage=Stage.FIELD_VERIFICATION)
    answers = [make_answer(evaluation=evaluation, code=code) for code in ("1.1", "1.2")]
    evaluator, coordinator = field(evaluation), make_user(Role.COORDINATOR, evaluation.region)
    until = usual(evaluation)
    assert abs(until - timezone.now() - timedelta(hours=48)) < timedelta(minutes=1) and not until.second
    rows = reopen(answers, kind=ReopenKind.FIELD, until=until, reason="Lengkapi.", by=evaluator)
    assert len({row.batch for row in rows}) == 1 and Event.objects.filter(action="answer.reopen").count() == 2
    receipt = finish(evaluation, by=coordinator)
    assert (receipt.kind, receipt.payload["opened"]) == (ReceiptKind.ADDITIONS, ["1.1", "1.2"])
    assert not Reopening.objects.filter(closed_at=None).exists()
    event = Event.objects.get(action="evaluation.additions")
    assert (receipt.trail_seq, receipt.trail_digest) == (event.seq, event.digest)
    with pytest.raises(PermissionDenied, match="Tidak ada"):
        finish(evaluation, by=coordinator)


@pytest.mark.parametrize("stage", [Stage.ADMIN_VERIFICATION, Stage.MINISTRY_REVIEW, Stage.AWARDED])
def test_the_two_days_are_of_the_field_and_the_end(stage):
    evaluation = make_evaluation(stage=stage)
    answer = make_answer(evaluation=evaluation)
    for who in (field(evaluation), make_user(Role.NATIONAL_ADMIN), make_user(Role.COORDINATOR, evaluation.region)):
        with pytest.raises(PermissionDenied):
            asked(evaluation, answer, who, kind=ReopenKind.FIELD)


def test_nobody_opens_as_the_region_or_without_a_reason(verified):
    evaluation, answer, judge, _ = verified
    with pytest.raises(ValueError):
        asked(evaluation, answer, judge, kind="region")
    with pytest.raises(ValueError):
        reopen([answer], kind=ReopenKind.ASK, until=timezone.now() + SOON, reason="  ", by=judge)
    with pytest.raises(ValueError):
        reopen([], kind=ReopenKind.ASK, until=timezone.now() + SOON, reason="x", by=judge)


def test_the_stage_ends_what_is_open(verified):
    """What was opened in one stage is not open in the next."""
    evaluation, answer, judge, coordinator = verified
    asked(evaluation, answer, judge)
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.MINISTRY_REVIEW)
    assert not permissions.can_write_answer(coordinator, fresh(answer))


@pytest.mark.parametrize(
    ("opens", "closes", "extended", "stands"),
    [
        (-2, 9, None, True),
        (-2, -1, None, False),
        (-2, -1, 3, True),
        (-2, -1, -0.5, False),
        (1, 9, None, False),
        (1, 9, 12, False),
    ],
    ids=["open", "over", "extended", "extension over", "not begun", "extended, not begun"],
)
def test_a_stage_that_is_moved_takes_along_what_it_opened_for_every_reader(verified, opens, closes, extended, stands):
    evaluation, answer, judge, _ = verified
    asked(evaluation, answer, judge)
    window = make_window(evaluation, closes=timedelta(hours=closes))
    StageWindow.objects.filter(pk=window.pk).update(opens_at=from_now(timedelta(hours=opens)))
    if extended is not None:
        Extension.objects.create(
            evaluation=evaluation, stage=evaluation.stage, until=from_now(timedelta(hours=extended)), reason="Banjir.",
            by=judge,
        )  # fmt: skip
    now = fresh(evaluation)
    assert timing(now).is_open == stands
    assert bool(permissions.reopenings(now)) == stands
    assert openness(now).has(answer.pk) == stands
    assert bool(asked_of(Evaluation.objects.filter(pk=now.pk))) == stands
    with transaction.atomic():
        assert (now.pk in locked_drafts(now.region_id)) == stands
    step = permissions.steps._none_is_on_its_way([now])[now.pk]
    assert (not step) == stands


def test_documents_of_what_is_open_are_not_judged(verified):
    evaluation, answer, judge, _ = verified
    link = make_link(answer=answer)
    make_document_verdict(link=link, verdict=DocumentVerdict.DOUBTFUL, reason="Buram.")
    asked(evaluation, answer, judge)
    with pytest.raises(PermissionDenied, match="dibuka bagi daerah"):
        judge_document(link, revision_id=link.revision_id, verdict_version=1, verdict="accepted", reason="", by=judge)
    assert Score.objects.count() == 0


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_a_verdict_and_a_change_at_the_same_moment():
    """Whoever comes first holds the evaluation: a verdict counts only where it was given on what stands afterwards."""
    evaluation = make_evaluation(stage=Stage.ADMIN_VERIFICATION)
    answer = make_answer(evaluation=evaluation, state=AnswerState.APPROVED)
    judge, coordinator = verifier(evaluation), make_user(Role.COORDINATOR, evaluation.region)

    def attempt(act):
        try:
            act()
            return True
        except (Stale, PermissionDenied):
            return False
        finally:
            connections.close_all()

    for turn in range(20):
        now = fresh(answer)
        row = asked(evaluation, now, judge)
        stored = Score.objects.filter(answer=answer).first()
        seen = stored.version if stored else 0

        def judges(now=now, seen=seen):
            score_answer(now, answer_version=now.version, score_version=seen, level="", reason="", by=judge)

        def writes(now=now, turn=turn, row=row):
            save_answer(now, version=now.version, value=now.value, note=f"Ke-{turn}", by=coordinator)
            close(row, by=coordinator)

        with ThreadPoolExecutor(2) as pool:
            judged, written = pool.map(attempt, [judges, writes])
        assert written and not judged, "what is open is not judged, and what was read is no longer what stands"
        standing = Score.objects.filter(answer=answer).standing()
        assert not standing.exists()
        current = fresh(answer)
        stored = Score.objects.filter(answer=answer).first()
        score_answer(
            current, answer_version=current.version, score_version=stored.version if stored else 0, level="",
            reason="", by=judge,
        )  # fmt: skip
        assert standing.get().answer_version == current.version
    assert Event.objects.filter(action="answer.save").count() == 20 == Reopening.objects.count()
