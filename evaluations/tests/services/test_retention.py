"""Which documents lose their files: deleted long enough and used by nobody, or of a cycle whose time is over."""

from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import storages
from django.core.management import call_command
from django.db.models.functions import Now, TruncDate
from django.utils import timezone
from pytest_django import Settings

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import DocumentVerdict, Stage
from evaluations.models import Answer, AnswerEvidence, Cycle, Evaluation, EvidenceVerdict
from evaluations.queries.retention import WEST, going
from evaluations.services.attaching import attach_revision
from evaluations.services.library import revise
from evaluations.services.retention import Purged, purge_due
from evaluations.tasks import sweep_archive
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link
from evidence import store
from evidence.enums import FileState
from evidence.models import EvidenceItem, EvidenceRevision, StoredFile
from evidence.tests.make import make_pdf, make_revision, make_stored
from trail.models import Event

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=8)


@pytest.fixture(autouse=True)
def archive(tmp_path: Any, settings: Settings) -> None:
    options = {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence", "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "evidence": options}
    settings.PREVIEWS_DIR = tmp_path / "previews"
    assert storages["evidence"].path("") == str(tmp_path / "evidence")


def there(revision: EvidenceRevision) -> bool:
    revision.refresh_from_db()
    assert (revision.file is None) == (revision.purged_at is not None)
    return revision.file is not None and store.size_of(revision.file.pk) == revision.file.size


def today() -> date:
    """The database's day."""
    return Cycle.objects.annotate(day=TruncDate(Now(), tzinfo=WEST)).values_list("day", flat=True)[0]


def link_in(evaluation: Evaluation, revision: EvidenceRevision | None = None, code: str = "") -> AnswerEvidence:
    content = make_pdf(f"bukti {EvidenceRevision.objects.count()}")
    revision = revision or make_revision(evaluation.region, content=content)
    return make_link(answer=make_answer(evaluation=evaluation, code=code), revision=revision)


# --- deleted --------------------------------------------------------------------------------------------------------
def deleted(ago: timedelta = LONG_AGO, **more: Any) -> EvidenceRevision:
    revision = make_revision(content=make_pdf(f"hapus {EvidenceRevision.objects.count()}"), **more)
    EvidenceItem.objects.filter(pk=revision.item_id).update(deleted_at=timezone.now() - ago)
    return revision


def test_what_was_deleted_long_enough_goes_and_nothing_younger(settings: Settings) -> None:
    old, young, kept = deleted(), deleted(timedelta(days=6, hours=23)), make_revision(content=make_pdf("tetap"))
    assert purge_due() == Purged(deleted=1, outlived=0)
    sweep_archive()
    assert (there(old), there(young), there(kept)) == (False, True, True)
    assert StoredFile.objects.count() == 2
    assert purge_due() == Purged(0, 0)
    settings.EVIDENCE_KEEP_DELETED_DAYS = 6
    assert purge_due() == Purged(1, 0)


def test_all_revisions_of_a_deleted_document_go() -> None:
    first = deleted()
    second = make_revision(item=first.item, content=make_pdf("revisi dua"))
    assert purge_due().deleted == 1
    assert (there(first), there(second)) == (False, False)
    assert len(Event.objects.get(action="evidence_purged").before["files"]) == 2


@pytest.mark.parametrize("stage", [Stage.SELF_ASSESSMENT, Stage.MINISTRY_REVIEW, Stage.AWARDED])
def test_what_an_answer_still_shows_stays(stage: Stage) -> None:
    evaluation = make_evaluation(stage=stage)
    link = link_in(evaluation, deleted(region=evaluation.region))
    assert purge_due().deleted == 0
    AnswerEvidence.objects.filter(pk=link.pk).update(removed_at=timezone.now())
    assert purge_due().deleted == 1


def test_what_a_judge_has_looked_at_stays() -> None:
    evaluation = make_evaluation(stage=Stage.FINAL)
    link = link_in(evaluation, deleted(region=evaluation.region))
    by = make_user(Role.EVALUATOR)
    EvidenceVerdict.objects.create(
        link=link, revision=link.revision, stage=Stage.FINAL, verdict=DocumentVerdict.ACCEPTED, by=by
    )
    AnswerEvidence.objects.filter(pk=link.pk).update(removed_at=timezone.now())
    assert purge_due().deleted == 0
    assert there(link.revision)


def test_what_is_gone_is_not_put_to_an_answer_again() -> None:
    evaluation = make_evaluation()
    revision = deleted(region=evaluation.region)
    assert purge_due().deleted == 1
    EvidenceItem.objects.update(deleted_at=None, personal_data=False)
    answer = Answer.objects.select_related("evaluation__region", "question").filter(evaluation=evaluation)[0]
    coordinator = make_user(Role.COORDINATOR, evaluation.region)
    revision.refresh_from_db()
    with pytest.raises(PermissionDenied, match="dihapus dari penyimpanan"):
        attach_revision(answer, revision, want="", by=coordinator)
    assert not AnswerEvidence.objects.exists()


# --- a cycle's time is over -----------------------------------------------------------------------------------------
@pytest.fixture
def done() -> Evaluation:
    """Awarded, in a cycle whose last day was yesterday."""
    evaluation = make_evaluation(stage=Stage.AWARDED)
    Cycle.objects.update(keep_evidence_until=today() - timedelta(days=1))
    return evaluation


