"""More time for one region, one stage: by the database's clock, over by itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.models import Notice
from accounts.tests.make import make_user
from evaluations import permissions
from evaluations.enums import Stage
from evaluations.models import Evaluation, Extension
from evaluations.services.extensions import NotExtended, extendable, give_extension, withdraw_extension
from evaluations.tests.make import make_evaluation
from evaluations.tests.make_calendar import let_pass, make_window
from evaluations.timing import timing
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def late() -> Evaluation:
    evaluation = make_evaluation()
    make_window(evaluation, closes=-HOUR)
    return evaluation


def now(evaluation: Evaluation) -> Any:
    return timing(fresh(evaluation)).now


def fresh(evaluation: Evaluation) -> Evaluation:
    return Evaluation.objects.select_related("region", "cycle").get(pk=evaluation.pk)


def is_open(evaluation: Evaluation, stage: str | None = None) -> bool:
    return timing(fresh(evaluation), stage).is_open


def give(evaluation: Evaluation, by: Any = None, **changed: Any) -> Extension:
    said = {"stage": Stage.SELF_ASSESSMENT, "until": now(evaluation) + HOUR, "reason": "Gangguan jaringan"} | changed
    return give_extension(evaluation, by=by or make_user(Role.NATIONAL_ADMIN), **said)


def test_opens_that_region_and_that_stage_alone_and_says_who_and_why(late: Evaluation) -> None:
    other = make_evaluation(cycle=late.cycle, region=make_region("64.72"))
    make_window(late, Stage.TASK_FORCE_REVIEW, closes=-HOUR)
    coordinator = make_user(Role.COORDINATOR, late.region)
    assert not is_open(late)
    given = give(late)
    assert is_open(late)
    assert not is_open(late, Stage.TASK_FORCE_REVIEW)
    assert not is_open(other)
    event = Event.objects.get(action="evaluation.extend")
    assert (event.reason, event.actor, event.region_code) == ("Gangguan jaringan", given.by, late.region_id)
    assert event.after == {"stage": "self_assessment", "until": given.until.isoformat()}
    assert Notice.objects.filter(user=coordinator, key=f"extended:{given.pk}").count() == 1


def test_is_over_by_itself(late: Evaluation) -> None:
    given = give(late)
    let_pass(Extension, "until", by=HOUR, pk=given.pk)
    assert not is_open(late)
    events = Event.objects.count()
    assert not is_open(late)
    assert Event.objects.count() == events


def test_what_is_withdrawn_ends_at_once_and_once(late: Evaluation) -> None:
    admin = make_user(Role.NATIONAL_ADMIN)
    given = give(late, admin)
    for _ in range(2):
        withdraw_extension(given, by=admin)
        assert not is_open(late)
    assert Event.objects.filter(action="evaluation.unextend").count() == 1


def test_what_is_over_is_not_withdrawn(late: Evaluation) -> None:
    admin = make_user(Role.NATIONAL_ADMIN)
    given = give(late, admin)
    let_pass(Extension, "until", by=2 * HOUR, pk=given.pk)
    with pytest.raises(PermissionDenied, match="sudah berakhir"):
        withdraw_extension(given, by=admin)
    assert not Event.objects.filter(action="evaluation.unextend").exists()


@pytest.mark.parametrize("closes", [-HOUR, HOUR])
@pytest.mark.parametrize("later", [-timedelta(hours=2), timedelta(0), timedelta(minutes=-1)])
def test_ends_in_the_future_and_later_than_what_holds(closes: timedelta, later: timedelta) -> None:
    evaluation = make_evaluation()
    window = make_window(evaluation, closes=closes)
    with pytest.raises(NotExtended):
        give(evaluation, until=max(window.closes_at, now(evaluation)) + later)
    assert not Extension.objects.exists()
    assert not Event.objects.filter(action="evaluation.extend").exists()


def test_a_second_one_must_be_longer(late: Evaluation) -> None:
    first = give(late)
    with pytest.raises(NotExtended, match="harus sesudahnya"):
        give(late, until=first.until)
    give(late, until=first.until + HOUR)
    assert timing(fresh(late)).until == first.until + HOUR


def test_only_stages_with_a_window_that_are_still_to_be_worked_in(late: Evaluation) -> None:
    for stage in (Stage.TASK_FORCE_REVIEW, Stage.ADMIN_VERIFICATION):
        make_window(late, stage, closes=HOUR)
    assert extendable(fresh(late)) == ["self_assessment", "task_force_review", "admin_verification"]
    late.stage = Stage.ADMIN_VERIFICATION
    late.save()
    assert extendable(fresh(late)) == ["admin_verification"]
    with pytest.raises(NotExtended, match="sudah dilewati"):
        give(late)


def test_needs_a_reason(late: Evaluation) -> None:
    with pytest.raises(ValueError, match="reason"):
        give(late, reason="  ")


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PROVINCE_VERIFIER, Role.EVALUATOR])
def test_only_a_national_admin(late: Evaluation, role: str) -> None:
    region = late.region if role == Role.COORDINATOR else None
    with pytest.raises(PermissionDenied, match="admin nasional"):
        give(late, make_user(role, region) if region else make_user(role))
    assert not Extension.objects.exists()


def test_nothing_is_extended_once_the_result_is_out(late: Evaluation) -> None:
    late.stage = Stage.AWARDED
    late.save()
    assert not permissions.can_extend(make_user(Role.NATIONAL_ADMIN), fresh(late))
