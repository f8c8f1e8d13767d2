"""What the library has already is not stored again, and a hint says where to look."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from evaluations.enums import AnswerState
from evaluations.models import Answer, AnswerEvidence, Evaluation
from evaluations.services.attaching import Attached, attach_file, attach_item, attach_upload, detach, point
from evaluations.services.library import delete, revise
from evaluations.tests.make import make_answer, make_evaluation, make_link, people
from evidence.enums import FileState
from evidence.models import EvidenceItem, StoredFile, Upload
from evidence.refusals import Refused
from evidence.tests.make import make_pdf, make_revision, make_stored, make_upload, make_upload_under_way
from kla_portal.lib.versions import Stale
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
PDF = make_pdf("akta kelahiran")


def fetch(evaluation: Evaluation, code: str) -> Answer:
    return Answer.objects.select_related("question", "evaluation__region").get(
        evaluation=evaluation, question__code=code
    )


def send(evaluation: Evaluation, code: str, by: Any, **changed: Any) -> Attached:
    given: dict[str, Any] = {"title": "Akta", "kind": "lainnya", "personal_data": True, "want": "", "by": by}
    return attach_file(fetch(evaluation, code), make_upload(PDF), **(given | changed))


def test_a_file_that_the_library_has_is_attached_from_there() -> None:
    evaluation = make_evaluation()
    coordinator = people(evaluation)["coordinator"]
    item = make_revision(evaluation.region, content=PDF, title="SK lama").item
    first = send(evaluation, "2.1", coordinator, title="Nama lain")
    assert (first.known, first.already, first.link.revision.item) == (True, False, item)
    again = send(evaluation, "2.1", coordinator)
    assert (again.known, again.already, again.link) == (True, True, first.link)
    other = send(evaluation, "3.1", coordinator)
    assert (other.known, other.already, other.link.revision.item) == (True, False, item)
    assert EvidenceItem.objects.count() == 1 and fetch(evaluation, "2.1").version == 2


@pytest.mark.parametrize("how", ["closed", "deleted", "elsewhere", "outdated"])
def test_what_is_closed_gone_or_older_is_not_found(how: str) -> None:
    evaluation = make_evaluation()
    operator = people(evaluation)["operator"]
    region = make_region(code="64.72") if how == "elsewhere" else evaluation.region
    agency = region.agencies.get(kind="dinkes") if how == "closed" else None
    fields = {"deleted_at": timezone.now()} if how == "deleted" else {}
    revision = make_revision(region, agency=agency, content=PDF, personal_data=how == "closed", **fields)
    if how == "outdated":
        make_revision(item=revision.item, content=make_pdf("yang baru"))
    attached = send(evaluation, "2.1", operator)
    assert not attached.known and attached.link.revision.item != revision.item
    assert attached.link.revision.item.agency == operator.acting.agency  # type: ignore[union-attr]


def test_an_upload_in_pieces_is_known_too_and_ending_it_again_says_nothing_new() -> None:
    evaluation = make_evaluation()
    operator = people(evaluation)["operator"]
    item = make_revision(evaluation.region, content=PDF, personal_data=False).item
    upload = make_upload_under_way(by=operator, content=PDF, size=len(PDF))
    what: dict[str, Any] = {"title": "", "kind": "lainnya", "personal_data": True, "want": "", "page_hint": "hal. 2"}
    first = attach_upload(fetch(evaluation, "2.1"), upload, **what, by=operator)
    assert (first.known, first.link.revision.item, first.link.page_hint) == (True, item, "hal. 2")
    upload.refresh_from_db()
    again = attach_upload(fetch(evaluation, "2.1"), upload, **what, by=operator)
    assert (again.link, again.already) == (first.link, True) and EvidenceItem.objects.count() == 1


WHAT: dict[str, Any] = {"title": "", "kind": "lainnya", "personal_data": True}


@pytest.mark.parametrize("how", ["revised", "deleted", "taken off", "other want"])
def test_an_upload_sent_again_is_attached_anew_when_its_bytes_are_there_no_more(how: str) -> None:
    evaluation = make_evaluation()
    coordinator = people(evaluation)["coordinator"]
    upload = make_upload_under_way(by=coordinator, content=PDF, size=len(PDF))

    def end(want: str = "") -> Attached:
        return attach_upload(
            fetch(evaluation, "2.1"), Upload.objects.get(pk=upload.pk), **WHAT, want=want, by=coordinator
        )

    first = end()
    item = first.link.revision.item
    if how == "revised":
        revise(item, file=make_stored(make_pdf("kedua")), name="b.pdf", by=coordinator)
    elif how == "deleted":
        delete(item, by=coordinator)
    elif how == "taken off":
        detach(first.link, by=coordinator)
    want = "data" if how == "other want" else ""
    anew = end(want)
    assert not anew.already and anew.link.removed_at is None
    assert (anew.link.want, anew.link.revision.file_id) == (want, first.link.revision.file_id)
    assert (anew.link.revision.item == item) == (how in ("taken off", "other want"))
    items, links = EvidenceItem.objects.count(), AnswerEvidence.objects.count()
    again = end(want)
    assert (again.link, again.already) == (anew.link, True), "the answer was lost: no second copy"
    assert (EvidenceItem.objects.count(), AnswerEvidence.objects.count()) == (items, links)


def test_what_was_found_harmful_since_is_not_attached_from_the_archive() -> None:
    evaluation = make_evaluation()
    coordinator = people(evaluation)["coordinator"]
    upload = make_upload_under_way(by=coordinator, content=PDF, size=len(PDF))
    first = attach_upload(fetch(evaluation, "2.1"), upload, **WHAT, want="", by=coordinator)
    delete(first.link.revision.item, by=coordinator)
    StoredFile.objects.update(state=FileState.QUARANTINED)
    with pytest.raises(Refused):
        attach_upload(fetch(evaluation, "2.1"), upload, **WHAT, want="", by=coordinator)
    assert not AnswerEvidence.objects.attached().exists()


def test_a_document_of_the_library_serves_many_questions_and_may_be_taken_off_by_who_put_it_there() -> None:
    evaluation = make_evaluation()
    everybody = people(evaluation)
    operator = everybody["operator"]
    other = evaluation.region.agencies.get(kind="dinkes")
    item = make_revision(evaluation.region, agency=other, personal_data=False).item
    newest = make_revision(item=item, content=make_pdf("revisi"))
    attached = attach_item(fetch(evaluation, "2.1"), item, want="data", page_hint="12-14", by=operator)
    assert attached.link.revision == newest and attached.link.page_hint == "12-14" and not attached.already
    assert attach_item(fetch(evaluation, "2.1"), item, want="data", by=operator).already
    assert attach_item(fetch(evaluation, "1.2"), item, want="", by=operator).link.revision == newest
    [event] = Event.objects.about(evaluation.subject).filter(action="evidence.attach", detail="2.1")
    assert event.after["page"] == "12-14"
    detach(attached.link, by=operator)
    assert not AnswerEvidence.objects.attached().filter(answer__question__code="2.1").exists()


def test_a_closed_or_deleted_document_is_not_attached() -> None:
    evaluation = make_evaluation()
    operator = people(evaluation)["operator"]
    other = evaluation.region.agencies.get(kind="dinkes")
    closed = make_revision(evaluation.region, agency=other, personal_data=True).item
    deleted = make_revision(evaluation.region, personal_data=False, deleted_at=timezone.now()).item
    for item in (closed, deleted):
        with pytest.raises(PermissionDenied):
            attach_item(fetch(evaluation, "2.1"), item, want="", by=operator)
    assert not AnswerEvidence.objects.exists() and fetch(evaluation, "2.1").version == 1


def test_a_hint_changes_nothing_but_itself() -> None:
    evaluation = make_evaluation()
    everybody = people(evaluation)
    answer = make_answer(evaluation=evaluation, code="2.1", state=AnswerState.APPROVED)
    link = make_link(answer=answer)
    point(link, "hal. 12", was="", by=everybody["coordinator"])
    point(link, "hal. 12", was="", by=everybody["coordinator"])  # the answer to the first was lost
    with pytest.raises(Stale):
        point(link, "hal. 9", was="", by=everybody["coordinator"])
    link.refresh_from_db()
    fresh = fetch(evaluation, "2.1")
    assert (link.page_hint, fresh.version, fresh.state) == ("hal. 12", answer.version, AnswerState.APPROVED)
    [event] = Event.objects.about(evaluation.subject).filter(action="evidence.point")
    assert (event.before["page"], event.after["page"]) == ("", "hal. 12")
    for who in ("task_force", "viewer", "other_operator"):
        with pytest.raises(PermissionDenied):
            point(link, "hal. 1", was="hal. 12", by=everybody[who])


def test_no_hint_on_a_document_that_is_closed_or_taken_off() -> None:
    evaluation = make_evaluation()
    everybody = people(evaluation)
    other = evaluation.region.agencies.get(kind="dinkes")
    revision = make_revision(evaluation.region, agency=other, personal_data=True)
    link = make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=revision)
    with pytest.raises(PermissionDenied):
        point(link, "hal. 1", was="", by=everybody["operator"])
    detach(link, by=everybody["coordinator"])
    with pytest.raises(Stale):
        point(link, "hal. 1", was="", by=everybody["coordinator"])
