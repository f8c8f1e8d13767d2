"""One action on many regions: each stands or falls for itself, and is done once, whatever happens to the worker."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Membership, Notice, User
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, BatchKind, Stage
from evaluations.models import Award, Batch, Cycle, Evaluation, Extension, StageWindow
from evaluations.services import batches
from evaluations.services.awards import decide_award
from evaluations.tasks import BATCH_BROKEN, run_batch
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_score
from regions.tests.make import make_region
from trail.models import Event, Job, JobState

pytestmark = pytest.mark.django_db


def three(stage: str = Stage.MINISTRY_REVIEW) -> list[Evaluation]:
    """Of one cycle and province, each with one approved answer that is judged."""
    cycle = make_cycle()
    found = [make_evaluation(region=make_region(code=f"64.7{n}"), cycle=cycle, stage=stage) for n in (1, 2, 4)]
    for each in found:
        make_score(answer=make_answer(evaluation=each, code="2.1", state=AnswerState.APPROVED), fraction=Decimal("0.8"))
    return found


def started(evaluations: list[Evaluation], kind: str, action: str = "", *, by: Any = None, **more: Any) -> Batch:
    by = by or make_user(Role.NATIONAL_ADMIN)
    items = [[str(each.pk), each.version] for each in evaluations]
    if kind == BatchKind.DECIDE:
        items = [[*item, 0, "160"] for item in items]
    return batches.start(evaluations[0].cycle, kind, action, items=items, by=by, **more)


def ran(batch: Batch) -> Batch:
    run_batch(str(batch.job_id))
    return Batch.objects.with_names().get(pk=batch.pk)


def stages(evaluations: list[Evaluation]) -> list[str]:
    return [Evaluation.objects.get(pk=each.pk).stage for each in evaluations]


def test_each_takes_the_step_with_its_own_event_and_whoever_asked_is_told() -> None:
    several = three()
    done = ran(started(several, BatchKind.MOVE, "review"))
    assert stages(several) == [Stage.FIELD_VERIFICATION] * 3
    assert (done.state, done.done, done.refused) == (JobState.DONE, 3, [])
    assert Event.objects.filter(action="evaluation.review").count() == 3
    assert Event.objects.get(action="cycle.batch").after["count"] == 3
    assert Notice.objects.get(user=done.by).url == done.get_absolute_url()


def test_what_moved_meanwhile_is_left_and_told_and_the_others_go_on() -> None:
    several = three()
    batch = started(several, BatchKind.MOVE, "review")
    Evaluation.objects.filter(pk=several[1].pk).update(version=9)
    done = ran(batch)
    assert stages(several) == [Stage.FIELD_VERIFICATION, Stage.MINISTRY_REVIEW, Stage.FIELD_VERIFICATION]
    assert done.refused == [(str(several[1].pk), batches.MOVED)]


def test_a_guard_refuses_one_with_its_sentence() -> None:
    several = three(Stage.FINAL)
    by = make_user(Role.NATIONAL_ADMIN)
    for each in several[:2]:
        decide_award(each, by=by)
    done = ran(started(several, BatchKind.MOVE, "award", by=by))
    assert stages(several) == [Stage.AWARDED, Stage.AWARDED, Stage.FINAL]
    [(key, why)] = done.refused
    assert key == str(several[2].pk) and "belum diputuskan" in why


def test_a_fault_of_one_region_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    several = three()
    batch = started(several, BatchKind.MOVE, "review")
    whole = batches.move

    def faulty(evaluation: Evaluation, *args: Any, **kwargs: Any) -> Evaluation:
        moved = whole(evaluation, *args, **kwargs)
        if evaluation.pk == several[0].pk:
            raise RuntimeError("something of this region")
        return moved

    monkeypatch.setattr(batches, "move", faulty)
    done = ran(batch)
    assert stages(several) == [Stage.MINISTRY_REVIEW, Stage.FIELD_VERIFICATION, Stage.FIELD_VERIFICATION]
    assert done.refused == [(str(several[0].pk), batches.BROKEN)]


def test_killed_in_the_middle_it_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second region's step and its result are one transaction: neither is there, and both come once."""
    several = three()
    batch = started(several, BatchKind.MOVE, "review")
    whole, calls = batches.move, []

    def dying(evaluation: Evaluation, *args: Any, **kwargs: Any) -> Evaluation:
        calls.append(evaluation.pk)
        moved = whole(evaluation, *args, **kwargs)
        if len(calls) == 2:
            raise OperationalError("the server closed the connection")
        return moved

    monkeypatch.setattr(batches, "move", dying)
    stopped = ran(batch)
    assert (stopped.state, stopped.job.error, stopped.done) == (JobState.FAILED, BATCH_BROKEN, 1)
    assert stages(several) == [Stage.FIELD_VERIFICATION, Stage.MINISTRY_REVIEW, Stage.MINISTRY_REVIEW]
    batches.resume(stopped, by=stopped.by)
    done = ran(stopped)
    assert stages(several) == [Stage.FIELD_VERIFICATION] * 3
    assert (done.done, calls) == (3, [several[0].pk, several[1].pk, several[1].pk, several[2].pk])
    assert Event.objects.filter(action="evaluation.review").count() == 3


def test_a_dead_worker_shows_and_another_goes_on() -> None:
    several = three()
    batch = started(several, BatchKind.MOVE, "review")
    Job.objects.filter(pk=batch.job_id).update(
        state=JobState.RUNNING, attempts=1, lease_until=timezone.now() - timedelta(seconds=1)
    )
    batch = Batch.objects.with_names().get(pk=batch.pk)
    assert batch.state == JobState.FAILED
    batches.resume(batch, by=batch.by)
    assert ran(batch).done == 3


