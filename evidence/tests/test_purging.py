"""Deletion that is real: what goes, in which order, and what a kill in between leaves."""

import os
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import Settings

from evidence import previews, store
from evidence.archive import Tally, defects
from evidence.models import EvidenceItem, EvidenceRevision, StoredFile
from evidence.services import purging, receive
from evidence.services.purging import drop_unused, purge
from evidence.services.sweeping import sweep
from evidence.tests.make import make_pdf, make_person, make_revision, make_stored, make_upload
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def drawings(tmp_path: Path, settings: Settings) -> Path:
    settings.PREVIEWS_DIR = tmp_path / "previews"
    return settings.PREVIEWS_DIR


def drawn_page(sha256: str, folder: Path) -> Path:
    place = folder / sha256[:2] / f"{sha256}-1.jpg"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"a page")
    return place


def rows(*revisions: EvidenceRevision) -> QuerySet[EvidenceRevision]:
    return EvidenceRevision.objects.filter(pk__in=[revision.pk for revision in revisions])


def test_bytes_copy_and_pages_go_and_the_list_stays(drawings: Path) -> None:
    revision = make_revision(content=make_pdf("pergi"), title="SK lama")
    stored = revision.file
    assert stored is not None
    with store.incoming([b"salinan"], 100) as part:
        part.keep()
    StoredFile.objects.filter(pk=stored.pk).update(served_sha256=part.sha256, served_size=part.size)
    pages = [drawn_page(stored.pk, drawings), drawn_page(part.sha256, drawings)]
    assert purge(rows(revision), reason="lewat") == 1
    assert drop_unused() == 1
    revision.refresh_from_db()
    assert (revision.file, revision.original_name, revision.item.title) == (None, "bukti.pdf", "SK lama")
    assert revision.purged_at is not None
    assert store.size_of(stored.pk) is None and store.size_of(part.sha256) is None
    assert not any(page.exists() for page in pages)
    event = Event.objects.about(f"evidence:{revision.item_id}").get(action="evidence_purged")
    assert event.before["files"][0]["sha256"] == stored.pk
    assert event.reason == "lewat"
    assert list(defects(Tally())) == []
    assert (purge(rows(revision), reason="lewat"), drop_unused()) == (0, 0)


def test_only_the_revisions_named_lose_their_file() -> None:
    first = make_revision(content=make_pdf("satu"))
    second = make_revision(item=first.item, content=make_pdf("revisi dua"))
    EvidenceItem.objects.filter(pk=first.item_id).update(size=second.file.size)  # type: ignore[union-attr]
    assert purge(rows(first), reason="lewat") == 1
    assert drop_unused() == 1
    second.refresh_from_db()
    assert second.file is not None and store.size_of(second.file.pk) == second.file.size
    assert (second.purged_at, EvidenceItem.objects.get().size) == (None, second.file.size)
    assert [file["number"] for file in Event.objects.get(action="evidence_purged").before["files"]] == [1]
    assert purge(rows(first, second), reason="lewat") == 1
    assert EvidenceItem.objects.get().size == 0


def test_bytes_that_another_document_shares_stay() -> None:
    content = make_pdf("dipakai berdua")
    gone, stays = make_revision(content=content), make_revision(content=content)
    purge(rows(gone), reason="lewat")
    assert drop_unused() == 0
    stays.refresh_from_db()
    assert stays.file is not None and store.size_of(stays.file.pk) == len(content)


def test_a_copy_that_is_somebody_elses_original_stays() -> None:
    revision, other = make_revision(content=make_pdf("foto")), make_stored(make_pdf("salinan"))
    make_revision(content=make_pdf("salinan"))
    StoredFile.objects.filter(pk=revision.file_id).update(served_sha256=other.pk, served_size=other.size)
    purge(rows(revision), reason="lewat")
    assert drop_unused() == 1
    assert store.size_of(other.pk) == other.size


def test_what_has_just_arrived_is_not_taken_for_unused() -> None:
    content = make_pdf("baru tiba")
    stored = receive(make_upload(content), by=make_person(), region=make_region())
    assert drop_unused() == 0
    assert store.size_of(stored.pk) == len(content)


def test_an_upload_of_bytes_that_are_being_removed_brings_them_back() -> None:
    """The row is gone, the bytes not yet: the upload makes a row of its own, and the sweep leaves both."""
    content = make_pdf("datang lagi")
    revision = make_revision(content=content)
    purge(rows(revision), reason="lewat")
    StoredFile.objects.filter(pk=revision.file_id).delete()
    stored = receive(make_upload(content), by=make_person(), region=make_region())
    swept = sweep(timezone.now() + timedelta(minutes=30))
    assert (swept.unused, swept.orphans) == (0, 0)
    assert store.size_of(stored.pk) == len(content)


class Dead(BaseException):
    """The process ends here."""


STEPS = [(purging, "record"), (purging, "spoken_of"), (store, "remove"), (previews, "forget")]


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize(("owner", "name"), STEPS, ids=[name for _, name in STEPS])
def test_a_fault_at_any_step_leaves_no_row_without_its_file(
    owner: ModuleType, name: str, nth: int, drawings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = make_revision(content=make_pdf("di tengah jalan"))
    stored = revision.file
    assert stored is not None
    StoredFile.objects.filter(pk=stored.pk).update(served_sha256=stored.pk[::-1], served_size=1)
    old = timezone.now().timestamp() - 90_000
    os.utime(store.path_of(stored.pk), (old, old))
    drawn_page(stored.pk, drawings)
    drawn_page(stored.pk[::-1], drawings)
    real, calls = getattr(owner, name), [0]

    def die(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == nth:
            raise Dead
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, die)
        with pytest.raises(Dead):
            purge(rows(revision), reason="lewat")
            drop_unused()
    assert all(store.size_of(row.pk) == row.size for row in StoredFile.objects.all())
    purge(rows(revision), reason="lewat")
    sweep()
    assert store.size_of(stored.pk) is None
    assert not StoredFile.objects.exists()
    assert list(previews.drawn()) == []
    assert list(defects(Tally())) == []
