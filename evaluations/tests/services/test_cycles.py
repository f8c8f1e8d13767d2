from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from clusters.tests.make import make_instrument
from evaluations.models import Allotment, Answer, Assignment, Cycle, Evaluation
from evaluations.services import cycles
from evaluations.tests.make import make_cycle, make_evaluation
from kla_portal.tests.rivals import at_once
from regions.tests.make import make_agency, make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


def test_enrolling_gives_every_question_its_answer_and_its_owners() -> None:
    region = make_region()
    for kind in ("disdukcapil", "dinkes"):
        make_agency(region=region, kind=kind)
    [evaluation] = cycles.enrol(make_cycle(), [region], by=make_user(Role.NATIONAL_ADMIN))
    assert Answer.objects.filter(evaluation=evaluation).count() == 5
    given = {
        (row.question.code, row.agency.kind, row.is_lead)
        for row in Assignment.objects.filter(evaluation=evaluation).select_related("question", "agency")
    }
    # 1.1 belongs to dp3a, which this city has not entered; of 1.2 and 3.1 the first owner that is there leads.
    assert given == {
        ("1.2", "disdukcapil", True),
        ("2.1", "disdukcapil", True),
        ("3.1", "dinkes", True),
        ("3.2", "dinkes", True),
    }


def test_enrolling_twice_makes_one_evaluation() -> None:
    cycle, region, admin = make_cycle(), make_region(), make_user(Role.NATIONAL_ADMIN)
    assert len(cycles.enrol(cycle, [region], by=admin)) == 1
    assert cycles.enrol(cycle, [region], by=admin) == []
    assert Event.objects.filter(action="evaluation.create").count() == 1


def test_nothing_is_written_after_the_first_event_of_an_enrolment() -> None:
    regions = [make_region(), make_region("64.72")]
    cycle, admin = make_cycle(), make_user(Role.NATIONAL_ADMIN)
    with CaptureQueriesContext(connection) as asked:
        cycles.enrol(cycle, regions, by=admin)
    wrote = [query["sql"] for query in asked if query["sql"].startswith("INSERT")]
    first = next(place for place, sql in enumerate(wrote) if "trail_event" in sql)
    assert all("trail_" in sql for sql in wrote[first:])


@pytest.mark.parametrize("role", [role for role in Role if role != Role.NATIONAL_ADMIN])
def test_only_the_national_admin_opens_enrols_and_allots(role: str) -> None:
    user, evaluator = make_user(role), make_user(Role.EVALUATOR)
    evaluation = make_evaluation()
    before = Event.objects.count()
    with pytest.raises(PermissionDenied):
        cycles.create_cycle(name="x", data_years=[2025], instrument=evaluation.cycle.instrument, windows={}, by=user)
    with pytest.raises(PermissionDenied):
        cycles.enrol(evaluation.cycle, [make_region("64.72")], by=user)
    with pytest.raises(PermissionDenied):
        cycles.allot(evaluation, evaluator, by=user)
    assert (Cycle.objects.count(), Evaluation.objects.count(), Allotment.objects.count()) == (1, 1, 0)
    assert Event.objects.count() == before


def test_an_instrument_known_to_its_clusters_cannot_be_asked() -> None:
    instrument = make_instrument(granularity="clusters")
    with pytest.raises(PermissionDenied, match="sampai klaster"):
        cycles.create_cycle(
            name="x", data_years=[2025], instrument=instrument, windows={}, by=make_user(Role.NATIONAL_ADMIN)
        )
    assert not Cycle.objects.exists()


def test_a_draft_instrument_cannot_be_asked() -> None:
    with pytest.raises(PermissionDenied, match="draf"):
        cycles.create_cycle(
            name="x", data_years=[2025], instrument=make_instrument(state="draft"), windows={},
            by=make_user(Role.NATIONAL_ADMIN),
        )  # fmt: skip


def test_only_evaluators_are_allotted_once_and_withdrawn() -> None:
    evaluation, admin, evaluator = make_evaluation(), make_user(Role.NATIONAL_ADMIN), make_user(Role.EVALUATOR)
    with pytest.raises(PermissionDenied):
        cycles.allot(evaluation, make_user(Role.COORDINATOR), by=admin)
    for _ in range(2):
        cycles.allot(evaluation, evaluator, by=admin)
    assert Allotment.objects.count() == 1
    cycles.withdraw_allotment(evaluation, evaluator, by=admin)
    cycles.withdraw_allotment(evaluation, evaluator, by=admin)
    assert not Allotment.objects.exists()
    actions = Event.objects.about(evaluation.subject).values_list("action", flat=True)
    assert sorted(actions) == ["evaluation.allot", "evaluation.create", "evaluation.withdraw_allotment"]


def test_a_cycle_has_its_windows() -> None:
    now = timezone.now()
    cycle = cycles.create_cycle(
        name="x", data_years=[2024, 2025], instrument=make_instrument(),
        windows={"self_assessment": (now, now + timedelta(days=1))}, by=make_user(Role.NATIONAL_ADMIN),
    )  # fmt: skip
    assert cycle.years_text == "2024 dan 2025"
    assert [window.stage for window in cycle.windows.all()] == ["self_assessment"]


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_four_admins_enrol_and_allot_at_once() -> None:
    cycle, region, admin = make_cycle(), make_region(), make_user(Role.NATIONAL_ADMIN)
    made = at_once(lambda: cycles.enrol(cycle, [region], by=admin))
    assert sorted(map(len, made)) == [0, 0, 0, 1]
    evaluation, evaluator = Evaluation.objects.get(), make_user(Role.EVALUATOR)
    at_once(lambda: cycles.allot(evaluation, evaluator, by=admin))
    assert Allotment.objects.count() == 1
    assert Event.objects.filter(action="evaluation.allot").count() == 1
