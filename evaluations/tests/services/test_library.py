"""What a change of a document does to the answers it proves: open ones follow, closed ones keep what was judged."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import JUDGED, AnswerState, Stage
from evaluations.models import Answer, AnswerEvidence, Evaluation, Review
from evaluations.services import library
from evaluations.tests.make import make_answer, make_evaluation, make_link, make_score
from evidence.models import EvidenceItem, EvidenceRevision, Upload
from evidence.refusals import Refused
from evidence.services import uploading
from evidence.tests.make import make_pdf, make_revision, make_stored, make_upload, make_upload_under_way
from kla_portal.lib.versions import Stale
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def coordinator(evaluation: Evaluation) -> Any:
    return make_user(Role.COORDINATOR, evaluation.region)


@pytest.fixture
def used(evaluation: Evaluation) -> EvidenceRevision:
    """A document of Disdukcapil that proves 2.1 now and proved it in a cycle that was handed in."""
    agency = evaluation.region.agencies.get(kind="disdukcapil")
    revision = make_revision(agency=agency, title="SK Gugus Tugas", personal_data=False)
    for each in (evaluation, make_evaluation(region=evaluation.region, stage=Stage.ADMIN_VERIFICATION)):
        answer = make_answer(evaluation=each, code="2.1", state=AnswerState.APPROVED)
        make_link(answer=answer, revision=revision)
    return revision


def numbers() -> dict[str, int]:
    """The number of the revision that each stage's answer has."""
    links = AnswerEvidence.objects.attached().select_related("revision", "answer__evaluation")
    return {link.answer.evaluation.stage: link.revision.number for link in links}


def bring(revision: EvidenceRevision, by: Any, text: str = "Isi baru") -> library.Revised:
    return library.revise(revision.item, file=make_stored(make_pdf(text)), name="baru.pdf", by=by)


def test_a_new_revision_takes_its_place_where_answers_are_open(used: EvidenceRevision, coordinator: Any) -> None:
    done = bring(used, coordinator)
    assert (done.revision.number, done.moved, done.stayed, done.same) == (2, 1, 1, False)
    assert numbers() == {Stage.SELF_ASSESSMENT: 2, Stage.ADMIN_VERIFICATION: 1}
    mine, handed_in = Answer.objects.filter(question__code="2.1").exclude(value=None).order_by("evaluation__created_at")
    assert (mine.state, mine.version) == (AnswerState.ANSWERED, 2), "the approval was of the former state"
    assert (handed_in.state, handed_in.version) == (AnswerState.APPROVED, 1)
    assert list(Event.objects.filter(action="evidence.revise").values_list("detail", flat=True)) == ["2.1"]
    assert Event.objects.filter(action="evidence_revised", subject=f"evidence:{used.item_id}").count() == 1


def test_the_same_content_changes_nothing(used: EvidenceRevision, coordinator: Any) -> None:
    events = Event.objects.count()
    done = library.revise(used.item, file=used.file, name="lain.pdf", by=coordinator)
    assert done.same and done.revision == used and Event.objects.count() == events
    assert Answer.objects.filter(version__gt=1).count() == 0


def test_a_verdict_does_not_cover_the_new_revision(
    evaluation: Evaluation, used: EvidenceRevision, coordinator: Any
) -> None:
    answer = Answer.objects.get(evaluation=evaluation, question__code="2.1")
    score = make_score(answer=answer)
    bring(used, coordinator)
    answer.refresh_from_db()
    assert score.answer_version != answer.version


@pytest.mark.parametrize(("returned", "expected"), [(True, 2), (False, 1)])
def test_under_review_only_what_was_returned_follows(
    evaluation: Evaluation, used: EvidenceRevision, coordinator: Any, returned: bool, expected: int
) -> None:
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.TASK_FORCE_REVIEW)
    answer = Answer.objects.get(evaluation=evaluation, question__code="2.1")
    if returned:
        Answer.objects.filter(pk=answer.pk).update(state=AnswerState.RETURNED)
        Review.objects.create(
            answer=answer, answer_version=1, approved=False, reason="kurang", by=make_user(Role.TASK_FORCE)
        )
    bring(used, coordinator)
    assert numbers()[Stage.TASK_FORCE_REVIEW] == expected