def test_delivered_twice_it_is_done_once() -> None:
    several = three()
    batch = started(several, BatchKind.MOVE, "review")
    assert [len(ran(batch).results) for _ in range(2)] == [3, 3]
    assert Event.objects.filter(action="evaluation.review").count() == 3


def test_two_that_both_believe_to_hold_it_do_each_region_once() -> None:
    several = three()
    batch = started(several, BatchKind.MOVE, "review")
    job = Job.objects.get(pk=batch.job_id)
    by = User.objects.get(pk=batch.by_id)
    kept = Batch.objects.with_names().get(pk=batch.pk)
    assert [batches._one_more(kept, by) for _ in range(5)] == [1, 2, 3, 3, 3]
    assert Event.objects.filter(action="evaluation.review").count() == 3
    assert Job.objects.get(pk=job.pk).state == JobState.QUEUED


def test_whose_lease_is_lost_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    several = three()
    batch = started(several, BatchKind.MOVE, "review")
    whole = batches.move

    def taken_over(evaluation: Evaluation, *args: Any, **kwargs: Any) -> Evaluation:
        Job.objects.filter(pk=batch.job_id).update(attempts=7)
        return whole(evaluation, *args, **kwargs)

    monkeypatch.setattr(batches, "move", taken_over)
    assert ran(batch).done == 1


def test_a_role_that_has_ended_does_nothing_more() -> None:
    several = three()
    batch = started(several, BatchKind.MOVE, "review")
    Membership.objects.filter(user=batch.by).update(ends_on=timezone.localdate())
    done = ran(batch)
    assert (done.state, done.job.error, done.results) == (JobState.FAILED, batches.NO_ROLE, [])


def test_the_computed_predicate_is_decided_for_those_whose_points_are_as_seen() -> None:
    several = three(Stage.FINAL)
    batch = started(several, BatchKind.DECIDE)
    make_score(answer=several[2].answers.get(question__code="2.1"), stage=Stage.FINAL, fraction=Decimal("0.2"))
    done = ran(batch)
    assert done.refused == [(str(several[2].pk), batches.MOVED)]
    assert list(Award.objects.values_list("predicate", "points").distinct()) == [("none", Decimal(160))]


def test_each_gets_more_time_in_the_stage_it_was_seen_in() -> None:
    several, now = three(), timezone.now()
    cycle = Cycle.objects.get(pk=several[0].cycle_id)
    StageWindow.objects.create(
        cycle=cycle, stage=Stage.MINISTRY_REVIEW, opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=1)
    )
    until = now + timedelta(days=2)
    done = ran(started(several, BatchKind.EXTEND, until=until.isoformat(), reason="Banjir"))
    assert done.done == 3
    assert set(Extension.objects.values_list("stage", "until", "reason")) == {(Stage.MINISTRY_REVIEW, until, "Banjir")}


def test_an_extension_that_does_not_fit_is_told() -> None:
    until = timezone.now() + timedelta(days=2)
    done = ran(started(three(), BatchKind.EXTEND, until=until.isoformat(), reason="Banjir"))
    assert done.done == 0 and all("tanpa batas" in why for _, why in done.refused)


def test_a_province_takes_its_own_step_for_its_own_regions_alone() -> None:
    several = three(Stage.ADMIN_VERIFICATION)
    verifier = make_user(Role.PROVINCE_VERIFIER, make_region(code="64"))
    far = make_evaluation(region=make_region(code="73.71"), cycle=several[0].cycle, stage=Stage.ADMIN_VERIFICATION)
    done = ran(started([*several, far], BatchKind.MOVE, "verify", by=verifier))
    assert stages([*several, far]) == [Stage.MINISTRY_REVIEW] * 3 + [Stage.ADMIN_VERIFICATION]
    assert done.refused == [(str(far.pk), batches.OUT_OF_SIGHT)]
    for kind, action in ((BatchKind.MOVE, "review"), (BatchKind.DECIDE, ""), (BatchKind.PREPARE, "")):
        with pytest.raises(PermissionDenied):
            started(several, kind, action, by=verifier)


def test_nobody_else_starts_one_or_goes_on_with_it() -> None:
    several = three()
    with pytest.raises(PermissionDenied):
        started(several, BatchKind.MOVE, "review", by=make_user(Role.COORDINATOR, several[0].region))
    batch = started(several, BatchKind.MOVE, "review")
    with pytest.raises(PermissionDenied):
        batches.resume(batch, by=make_user(Role.NATIONAL_ADMIN))
    with pytest.raises(ValueError, match="nothing"):
        batches.start(several[0].cycle, BatchKind.MOVE, "review", items=[], by=batch.by)


def test_a_batch_is_seen_by_national_admins_and_by_the_province_that_asked_in_that_role() -> None:
    several = three(Stage.ADMIN_VERIFICATION)
    verifier = make_user(Role.PROVINCE_VERIFIER, make_region(code="64"))
    batch = started(several, BatchKind.MOVE, "verify", by=verifier)
    seen = [make_user(Role.NATIONAL_ADMIN), verifier]
    unseen = [make_user(Role.PROVINCE_VERIFIER, make_region(code="64")), make_user(Role.COORDINATOR), make_user()]
    assert [Batch.objects.visible_to(each).filter(pk=batch.pk).exists() for each in seen] == [True, True]
    assert not any(Batch.objects.visible_to(each).filter(pk=batch.pk).exists() for each in unseen)
