"""The next cycle: what comes over from the one before, once, and nothing over what somebody has done since."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Membership
from accounts.tests.make import make_user
from clusters.correspondence import Line
from clusters.tests.make import make_instrument, make_mapping
from evaluations.enums import AnswerState, BatchKind, Stage
from evaluations.models import Answer, Batch, Cycle, Evaluation, Seat
from evaluations.queries import preparing as queries
from evaluations.queries.dealing import held_now
from evaluations.services import batches
from evaluations.services.assignments import assign_by_hand, fill_assignments, snapshot
from evaluations.services.preparing import Prepared, enrol_region, prepare_region
from evaluations.tasks import run_batch
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link
from evidence.models import EvidenceItem
from regions.models import Agency
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


def two_cycles(*lines: Line, same: bool = True) -> tuple[Cycle, Cycle]:
    """An earlier cycle and the one to be prepared."""
    old = make_instrument()
    new = old if same else make_instrument()
    if not same:
        make_mapping(source=old, target=new, lines=lines)
    earlier, cycle = make_cycle(instrument=old), make_cycle(instrument=new)
    Cycle.objects.filter(pk=earlier.pk).update(created_at=cycle.created_at - timedelta(days=730))
    earlier.refresh_from_db()
    return earlier, cycle


def was_in(earlier: Cycle, code: str = "64.71") -> Evaluation:
    return make_evaluation(region=make_region(code=code), cycle=earlier)


def prepared(cycle: Cycle, earlier: Cycle, code: str = "64.71") -> tuple[Prepared, Evaluation]:
    admin = make_user(Role.NATIONAL_ADMIN)
    enrol_region(cycle, code, by=admin)
    done = prepare_region(cycle, earlier, code, by=admin)
    return done, Evaluation.objects.get(cycle=cycle, region=code)


def by_hand(evaluation: Evaluation, code: str, lead: str, *helpers: str) -> None:
    """The coordinator gives a question to agencies by their kinds."""
    answer = Answer.objects.select_related("evaluation", "question").get(evaluation=evaluation, question__code=code)
    agencies = dict(Agency.objects.filter(region=evaluation.region_id).values_list("kind", "pk"))
    coordinator = make_user(Role.COORDINATOR, evaluation.region)
    assign_by_hand(
        answer, seen=snapshot(answer), lead=agencies[lead], helpers=[agencies[each] for each in helpers], by=coordinator
    )


def held(evaluation: Evaluation, code: str) -> tuple[str, set[str]]:
    kinds = dict(Agency.objects.filter(region=evaluation.region_id).values_list("pk", "kind"))
    question = evaluation.cycle.instrument.questions.get(code=code)
    lead, helpers = held_now(evaluation, question.pk)[question.pk]
    return (kinds[lead] if lead else ""), {kinds[each] for each in helpers}


@pytest.mark.parametrize("same", [True, False])
def test_the_region_is_enrolled_and_its_hands_answers_and_proofs_come_over(same: bool) -> None:
    earlier, cycle = two_cycles(same=same)
    past = was_in(earlier)
    by_hand(past, "2.1", "dinkes", "disdukcapil", "dp3a")
    old = make_answer(evaluation=past, code="2.1", value="64", note="menurut SIAK")
    make_link(answer=old)
    done, evaluation = prepared(cycle, earlier)
    assert (done.offered, done.evidence) == (1, 1)
    answer = Answer.objects.get(evaluation=evaluation, question__code="2.1")
    assert (answer.proposal, answer.proposed_from, answer.value, answer.state) == ("64", old, None, AnswerState.EMPTY)
    assert held(evaluation, "2.1") == ("dinkes", {"disdukcapil", "dp3a"})
    event = Event.objects.get(action="evaluation.prepare")
    assert event.after["offered"] == 1 and event.subject == evaluation.subject


def test_what_was_given_by_hand_stays_when_questions_are_dealt_out_again() -> None:
    earlier, cycle = two_cycles()
    by_hand(was_in(earlier), "2.1", "dinkes")
    _, evaluation = prepared(cycle, earlier)
    dealt = fill_assignments(evaluation, by=make_user(Role.COORDINATOR, evaluation.region))
    assert dealt.by_hand == 1
    assert held(evaluation, "2.1") == ("dinkes", set())


def test_a_question_goes_to_who_had_its_forerunner() -> None:
    earlier, cycle = two_cycles(
        Line("question", "renamed", "2.1", "3.1"), Line("question", "gone", "3.1", ""), same=False
    )
    past = was_in(earlier)
    by_hand(past, "2.1", "dinkes")
    make_answer(evaluation=past, code="2.1", value="64")
    _, evaluation = prepared(cycle, earlier)
    assert held(evaluation, "3.1")[0] == "dinkes"


def test_an_agency_that_is_no_more_holds_nothing() -> None:
    earlier, cycle = two_cycles()
    past = was_in(earlier)
    by_hand(past, "2.1", "dinkes", "disdukcapil")
    past.assignments.filter(agency__kind="dinkes").delete()
    Agency.objects.filter(region="64.71", kind="dinkes").delete()
    _, evaluation = prepared(cycle, earlier)
    assert held(evaluation, "2.1") == ("", {"disdukcapil"})


def test_again_it_adds_nothing_and_leaves_what_was_done_since() -> None:
    earlier, cycle = two_cycles()
    past = was_in(earlier)
    by_hand(past, "2.1", "dinkes")
    make_answer(evaluation=past, code="2.1", value="64")
    _, evaluation = prepared(cycle, earlier)
    make_answer(evaluation=evaluation, code="2.1", value="10")
    by_hand(evaluation, "1.1", "disdukcapil")
    events = Event.objects.count()
    again, _ = prepared(cycle, earlier)
    assert (again.assignments, again.offered, again.seats, Event.objects.count()) == (0, 0, 0, events)
    assert Answer.objects.get(evaluation=evaluation, question__code="2.1").value == "10"
    assert held(evaluation, "1.1")[0] == "disdukcapil"


def test_seats_go_to_who_holds_the_role_still_with_the_clusters_there_are() -> None:
    earlier, cycle = two_cycles()
    past = was_in(earlier)
    chair, stays, left = (make_user(Role.TASK_FORCE, past.region) for _ in range(3))
    code = past.cycle.instrument.clusters.order_by("position").values_list("code", flat=True)[0]
    Seat.objects.create(evaluation=past, member=chair, is_chair=True)
    Seat.objects.create(evaluation=past, member=stays, clusters=[code])
    Seat.objects.create(evaluation=past, member=left)
    lost = make_user(Role.TASK_FORCE, past.region)
    Seat.objects.create(evaluation=past, member=lost, clusters=["tidak ada"])
    Membership.objects.filter(user=left).update(ends_on=timezone.localdate())
    done, evaluation = prepared(cycle, earlier)
    assert done.seats == 2
    assert set(Seat.objects.filter(evaluation=evaluation).values_list("member", "is_chair")) == {
        (chair.pk, True), (stays.pk, False),
    }  # fmt: skip
    assert Seat.objects.get(evaluation=evaluation, member=stays).clusters == [code]


def test_a_region_that_is_further_is_left_alone() -> None:
    earlier, cycle = two_cycles()
    make_answer(evaluation=was_in(earlier), code="2.1", value="64")
    evaluation = make_evaluation(region=make_region(code="64.71"), cycle=cycle, stage=Stage.TASK_FORCE_REVIEW)
    with pytest.raises(PermissionDenied, match="sudah pada tahap"):
        prepared(cycle, earlier)
    assert not Answer.objects.filter(evaluation=evaluation).exclude(proposal=None).exists()


def test_only_a_national_admin_prepares() -> None:
    earlier, cycle = two_cycles()
    past = was_in(earlier)
    make_evaluation(region=past.region, cycle=cycle)
    with pytest.raises(PermissionDenied):
        prepare_region(cycle, earlier, "64.71", by=make_user(Role.COORDINATOR, past.region))


def test_a_batch_prepares_region_by_region_and_one_that_fails_stops_no_other() -> None:
    earlier, cycle = two_cycles()
    for code in ("64.71", "64.72", "64.74"):
        make_answer(evaluation=was_in(earlier, code), code="2.1", value="64")
    make_evaluation(region=make_region(code="64.72"), cycle=cycle, stage=Stage.FINAL)
    by: Any = make_user(Role.NATIONAL_ADMIN)
    items = [["64.71"], ["64.72"], ["64.74"]]
    batch = batches.start(cycle, BatchKind.PREPARE, items=items, by=by, earlier=earlier.pk)
    run_batch(str(batch.job_id))
    batch = Batch.objects.get(pk=batch.pk)
    [(key, why)] = batch.refused
    assert (batch.done, key) == (2, "64.72") and "sudah pada tahap" in why
    offered = Answer.objects.filter(evaluation__cycle=cycle, proposal="64").values_list("evaluation__region", flat=True)
    assert sorted(offered) == ["64.71", "64.74"]


def test_the_preview_counts_what_comes_over_and_names_what_does_not() -> None:
    earlier, cycle = two_cycles(Line("question", "gone", "3.1", ""), Line("question", "new", "", "3.1"), same=False)
    for code in ("64.71", "64.72"):
        past = was_in(earlier, code)
        make_link(answer=make_answer(evaluation=past, code="2.1", value="64"))
        make_answer(evaluation=past, code="3.1")
    EvidenceItem.objects.filter(region="64.72").update(valid_until=timezone.localdate() - timedelta(days=1))
    make_evaluation(region=make_region(code="64.72"), cycle=cycle, stage=Stage.FINAL)
    found = queries.preview(cycle, earlier)
    assert (found.regions, found.fresh, found.begun, found.gone) == (("64.71", "64.72"), 1, 1, 0)
    assert (found.answers, found.lost, found.evidence) == (2, 2, (1, 2))
    assert [(each.code, each.answers, each.why) for each in found.stays] == [("3.1", 2, "Tidak ditanyakan lagi.")]
    assert found.assignments[0] < found.assignments[1]