def test_two_revisions_at_one_answer_become_one(
    evaluation: Evaluation, used: EvidenceRevision, coordinator: Any
) -> None:
    answer = Answer.objects.get(evaluation=evaluation, question__code="2.1")
    second = make_revision(item=used.item, content=make_pdf("Kedua"))
    late = make_link(answer=answer, revision=second)
    gone = make_link(answer=answer, revision=second, want="lain", removed_at=timezone.now())
    done = bring(used, coordinator)
    assert (done.revision.number, done.moved) == (3, 1)
    attached = AnswerEvidence.objects.attached().get(answer=answer)
    assert attached.revision == done.revision
    late.refresh_from_db()
    gone.refresh_from_db()
    assert late.removed_at is not None, "the later of the two for the same want is taken off"
    assert gone.revision == done.revision and gone.removed_at is not None, "put back, it is the newest"


def test_a_file_for_a_link_keeps_the_address(evaluation: Evaluation, coordinator: Any) -> None:
    link = make_revision(evaluation.region, url="https://contoh.go.id/a", title="Berita")
    done = library.revise(link.item, file=make_stored(make_pdf("Salinan")), name="salinan.pdf", by=coordinator)
    assert (done.revision.url, done.revision.original_name) == ("https://contoh.go.id/a", "salinan.pdf")
    assert library.revise_link(link.item, "https://contoh.go.id/b", by=coordinator).revision.file is None
    with pytest.raises(Refused):
        library.revise_link(link.item, "http://10.0.0.1/", by=coordinator)


def test_only_the_holder_and_the_coordinator_change_it(evaluation: Evaluation, used: EvidenceRevision) -> None:
    region = evaluation.region
    strangers = [
        make_user(Role.OPERATOR, region, region.agencies.get(kind="dinkes")),
        make_user(Role.TASK_FORCE, region),
        make_user(Role.COORDINATOR, make_region("73.71")),
    ]
    for stranger in strangers:
        for act in (
            lambda: bring(used, stranger),  # noqa: B023 - called at once
            lambda: library.delete(used.item, by=stranger),  # noqa: B023
            lambda: library.restore(used.item, by=stranger),  # noqa: B023
            lambda: library.describe(used.item, version=1, by=stranger, title="Lain"),  # noqa: B023
        ):
            with pytest.raises(PermissionDenied):
                act()
    holder = make_user(Role.OPERATOR, region, used.item.agency)
    assert bring(used, holder).revision.number == 2
    unused = make_revision(agency=used.item.agency, content=make_pdf("Belum dipakai"))
    with pytest.raises(PermissionDenied):
        library.describe(unused.item, version=1, by=holder, agency=region.agencies.get(kind="dinkes"))


def test_an_upload_ended_twice_makes_one_revision(
    evaluation: Evaluation, used: EvidenceRevision, coordinator: Any
) -> None:
    content = make_pdf("Lewat potongan")
    upload = make_upload_under_way(by=coordinator, content=content, size=len(content))
    first = library.revise_upload(used.item, upload, by=coordinator)
    upload.refresh_from_db()
    again = library.revise_upload(used.item, upload, by=coordinator)
    assert first.revision == again.revision and used.item.revisions.count() == 2
    assert not uploading.path_of(upload).exists()
    other = make_revision(evaluation.region, title="Lain")
    with pytest.raises(Refused):
        library.revise_upload(other.item, upload, by=coordinator)


def test_an_upload_sent_again_is_a_new_revision_when_another_came_between(
    used: EvidenceRevision, coordinator: Any
) -> None:
    content = make_pdf("Lewat potongan")
    upload = make_upload_under_way(by=coordinator, content=content, size=len(content))

    def end() -> library.Revised:
        return library.revise_upload(used.item, Upload.objects.get(pk=upload.pk), by=coordinator)

    first = end()
    bring(used, coordinator, "Di antaranya")
    anew = end()
    assert (anew.revision.number, anew.revision.file, anew.moved) == (4, first.revision.file, 1)
    assert end().revision == anew.revision and used.item.revisions.count() == 4
    assert numbers()[Stage.SELF_ASSESSMENT] == 4


# --- deleted and brought back -----------------------------------------------------------------------------------------
def test_what_proves_a_handed_in_answer_is_not_deleted(used: EvidenceRevision, coordinator: Any) -> None:
    with pytest.raises(library.InUse) as refused:
        library.delete(used.item, by=coordinator)
    assert [link.answer.evaluation.stage for link in refused.value.links] == [Stage.ADMIN_VERIFICATION]
    used.item.refresh_from_db()
    assert used.item.deleted_at is None and AnswerEvidence.objects.attached().count() == 2


