from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, AnswerEvidence, Evaluation, Review
from evaluations.services.answers import save_answer
from evaluations.services.attaching import attach_file, attach_link, detach, reattach
from evaluations.services.reviews import review_answer
from evaluations.tests.make import make_answer, make_evaluation, make_link, people
from evidence.models import EvidenceItem
from evidence.services import Refused
from evidence.tests.make import make_pdf
from kla_portal.lib.versions import Stale
from trail.models import Event

pytestmark = pytest.mark.django_db


def fetch(evaluation: Evaluation, code: str) -> Answer:
    return Answer.objects.select_related("question", "evaluation__region").get(
        evaluation=evaluation, question__code=code
    )


def save(answer: Answer, by: Any, value: Any = "72.5", note: str = "", version: int = 1) -> Answer:
    return save_answer(answer, version=version, value=value, note=note, by=by)


def test_the_lead_agency_answers_and_leaves_a_trace() -> None:
    evaluation = make_evaluation()
    operator = people(evaluation)["operator"]
    answer = save(fetch(evaluation, "2.1"), operator, note="Data Dukcapil")
    assert (answer.value, answer.state, answer.version, answer.updated_by) == (
        "72.5",
        AnswerState.ANSWERED,
        2,
        operator,
    )
    assert answer.on_behalf_of is None
    event = Event.objects.about(evaluation.subject).get(action="answer.save")
    assert (event.actor, event.acting_as, event.detail) == (operator, "operator", "2.1")
    assert event.before == {"value": None, "note": "", "state": "empty"}
    assert event.after == {"value": "72.5", "note": "Data Dukcapil", "state": "answered"}


def test_the_coordinator_answers_for_an_agency_and_it_shows() -> None:
    evaluation = make_evaluation()
    answer = save(fetch(evaluation, "2.1"), people(evaluation)["coordinator"])
    assert answer.on_behalf_of is not None and answer.on_behalf_of.kind == "disdukcapil"


def test_the_coordinator_answers_the_own_office_s_questions_as_itself() -> None:
    evaluation = make_evaluation()
    assert save(fetch(evaluation, "1.1"), people(evaluation)["coordinator"], value="yes").on_behalf_of is None


def test_saving_what_is_there_changes_nothing() -> None:
    evaluation = make_evaluation()
    operator = people(evaluation)["operator"]
    save(fetch(evaluation, "2.1"), operator)
    count = Event.objects.count()
    assert save(fetch(evaluation, "2.1"), operator, version=2).version == 2
    assert Event.objects.count() == count


def test_an_older_version_is_stale_and_changes_nothing() -> None:
    evaluation = make_evaluation()
    operator = people(evaluation)["operator"]
    save(fetch(evaluation, "2.1"), operator)
    with pytest.raises(Stale) as caught:
        save(fetch(evaluation, "2.1"), operator, value="10")
    assert caught.value.current.value == "72.5"
    assert fetch(evaluation, "2.1").value == "72.5"


def test_a_version_from_the_future_is_refused() -> None:
    evaluation = make_evaluation()
    with pytest.raises(Stale):
        save(fetch(evaluation, "2.1"), people(evaluation)["operator"], version=999_999)


def test_a_colleague_s_upload_does_not_refuse_a_text() -> None:
    evaluation = make_evaluation()
    coordinator = people(evaluation)["coordinator"]
    attach_link(
        fetch(evaluation, "2.1"), "https://jdih.contoh.go.id/a", title="A", personal_data=False, want="", by=coordinator
    )
    assert fetch(evaluation, "2.1").version == 2
    assert save(fetch(evaluation, "2.1"), coordinator, version=1).value == "72.5"


def test_clearing_the_value_empties_the_answer() -> None:
    evaluation = make_evaluation()
    operator = people(evaluation)["operator"]
    save(fetch(evaluation, "2.1"), operator)
    assert save(fetch(evaluation, "2.1"), operator, value=None, note="nanti", version=2).state == AnswerState.EMPTY


