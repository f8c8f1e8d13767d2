from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Assignment, Evaluation
from evaluations.services.answers import save_answer
from evaluations.services.assignments import assign_by_hand, snapshot
from evaluations.services.attaching import attach_revision, detach
from evaluations.services.parts import mark_all_ready, mark_ready, unmark, write_note
from evaluations.tests.make import make_answer, make_evaluation, people
from evidence.tests.make import make_revision
from kla_portal.lib.versions import Stale
from regions.models import Agency
from trail.models import Event

pytestmark = pytest.mark.django_db
CODE = "2.1"


def part(evaluation: Evaluation, code: str = CODE, kind: str = "disdukcapil") -> Assignment:
    return Assignment.objects.select_related("agency", "question").get(
        evaluation=evaluation, question__code=code, agency__kind=kind
    )


def events(evaluation: Evaluation) -> list[tuple[str, Any]]:
    rows = Event.objects.about(evaluation.subject).filter(action__startswith="part.").order_by("pk")
    return [(row.action, row.after) for row in rows]


def test_an_operator_marks_the_own_part_and_takes_the_mark_off() -> None:
    evaluation = make_evaluation()
    operator = people(evaluation)["operator"]
    done = mark_ready(part(evaluation), 1, operator)
    assert done.ready_at is not None and done.ready_by == operator and done.version == 2
    assert mark_ready(done, 2, operator).version == 2  # nothing more to do
    off = unmark(done, 2, operator)
    assert (off.ready_at, off.ready_by, off.lifted) == (None, None, False)
    agency = str(off.agency)
    assert events(evaluation) == [
        ("part.ready", {"ready": True, "agency": agency}),
        ("part.unready", {"ready": False, "agency": agency}),
    ]
    assert Answer.objects.get(evaluation=evaluation, question__code=CODE).version == 1


def test_the_coordinator_marks_on_behalf_of_the_agency() -> None:
    evaluation = make_evaluation()
    mark_ready(part(evaluation), 1, people(evaluation)["coordinator"])
    [(_, after)] = events(evaluation)
    assert after["on_behalf_of"] == after["agency"] == str(part(evaluation).agency)


def test_a_note_has_its_version() -> None:
    evaluation = make_evaluation()
    operator, mine = people(evaluation)["operator"], part(evaluation)
    write_note(mine, 1, "Menunggu tanda tangan", operator)
    with pytest.raises(Stale):
        write_note(mine, 1, "Yang lain", operator)
    assert part(evaluation).note == "Menunggu tanda tangan"
    assert [action for action, _ in events(evaluation)] == ["part.note"]


@pytest.mark.parametrize("who", ["other_operator", "task_force", "viewer", "province", "sister"])
def test_nobody_else_marks_it(who: str) -> None:
    evaluation = make_evaluation()
    person = people(evaluation)[who]
    for change in (mark_ready, unmark):
        with pytest.raises(PermissionDenied):
            change(part(evaluation), 1, person)
    with pytest.raises(PermissionDenied):
        write_note(part(evaluation), 1, "x", person)
    assert events(evaluation) == []


def test_only_while_the_answer_is_open() -> None:
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    operator = people(evaluation)["operator"]
    with pytest.raises(PermissionDenied):
        mark_ready(part(evaluation), 1, operator)
    make_answer(evaluation=evaluation, code=CODE, state=AnswerState.RETURNED)
    assert mark_ready(part(evaluation), 1, operator).ready_at is not None


def test_a_changed_text_takes_the_lead_s_mark_off_and_leaves_the_others() -> None:
    evaluation = make_evaluation()
    world = people(evaluation)
    answer = Answer.objects.select_related("question").get(evaluation=evaluation, question__code=CODE)
    helper = Agency.objects.get(region=evaluation.region, kind="dinkes")
    lead = part(evaluation).agency
    assign_by_hand(answer, seen=snapshot(answer), lead=lead.pk, helpers=[helper.pk], by=world["coordinator"])
    mark_ready(part(evaluation), part(evaluation).version, world["operator"])
    mark_ready(part(evaluation, kind="dinkes"), 1, world["other_operator"])
    answer = save_answer(answer, version=1, value="72.5", note="", by=world["operator"])
    assert part(evaluation).lifted and part(evaluation, kind="dinkes").ready_at is not None
    assert Event.objects.about(evaluation.subject).get(action="answer.save").after["unready"] == str(lead)

    # saving what is there changes nothing, and evidence takes off the mark of whoever brought it
    mark_ready(part(evaluation), part(evaluation).version, world["operator"])
    save_answer(answer, version=answer.version, value="72.5", note="", by=world["operator"])
    assert part(evaluation).ready_at is not None
    paper = make_revision(region=evaluation.region, personal_data=False)
    link = attach_revision(answer, paper, want="", by=world["other_operator"])
    assert part(evaluation).ready_at is not None and part(evaluation, kind="dinkes").lifted
    detach(link, by=world["coordinator"])
    assert part(evaluation).lifted  # what the coordinator changes is the lead's


def test_dealing_out_keeps_note_and_mark_of_whoever_stays() -> None:
    evaluation = make_evaluation()
    world = people(evaluation)
    answer = Answer.objects.select_related("question", "evaluation").get(evaluation=evaluation, question__code=CODE)
    write_note(part(evaluation), 1, "Menyusul", world["operator"])
    mark_ready(part(evaluation), 2, world["operator"])
    lead, helper = part(evaluation).agency, Agency.objects.get(region=evaluation.region, kind="dinkes")
    assign_by_hand(answer, seen=snapshot(answer), lead=lead.pk, helpers=[helper.pk], by=world["coordinator"])
    kept = part(evaluation)
    assert kept.note == "Menyusul" and kept.ready_at is not None and kept.version == 4
    assign_by_hand(answer, seen=snapshot(answer), lead=helper.pk, helpers=[lead.pk], by=world["coordinator"])
    assert part(evaluation).note == "Menyusul" and part(evaluation).lifted


def test_the_whole_part_is_marked_save_what_lacks() -> None:
    evaluation = make_evaluation()
    operator = people(evaluation)["operator"]
    agency = part(evaluation).agency
    every = set(evaluation.assignments.filter(agency=agency).values_list("question__code", flat=True))
    first = mark_all_ready(evaluation, agency, operator)
    assert CODE in first.left and set(first.marked) | set(first.left) == every
    second = mark_all_ready(evaluation, agency, operator, anyway=[CODE, "keliru"])
    assert second.marked == (CODE,)
    assert [action for action, _ in events(evaluation)][-1] == "part.finish"
    assert events(evaluation)[-1][1]["lacking"] == [CODE]
    assert not evaluation.assignments.exclude(agency=agency).exclude(ready_at=None).exists()
    before = len(events(evaluation))
    assert mark_all_ready(evaluation, agency, operator, anyway=[CODE]).marked == ()
    assert len(events(evaluation)) == before


def test_the_whole_part_is_nobody_else_s() -> None:
    evaluation = make_evaluation()
    with pytest.raises(PermissionDenied):
        mark_all_ready(evaluation, part(evaluation).agency, people(evaluation)["other_operator"])
