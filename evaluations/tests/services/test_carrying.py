from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from clusters.correspondence import Line
from clusters.models import Question
from clusters.tests.make import COUNT, PERCENTAGE, TWO_YEARS, make_instrument, make_mapping
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, AnswerEvidence, Cycle, Evaluation
from evaluations.queries import carrying
from evaluations.services.attaching import attach_item, detach
from evaluations.services.carrying import offer_earlier_answers, take_over
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link
from evidence.enums import FileState
from evidence.models import StoredFile
from evidence.tests.make import make_revision
from kla_portal.lib.versions import Stale
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


def earlier_of(evaluation: Evaluation, *lines: Line, same: bool = False, **fields: Any) -> Evaluation:
    """The region's evaluation of two years before, by an instrument that leads to this one's."""
    now = evaluation.cycle
    instrument = now.instrument if same else make_instrument()
    if not same:
        make_mapping(source=instrument, target=now.instrument, lines=lines)
    cycle = make_cycle(instrument=instrument)
    Cycle.objects.filter(pk=cycle.pk).update(created_at=now.created_at - timedelta(days=730))
    return make_evaluation(region=evaluation.region, cycle=cycle, stage=Stage.AWARDED, **fields)


def coordinator(evaluation: Evaluation) -> User:
    return make_user(Role.COORDINATOR, evaluation.region)


def now_of(evaluation: Evaluation, code: str) -> Answer:
    return Answer.objects.select_related("question", "evaluation__cycle__instrument").get(
        evaluation=evaluation, question__code=code
    )


@pytest.mark.parametrize("same", [True, False])
def test_an_earlier_answer_is_offered_with_its_note_and_counts_nothing(same: bool) -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation, same=same), code="2.1", value="64", note="menurut SIAK")
    assert offer_earlier_answers(evaluation, by=coordinator(evaluation)) == 1
    answer = now_of(evaluation, "2.1")
    assert (answer.proposal, answer.proposal_note, answer.proposed_from) == ("64", "menurut SIAK", old)
    assert (answer.value, answer.note, answer.state, answer.version) == (None, "", AnswerState.EMPTY, 1)
    event = Event.objects.get(action="evaluation.offer")
    assert event.after == {"offered": 1, "from": str(old.evaluation.cycle)}


def test_offering_again_writes_only_what_has_changed() -> None:
    evaluation = make_evaluation()
    earlier, by = earlier_of(evaluation), coordinator(evaluation)
    make_answer(evaluation=earlier, code="2.1")
    make_answer(evaluation=earlier, code="3.1")
    assert [offer_earlier_answers(evaluation, by=by) for _ in range(2)] == [2, 0]
    Answer.objects.filter(evaluation=earlier, question__code="2.1").update(value="99")
    assert offer_earlier_answers(evaluation, by=by) == 1
    assert (now_of(evaluation, "2.1").proposal, Event.objects.filter(action="evaluation.offer").count()) == ("99", 2)


def test_an_answer_is_never_touched() -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=earlier_of(evaluation), code="2.1", value="64")
    make_answer(evaluation=evaluation, code="2.1", value="10")
    assert offer_earlier_answers(evaluation, by=coordinator(evaluation)) == 0
    assert (now_of(evaluation, "2.1").value, now_of(evaluation, "2.1").proposal) == ("10", None)


def test_only_the_coordinator_offers_and_only_during_the_self_assessment() -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=earlier_of(evaluation), code="2.1")
    with pytest.raises(PermissionDenied):
        offer_earlier_answers(
            evaluation, by=make_user(Role.OPERATOR, evaluation.region, evaluation.region.agencies.first())
        )
    by = coordinator(evaluation)
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.TASK_FORCE_REVIEW)
    with pytest.raises(PermissionDenied):
        offer_earlier_answers(evaluation, by=by)
    assert not Answer.objects.exclude(proposed_from=None).exists()


def test_answers_of_another_region_or_without_a_mapping_are_not_offered() -> None:
    evaluation = make_evaluation()
    other = make_evaluation(cycle=evaluation.cycle, region=make_region("64.72"))
    make_answer(evaluation=earlier_of(other), code="2.1")
    unmapped = make_cycle()
    Cycle.objects.filter(pk=unmapped.pk).update(created_at=evaluation.cycle.created_at - timedelta(days=9))
    make_answer(evaluation=make_evaluation(region=evaluation.region, cycle=unmapped), code="2.1")
    assert carrying.plan(evaluation) is None
    assert offer_earlier_answers(evaluation, by=coordinator(evaluation)) == 0


