"""Who answers what. In the test instrument dp3a leads 1.1 and 1.2 and contributes to 3.1."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from evaluations.models import Answer, Assignment, Evaluation
from evaluations.services import assignments
from evaluations.services.assignments import Dealt
from evaluations.tests.make import make_answer, make_evaluation
from kla_portal.lib.versions import Stale
from kla_portal.tests.rivals import at_once
from regions.models import Agency
from regions.tests.make import make_agency, make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation() -> Evaluation:
    """Only dp3a had been entered when the region was enrolled."""
    return make_evaluation(agencies=("dp3a",))


@pytest.fixture
def coordinator(evaluation: Evaluation) -> User:
    return make_user(Role.COORDINATOR, evaluation.region)


def others(evaluation: Evaluation) -> tuple[Agency, Agency]:
    return make_agency(region=evaluation.region, kind="disdukcapil"), make_agency(
        region=evaluation.region, kind="dinkes"
    )


def held(evaluation: Evaluation) -> dict[str, list[str]]:
    """By question code: the kinds that hold it, the lead first."""
    found: dict[str, list[str]] = {}
    rows = Assignment.objects.filter(evaluation=evaluation).select_related("question", "agency")
    for row in rows.order_by("question__code", "-is_lead", "agency__kind"):
        found.setdefault(row.question.code, []).append(row.agency.kind if row.is_lead else f"+{row.agency.kind}")
    return found


def test_agencies_entered_later_get_all_that_is_theirs(evaluation: Evaluation, coordinator: User) -> None:
    assert held(evaluation) == {"1.1": ["dp3a"], "1.2": ["dp3a"], "3.1": ["dp3a"]}
    others(evaluation)
    assert assignments.fill_assignments(evaluation, by=coordinator) == Dealt(changed=4, begun=0, by_hand=0)
    assert held(evaluation) == {
        "1.1": ["dp3a"],
        "1.2": ["dp3a", "+disdukcapil"],
        "2.1": ["disdukcapil"],
        "3.1": ["dinkes", "+dp3a"],
        "3.2": ["dinkes"],
    }
    event = Event.objects.get(action="evaluation.assign")
    assert event.before["questions"]["3.1"]["lead"] == evaluation.region.agencies.get(kind="dp3a").short_name
    assert event.after["questions"]["3.1"]["lead"] == evaluation.region.agencies.get(kind="dinkes").short_name
    assert assignments.fill_assignments(evaluation, by=coordinator) == Dealt(changed=0, begun=0, by_hand=0)
    assert Event.objects.filter(action="evaluation.assign").count() == 1


@pytest.mark.parametrize("begun", [{}, {"state": "empty", "value": None, "note": "sedang dicari"}])
def test_who_has_begun_an_answer_goes_on_leading_it(
    evaluation: Evaluation, coordinator: User, begun: dict[str, object]
) -> None:
    make_answer(evaluation=evaluation, code="3.1", **begun)
    make_answer(evaluation=evaluation, code="2.1")  # by the coordinator, for nobody held it
    make_answer(evaluation=evaluation, code="1.2")  # its lead stays the same
    others(evaluation)
    assert assignments.fill_assignments(evaluation, by=coordinator) == Dealt(changed=3, begun=1, by_hand=0)
    now = held(evaluation)
    assert (now["3.1"], now["2.1"], now["1.2"]) == (["dp3a"], ["disdukcapil"], ["dp3a", "+disdukcapil"])


def test_what_was_set_by_hand_stays(evaluation: Evaluation, coordinator: User) -> None:
    dukcapil, health = others(evaluation)
    answer = Answer.objects.select_related("question", "evaluation").get(evaluation=evaluation, question__code="3.1")
    seen = assignments.snapshot(answer)
    assignments.assign_by_hand(answer, seen=seen, lead=dukcapil.pk, helpers=[health.pk, dukcapil.pk], by=coordinator)
    assert held(evaluation)["3.1"] == ["disdukcapil", "+dinkes"]
    event = Event.objects.get(action="answer.assign")
    assert (event.subject, event.detail, event.actor) == (evaluation.subject, "3.1", coordinator)
    assert event.before == {"lead": evaluation.region.agencies.get(kind="dp3a").short_name, "helpers": []}
    assert event.after == {"lead": dukcapil.short_name, "helpers": [health.short_name]}
    assert assignments.fill_assignments(evaluation, by=coordinator) == Dealt(changed=3, begun=0, by_hand=1)
    assert held(evaluation)["3.1"] == ["disdukcapil", "+dinkes"]


def test_the_second_of_two_coordinators_is_told(evaluation: Evaluation, coordinator: User) -> None:
    dukcapil, health = others(evaluation)
    answer = Answer.objects.select_related("question", "evaluation").get(evaluation=evaluation, question__code="3.1")
    seen = assignments.snapshot(answer)
    assignments.assign_by_hand(answer, seen=seen, lead=dukcapil.pk, helpers=[], by=coordinator)
    assignments.assign_by_hand(answer, seen=seen, lead=dukcapil.pk, helpers=[], by=coordinator)  # the same again
    with pytest.raises(Stale):
        assignments.assign_by_hand(answer, seen=seen, lead=health.pk, helpers=[], by=coordinator)
    assert held(evaluation)["3.1"] == ["disdukcapil"]
    assert Event.objects.filter(action="answer.assign").count() == 1
    assignments.assign_by_hand(answer, seen=assignments.snapshot(answer), lead=None, helpers=[], by=coordinator)
    assert "3.1" not in held(evaluation)


def test_no_agency_of_another_region(evaluation: Evaluation, coordinator: User) -> None:
    answer = Answer.objects.select_related("question", "evaluation").get(evaluation=evaluation, question__code="3.1")
    far = make_agency(region=make_region("64.72"), kind="dinkes")
    with pytest.raises(ValueError, match="another region"):
        assignments.assign_by_hand(
            answer, seen=assignments.snapshot(answer), lead=None, helpers=[far.pk], by=coordinator
        )
    assert held(evaluation)["3.1"] == ["dp3a"]


def test_permission_is_asked_on_the_row_as_it_stands(evaluation: Evaluation, coordinator: User) -> None:
    """The evaluation was handed in after it had been fetched."""
    answer = Answer.objects.select_related("question", "evaluation").get(evaluation=evaluation, question__code="3.1")
    Evaluation.objects.filter(pk=evaluation.pk).update(stage="task_force_review")
    others(evaluation)
    with pytest.raises(PermissionDenied):
        assignments.fill_assignments(evaluation, by=coordinator)
    with pytest.raises(PermissionDenied):
        assignments.assign_by_hand(answer, seen="", lead=None, helpers=[], by=coordinator)
    assert held(evaluation)["3.1"] == ["dp3a"]


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_four_at_once_deal_once(evaluation: Evaluation, coordinator: User) -> None:
    others(evaluation)
    dealt = at_once(lambda: assignments.fill_assignments(evaluation, by=coordinator))
    assert sorted(one.changed for one in dealt) == [0, 0, 0, 4]
    assert Event.objects.filter(action="evaluation.assign").count() == 1