def test_deleting_takes_it_off_and_undo_puts_it_back(evaluation: Evaluation, coordinator: Any) -> None:
    revision = make_revision(evaluation.region, title="Rekap")
    answer = make_answer(evaluation=evaluation, code="2.1", state=AnswerState.APPROVED)
    link = make_link(answer=answer, revision=revision)
    earlier = make_link(answer=answer, revision=revision, want="lain", removed_at=timezone.now())
    item = library.delete(revision.item, by=coordinator)
    assert item.deleted_at is not None and item.deleted_by == coordinator
    assert not AnswerEvidence.objects.attached().exists()
    answer.refresh_from_db()
    assert (answer.version, answer.state) == (2, AnswerState.ANSWERED)
    events = Event.objects.count()
    library.delete(item, by=coordinator)
    assert Event.objects.count() == events, "twice changes nothing"
    with pytest.raises(PermissionDenied):
        bring(revision, coordinator)

    assert library.restore(item, by=coordinator) == 1
    link.refresh_from_db()
    earlier.refresh_from_db()
    assert link.removed_at is None and earlier.removed_at is not None, "what was off before stays off"
    item.refresh_from_db()
    assert item.deleted_at is None and item.deleted_by is None
    assert library.restore(item, by=coordinator) == 0


def test_undo_leaves_alone_what_was_handed_in_meanwhile(evaluation: Evaluation, coordinator: Any) -> None:
    revision = make_revision(evaluation.region)
    make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=revision)
    library.delete(revision.item, by=coordinator)
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.ADMIN_VERIFICATION)
    assert library.restore(revision.item, by=coordinator) == 0
    assert not AnswerEvidence.objects.attached().exists()


def test_what_is_really_gone_does_not_come_back(evaluation: Evaluation, coordinator: Any) -> None:
    revision = make_revision(evaluation.region)
    library.delete(revision.item, by=coordinator)
    EvidenceRevision.objects.filter(pk=revision.pk).update(file=None, purged_at=timezone.now())
    with pytest.raises(Refused):
        library.restore(revision.item, by=coordinator)


# --- described and added ----------------------------------------------------------------------------------------------
def in_stage(evaluation: Evaluation, stage: Stage, state: AnswerState = AnswerState.APPROVED) -> EvidenceRevision:
    revision = make_revision(evaluation.region, title="SK Gugus Tugas", personal_data=True)
    make_link(answer=make_answer(evaluation=evaluation, code="2.1", state=state), revision=revision)
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=stage)
    return revision


CONTENT: list[tuple[str, Any]] = [
    ("title", "Judul lain"),
    ("kind", "report"),
    ("number", "99/2024"),
    ("dated", date(2024, 5, 6)),
    ("signatory", "Wali Kota"),
    ("data_year", 2024),
    ("valid_from", date(2024, 1, 1)),
    ("valid_until", date(2030, 1, 1)),
    ("agency", None),
    ("personal_data", False),
]


@pytest.mark.parametrize(
    ("stage", "state"),
    [
        (Stage.TASK_FORCE_REVIEW, AnswerState.ANSWERED),
        (Stage.TASK_FORCE_REVIEW, AnswerState.APPROVED),
        *((stage, AnswerState.APPROVED) for stage in JUDGED),
    ],
)
def test_what_judges_read_stands_still(
    evaluation: Evaluation, coordinator: Any, stage: Stage, state: AnswerState
) -> None:
    item = in_stage(evaluation, stage, state).item
    EvidenceItem.objects.filter(pk=item.pk).update(agency=evaluation.region.agencies.get(kind="disdukcapil"))
    item.refresh_from_db()
    assert {name for name, _ in CONTENT} == set(library.STANDING)
    for name, value in CONTENT:
        with pytest.raises(library.InUse) as refused:
            library.describe(item, version=1, by=coordinator, tags=["akta"], **{name: value})
        assert [link.answer.question.code for link in refused.value.links] == ["2.1"], name
    assert not Event.objects.filter(action="evidence_described").exists()
    stored = {name: getattr(item, name) for name in library.STANDING}
    assert library.describe(item, version=1, by=coordinator, tags=["akta"], note="Asli di lemari", **stored)
    item.refresh_from_db()
    assert (item.version, item.tags, item.note, item.title) == (2, ["akta"], "Asli di lemari", "SK Gugus Tugas")


def test_personal_data_may_be_closed_at_any_time_and_not_opened_again(evaluation: Evaluation, coordinator: Any) -> None:
    item = in_stage(evaluation, Stage.MINISTRY_REVIEW).item
    EvidenceItem.objects.filter(pk=item.pk).update(personal_data=False)
    assert library.describe(item, version=1, by=coordinator, personal_data=True)
    with pytest.raises(library.InUse):
        library.describe(item, version=2, by=coordinator, personal_data=False)
    assert EvidenceItem.objects.get(pk=item.pk).personal_data