def test_files_go_when_the_last_day_is_over_and_the_list_stays(done: Evaluation) -> None:
    link = link_in(done)
    sha256 = link.revision.file_id
    unused = make_revision(done.region, content=make_pdf("tidak dipakai"))
    assert purge_due() == Purged(deleted=0, outlived=1)
    sweep_archive()
    assert (there(link.revision), there(unused)) == (False, True)
    link.refresh_from_db()
    assert (link.removed_at, link.proves, link.revision.item.title) == (None, True, "Bukti contoh")
    event = Event.objects.get(action="evidence_purged")
    assert (event.before["files"][0]["sha256"], event.reason) == (sha256, "Masa simpan data dukung siklus sudah lewat.")


@pytest.mark.parametrize("days", [0, 1])
def test_never_before_the_day_is_over(done: Evaluation, days: int) -> None:
    link = link_in(done)
    Cycle.objects.update(keep_evidence_until=today() + timedelta(days=days))
    assert purge_due() == Purged(0, 0)
    assert there(link.revision)


def test_the_clock_is_the_databases(done: Evaluation, monkeypatch: pytest.MonkeyPatch) -> None:
    link = link_in(done)
    Cycle.objects.update(keep_evidence_until=today())
    real = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: real + timedelta(days=400))
    assert purge_due() == Purged(0, 0)
    assert there(link.revision)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage != Stage.AWARDED])
def test_an_evaluation_that_is_not_awarded_keeps_its_evidence(done: Evaluation, stage: Stage) -> None:
    link = link_in(done)
    Evaluation.objects.update(stage=stage)
    assert purge_due() == Purged(0, 0)
    assert there(link.revision)


@pytest.mark.parametrize("later_stage", [Stage.SELF_ASSESSMENT, Stage.AWARDED])
def test_what_another_living_cycle_uses_stays(done: Evaluation, later_stage: Stage) -> None:
    link = link_in(done)
    later = make_evaluation(region=done.region, cycle=make_cycle(instrument=done.cycle.instrument), stage=later_stage)
    other = link_in(later, link.revision)
    assert purge_due() == Purged(0, 0)
    assert there(link.revision)
    AnswerEvidence.objects.filter(pk=other.pk).update(removed_at=timezone.now())
    assert purge_due() == Purged(0, 1)


def test_what_became_of_the_document_since_stays(done: Evaluation) -> None:
    """A revision brought in after the award is no evidence of the cycle that is over, however often it is asked."""
    link = link_in(done)
    coordinator = make_user(Role.COORDINATOR, done.region)
    Cycle.objects.update(keep_evidence_until=None)
    newer = []
    for text in ("versi baru", "versi lebih baru"):
        revised = revise(link.revision.item, file=make_stored(make_pdf(text)), name="baru.pdf", by=coordinator)
        newer.append(revised.revision)
    told = going(done.cycle)
    assert link.revision.file is not None
    assert (told.items, told.files, told.size, told.elsewhere) == (1, 1, link.revision.file.size, 0)
    Cycle.objects.update(keep_evidence_until=today() - timedelta(days=1))
    assert purge_due() == Purged(deleted=0, outlived=1)
    sweep_archive()
    assert [there(revision) for revision in (link.revision, *newer)] == [False, True, True]
    assert newer[1].file is not None
    assert EvidenceItem.objects.get(pk=link.revision.item_id).size == newer[1].file.size
    assert purge_due() == Purged(0, 0)
    told = going(done.cycle)
    assert (told.items, told.files, told.elsewhere) == (0, 0, 0)


def test_a_newer_revision_goes_with_the_later_cycle_that_shows_it(done: Evaluation) -> None:
    link = link_in(done)
    newer = make_revision(item=link.revision.item, content=make_pdf("siklus berikutnya"))
    later = make_evaluation(region=done.region, cycle=make_cycle(instrument=done.cycle.instrument), stage=Stage.AWARDED)
    link_in(later, newer)
    assert purge_due() == Purged(0, 0), "the later evaluation shows the document"
    assert (going(done.cycle).items, going(done.cycle).elsewhere) == (0, 1)
    assert (going(later.cycle).items, going(later.cycle).files) == (1, 2)
    Cycle.objects.update(keep_evidence_until=today() - timedelta(days=1))
    assert purge_due() == Purged(0, 1)
    assert (there(link.revision), there(newer)) == (False, False)


def test_a_quarantined_file_stays_sealed(done: Evaluation) -> None:
    link = link_in(done)
    StoredFile.objects.update(state=FileState.QUARANTINED)
    assert purge_due() == Purged(0, 0)
    assert not AnswerEvidence.objects.proving().filter(pk=link.pk).exists()


def test_what_would_go_is_counted_before(done: Evaluation) -> None:
    Cycle.objects.update(keep_evidence_until=None)
    codes = list(Answer.objects.filter(evaluation=done).order_by("pk").values_list("question__code", flat=True))
    one, two = link_in(done, code=codes[0]), link_in(done, code=codes[1])
    later = make_evaluation(region=done.region, cycle=make_cycle(instrument=done.cycle.instrument))
    link_in(later, two.revision)
    told = going(done.cycle)
    assert one.revision.file is not None
    assert (told.items, told.files, told.size, told.elsewhere, told.unfinished) == (1, 1, one.revision.file.size, 1, 0)
    assert (going(later.cycle).items, going(later.cycle).unfinished) == (0, 1)
    Cycle.objects.filter(pk=done.cycle_id).update(keep_evidence_until=today() - timedelta(days=1))
    assert purge_due().outlived == told.items


def test_the_command_says_what_it_did(done: Evaluation) -> None:
    link_in(done)
    deleted()
    said = StringIO()
    call_command("sweep", stdout=said)
    assert "1 dokumen terhapus dan 1 dokumen lewat masa simpan" in said.getvalue()
    assert "2 berkas tidak terpakai" in said.getvalue()