def said(evaluation: Evaluation, code: str) -> carrying.Carried:
    plan = carrying.plan(evaluation)
    assert plan is not None
    return next(line.carried for line in plan.lines if line.carried.question.code == code)


def renamed(relation: str, source: str, target: str) -> Line:
    return Line("question", relation, source, target)


@pytest.mark.parametrize(
    ("lines", "old", "code", "value", "problem"),
    [
        ([renamed("renamed", "3.2", "1.1"), renamed("renamed", "1.1", "3.2")], {"1.1": "yes"}, "1.1", None,
         "Pada siklus sebelumnya pertanyaan ini tidak dijawab"),
        ([renamed("split", "3.1", "3.1"), renamed("split", "3.1", "2.1"), renamed("gone", "2.1", "")], {"3.1": "4"},
         "3.1", "4", ""),
        ([renamed("split", "3.1", "3.1"), renamed("split", "3.1", "2.1"), renamed("gone", "2.1", "")], {"3.1": "4"},
         "2.1", None, "Jenis jawabannya berubah dari jumlah menjadi persentase"),
        ([renamed("merged", "3.1", "3.1"), renamed("merged", "2.1", "3.1"), renamed("new", "", "2.1")], {"3.1": "4"},
         "3.1", "4", ""),
        ([renamed("merged", "3.1", "3.1"), renamed("merged", "2.1", "3.1"), renamed("new", "", "2.1")],
         {"3.1": "4", "2.1": "50"}, "3.1", None, "lebih dari satu"),
        ([renamed("gone", "2.1", ""), renamed("new", "", "2.1")], {"2.1": "50"}, "2.1", None, "Pertanyaan ini baru"),
        ([], {"1.1": "yes"}, "1.1", "yes", ""),
    ],
)  # fmt: skip
def test_what_a_mapping_carries(lines: list[Line], old: dict[str, str], code: str, value: Any, problem: str) -> None:
    evaluation = make_evaluation()
    earlier = earlier_of(evaluation, *lines)
    for each, given in old.items():
        make_answer(evaluation=earlier, code=each, value=given)
    told = said(evaluation, code)
    assert told.value == value
    assert problem in told.problem and bool(problem) == bool(told.problem)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rule": {**COUNT, "unit": "lembaga"}, "kind": "count"}, "Satuannya berubah dari orang menjadi lembaga"),
        ({"rule": PERCENTAGE, "kind": "percentage"}, "Jenis jawabannya berubah dari jumlah menjadi persentase"),
    ],
)
def test_a_question_that_asks_for_something_else_says_why_nothing_is_carried(
    change: dict[str, Any], problem: str
) -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=earlier_of(evaluation), code="3.1", value="4")
    Question.objects.filter(instrument=evaluation.cycle.instrument, code="3.1").update(**change)
    assert said(evaluation, "3.1").problem == f"{problem}."
    plan = carrying.plan(evaluation)
    assert plan is not None and (len(plan.refused), len(plan.open), plan.silent) == (1, 0, 4)


def test_an_option_that_is_no_more_is_not_carried() -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=earlier_of(evaluation), code="3.2", value="draft")
    row = Question.objects.get(instrument=evaluation.cycle.instrument, code="3.2")
    row.rule["options"] = [option for option in row.rule["options"] if option["key"] != "draft"]
    row.save()
    assert said(evaluation, "3.2").problem == "Jawaban lama tidak cocok lagi: Pilih salah satu jawaban yang tersedia."


@pytest.mark.parametrize(("may_be", "value"), [(True, "n/a"), (False, None)])
def test_not_applicable_is_carried_only_where_it_still_may_be(may_be: bool, value: str | None) -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=earlier_of(evaluation), code="2.1", value="n/a", note="tidak ada laut")
    Question.objects.filter(instrument=evaluation.cycle.instrument).update(may_be_inapplicable=may_be)
    told = said(evaluation, "2.1")
    assert (told.value, "berlaku bagi setiap daerah" in told.problem) == (value, not may_be)