@pytest.mark.parametrize(
    ("stage", "state"),
    [
        (Stage.SELF_ASSESSMENT, AnswerState.APPROVED),
        (Stage.TASK_FORCE_REVIEW, AnswerState.RETURNED),
        (Stage.AWARDED, AnswerState.APPROVED),
    ],
)
def test_where_nobody_judges_it_is_described_and_the_answer_stays_as_it_is(
    evaluation: Evaluation, coordinator: Any, stage: Stage, state: AnswerState
) -> None:
    item = in_stage(evaluation, stage, state).item
    assert library.describe(item, version=1, by=coordinator, title="Judul lain", data_year=2024)
    assert EvidenceItem.objects.get(pk=item.pk).title == "Judul lain"
    answer = Answer.objects.get(evaluation=evaluation, question__code="2.1")
    assert (answer.version, answer.state) == (1, state)


def test_an_award_frees_nothing_that_another_evaluation_still_judges(evaluation: Evaluation, coordinator: Any) -> None:
    revision = in_stage(evaluation, Stage.AWARDED)
    other = make_evaluation(region=evaluation.region, stage=Stage.FINAL)
    link = make_link(answer=make_answer(evaluation=other, code="2.1"), revision=revision)
    with pytest.raises(library.InUse):
        library.describe(revision.item, version=1, by=coordinator, title="Judul lain")
    AnswerEvidence.objects.filter(pk=link.pk).update(removed_at=timezone.now())
    assert library.describe(revision.item, version=1, by=coordinator, title="Judul lain")


def test_a_description_is_an_event_with_before_and_after(used: EvidenceRevision, coordinator: Any) -> None:
    AnswerEvidence.objects.filter(answer__evaluation__stage=Stage.ADMIN_VERIFICATION).update(removed_at=timezone.now())
    assert library.describe(used.item, version=1, by=coordinator, title="SK Baru", number="12/2024", tags=["akta"])
    item = EvidenceItem.objects.get(pk=used.item_id)
    assert (item.version, item.title, item.number) == (2, "SK Baru", "12/2024")
    assert "12/2024" in item.search and "\n#akta\n" in item.search and "gugus tugas" not in item.search
    event = Event.objects.get(action="evidence_described")
    assert (event.before, event.after) == (
        {"title": "SK Gugus Tugas", "number": "", "tags": []},
        {"title": "SK Baru", "number": "12/2024", "tags": ["akta"]},
    )
    assert not library.describe(item, version=2, by=coordinator, title="SK Baru")
    with pytest.raises(Stale):
        library.describe(item, version=1, by=coordinator, title="Kalah cepat")


def test_a_known_file_is_not_added_again(evaluation: Evaluation, coordinator: Any) -> None:
    said = {"title": "SK", "kind": "sk", "personal_data": False, "number": "7", "data_year": 2024}
    content = make_pdf("SK")
    first = library.add_file(make_upload(content), said=said, agency=None, by=coordinator, once_key="a")
    assert not first.known and (first.item.number, first.item.data_year) == ("7", 2024)
    again = library.add_file(make_upload(content), said=said, agency=None, by=coordinator, once_key="b")
    assert again.known and again.item == first.item
    assert (
        library.add_file(make_upload(content), said=said, agency=None, by=coordinator, once_key="a").item == first.item
    )
    assert EvidenceItem.objects.count() == 1
    with pytest.raises(PermissionDenied):
        library.add_file(make_upload(), said=said, agency=None, by=make_user(Role.TASK_FORCE, evaluation.region))


@pytest.mark.parametrize("how", ["deleted", "revised"])
def test_an_upload_sent_again_is_added_anew_when_what_it_made_is_gone(
    evaluation: Evaluation, coordinator: Any, how: str
) -> None:
    content = make_pdf("Lewat potongan")
    upload = make_upload_under_way(by=coordinator, content=content, size=len(content))
    said = {"title": "Rekap", "kind": "lainnya", "personal_data": True}

    def end() -> library.Added:
        return library.add_upload(Upload.objects.get(pk=upload.pk), said=said, agency=None, by=coordinator)

    first = end().item
    assert end().item == first
    if how == "deleted":
        library.delete(first, by=coordinator)
    else:
        library.revise(first, file=make_stored(make_pdf("Lain")), name="lain.pdf", by=coordinator)
    anew = end()
    assert anew.item != first and anew.item.deleted_at is None and not anew.known
    assert anew.item.revisions.get().file_id == first.revisions.get(number=1).file_id
    assert end().item == anew.item and EvidenceItem.objects.count() == 2, "the answer was lost: no second copy"