@pytest.mark.parametrize(
    ("who", "code", "may"),
    [
        ("operator", "2.1", True),  # leads it
        ("operator", "1.2", False),  # takes part, does not lead
        ("operator", "3.1", False),  # another agency's
        ("coordinator", "3.1", True),
        ("task_force", "2.1", False),
        ("viewer", "2.1", False),
        ("unit_operator", "2.1", False),
        ("province", "2.1", False),
        ("evaluator", "2.1", False),
        ("admin", "2.1", False),
        ("sister", "2.1", False),
        ("far", "2.1", False),
        ("retired", "2.1", False),
    ],
)
def test_who_writes_an_answer(who: str, code: str, may: bool) -> None:
    evaluation = make_evaluation()
    user = people(evaluation)[who]
    value = {"1.2": {"akta": "perda"}, "3.1": "4"}.get(code, "72.5")
    if may:
        assert save(fetch(evaluation, code), user, value=value).value == value
    else:
        with pytest.raises(PermissionDenied):
            save(fetch(evaluation, code), user, value=value)
        assert fetch(evaluation, code).value is None
        assert not Event.objects.filter(action="answer.save").exists()


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage != Stage.SELF_ASSESSMENT])
@pytest.mark.parametrize("who", ["operator", "coordinator"])
def test_after_hand_in_nobody_writes(stage: str, who: str) -> None:
    evaluation = make_evaluation(stage=stage)
    with pytest.raises(PermissionDenied):
        save(fetch(evaluation, "2.1"), people(evaluation)[who])


def test_a_returned_answer_is_open_during_the_review_and_waits_again() -> None:
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    make_answer(evaluation=evaluation, code="2.1", state=AnswerState.RETURNED)
    everybody = people(evaluation)
    fetched = fetch(evaluation, "2.1")
    Review.objects.create(answer=fetched, answer_version=1, approved=False, reason="kurang", by=everybody["task_force"])
    assert save(fetched, everybody["operator"], value="90").state == AnswerState.ANSWERED
    attach(fetch(evaluation, "2.1"), everybody["operator"])  # a repair is seldom one save
    saved = save(fetch(evaluation, "2.1"), everybody["operator"], value="91", version=2)
    review_answer(saved, version=saved.version, approved=True, reason="", by=everybody["task_force"])
    with pytest.raises(PermissionDenied):
        save(fetch(evaluation, "2.1"), everybody["operator"], value="92", version=9)


def pdf(name: str = "akta.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, make_pdf("akta kelahiran"), content_type="application/pdf")


def attach(answer: Answer, by: Any, **changed: Any) -> AnswerEvidence:
    given: dict[str, Any] = {"title": "Rekap akta", "kind": "rekap", "personal_data": True, "want": "data", "by": by}
    return attach_file(answer, changed.pop("upload", None) or pdf(), **(given | changed)).link


def test_a_file_is_attached_moves_the_version_and_ends_an_approval() -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="2.1", state=AnswerState.APPROVED)
    operator = people(evaluation)["operator"]
    link = attach(fetch(evaluation, "2.1"), operator)
    answer = fetch(evaluation, "2.1")
    assert (answer.version, answer.state) == (2, AnswerState.ANSWERED)
    assert link.revision.file is not None and link.revision.file.state == "clean"
    assert link.revision.item.agency == operator.acting.agency  # type: ignore[union-attr]
    assert Event.objects.about(evaluation.subject).filter(action="evidence.attach", detail="2.1").count() == 1


def test_a_refused_file_leaves_nothing() -> None:
    evaluation = make_evaluation()
    with pytest.raises(Refused):
        attach(
            fetch(evaluation, "2.1"),
            people(evaluation)["operator"],
            upload=SimpleUploadedFile("akta.pdf", b"<html>bukan pdf</html>"),
        )
    assert not AnswerEvidence.objects.exists() and not EvidenceItem.objects.exists()
    assert fetch(evaluation, "2.1").version == 1


def test_an_agency_that_takes_part_adds_evidence_but_no_answer() -> None:
    evaluation = make_evaluation()
    operator = people(evaluation)["operator"]
    attach(fetch(evaluation, "1.2"), operator, want="")
    with pytest.raises(PermissionDenied):
        attach(fetch(evaluation, "3.1"), operator, want="")


def test_evidence_is_taken_off_and_put_back_once() -> None:
    evaluation = make_evaluation()
    coordinator = people(evaluation)["coordinator"]
    link = make_link(answer=make_answer(evaluation=evaluation, code="2.1"))
    detach(link, by=coordinator)
    detach(link, by=coordinator)
    assert not AnswerEvidence.objects.attached().exists()
    reattach(link, by=coordinator)
    assert AnswerEvidence.objects.attached().count() == 1
    actions = [event.action for event in Event.objects.about(evaluation.subject) if event.action.startswith("evidence")]
    assert actions == ["evidence.reattach", "evidence.detach"]


def test_another_agency_s_evidence_stays() -> None:
    evaluation = make_evaluation()
    everybody = people(evaluation)
    answer = make_answer(evaluation=evaluation, code="1.2", state=AnswerState.ANSWERED)
    link = attach(fetch(evaluation, "1.2"), everybody["coordinator"], want="")
    with pytest.raises(PermissionDenied):
        detach(link, by=everybody["operator"])
    assert AnswerEvidence.objects.attached().filter(answer=answer).count() == 1