@pytest.mark.parametrize(
    ("years", "value", "carried"),
    [
        ([2023, 2024], {"before": "50", "now": "60"}, {"before": "60"}),
        ([2022, 2023], {"before": "50", "now": "60"}, {"before": "50", "now": "60"}),
        ([2023, 2024], {"before": "50"}, None),
    ],
)
def test_the_last_year_of_a_cycle_that_adjoins_is_the_year_before(
    years: list[int], value: dict[str, str], carried: dict[str, str] | None
) -> None:
    evaluation = make_evaluation()  # of 2024 and 2025
    earlier = earlier_of(evaluation)
    Cycle.objects.filter(pk=earlier.cycle_id).update(data_years=years)
    Question.objects.filter(code="2.1").update(rule=TWO_YEARS)
    make_answer(evaluation=earlier, code="2.1", value=value)
    assert said(evaluation, "2.1").value == carried


# --- taking over ----------------------------------------------------------------------------------------------------
def taken(
    answer: Answer, by: User, *, links: tuple[AnswerEvidence, ...] = (), version: int = 1, whole: bool = True
) -> Answer:
    told = said(answer.evaluation, answer.question.code) if whole else None
    return take_over(answer, told, links, version=version, by=by)


def test_taking_over_saves_the_answer_and_its_evidence_as_if_typed() -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation), code="2.1", value="64", note="menurut SIAK")
    links = (make_link(answer=old, want="data"), make_link(answer=old, want="tidak-diminta-lagi"))
    taken(now_of(evaluation, "2.1"), coordinator(evaluation), links=links)
    answer = now_of(evaluation, "2.1")
    assert (answer.value, answer.note, answer.state) == ("64", "menurut SIAK", AnswerState.ANSWERED)
    assert [(row.revision, row.want) for row in answer.evidence.all()] == [
        (links[0].revision, "data"),
        (links[1].revision, ""),
    ]
    assert set(Event.objects.values_list("action", flat=True)) >= {"answer.save", "evidence.attach"}


def test_evidence_is_never_attached_twice_and_what_was_taken_off_comes_back() -> None:
    evaluation = make_evaluation()
    old, by = make_answer(evaluation=earlier_of(evaluation), code="2.1"), coordinator(evaluation)
    link = make_link(answer=old, want="data")
    for _ in range(2):
        taken(now_of(evaluation, "2.1"), by, links=(link,), version=now_of(evaluation, "2.1").version)
    mine = AnswerEvidence.objects.get(answer=now_of(evaluation, "2.1"))
    detach(mine, by=by)
    taken(now_of(evaluation, "2.1"), by, links=(link,), whole=False)
    assert AnswerEvidence.objects.get(pk=mine.pk).removed_at is None
    assert AnswerEvidence.objects.filter(answer=mine.answer).count() == 1


def test_the_newest_revision_is_taken_and_a_document_hangs_there_once() -> None:
    evaluation = make_evaluation()
    old, by = make_answer(evaluation=earlier_of(evaluation), code="2.1"), coordinator(evaluation)
    link = make_link(answer=old, want="data", page_hint="hal. 3")
    newer = make_revision(region=evaluation.region, item=link.revision.item)
    taken(now_of(evaluation, "2.1"), by, links=(link,), whole=False)
    mine = AnswerEvidence.objects.get(answer=now_of(evaluation, "2.1"))
    assert (mine.revision, mine.want, mine.page_hint) == (newer, "data", "hal. 3")
    attach_item(mine.answer, newer.item, want="data", by=by)
    taken(now_of(evaluation, "2.1"), by, links=(link,), whole=False)
    assert now_of(evaluation, "2.1").evidence.count() == 1


def test_a_document_that_spoils_meanwhile_is_left_and_the_answer_is_taken() -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation), code="2.1", value="64")
    link = make_link(answer=old)
    StoredFile.objects.filter(pk=link.revision.file_id).update(state=FileState.QUARANTINED)
    taken(now_of(evaluation, "2.1"), coordinator(evaluation), links=(link,))
    answer = now_of(evaluation, "2.1")
    assert (answer.value, answer.evidence.count()) == ("64", 0)


def test_a_stale_version_takes_nothing_over() -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation), code="2.1", value="64")
    link = make_link(answer=old)
    make_answer(evaluation=evaluation, code="2.1", value="10", version=5, text_version=5)
    with pytest.raises(Stale):
        taken(now_of(evaluation, "2.1"), coordinator(evaluation), links=(link,), version=4)
    assert now_of(evaluation, "2.1").value == "10"
    assert not now_of(evaluation, "2.1").evidence.exists()
