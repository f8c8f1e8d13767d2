"""The archive against the database: every planted defect is found, and nothing else."""

import os
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from evidence import store
from evidence.archive import CONTENT, FOREIGN, MISSING, PAGE, PURGED, SIZE, UNKNOWN, Tally, defects
from evidence.models import EvidenceItem, EvidenceRevision, StoredFile
from evidence.services.purging import purge
from evidence.services.sweeping import sweep
from evidence.tests.held import Held
from evidence.tests.make import make_pdf, make_revision, make_stored

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def drawings(tmp_path: Path, settings: Settings) -> None:
    settings.PREVIEWS_DIR = tmp_path / "previews"


def planted(held: Held) -> dict[str, set[str]]:
    """Sound files, and one or two of every defect; what is to be found, by kind."""
    sound = [make_stored(make_pdf(f"utuh {n}")) for n in range(5)]
    with store.incoming([b"salinan tanpa EXIF"], 100) as part:
        part.keep()
        StoredFile.objects.filter(pk=sound[0].pk).update(served_sha256=part.sha256, served_size=part.size)
    gone = [make_stored(make_pdf(f"hilang {n}")) for n in range(2)]
    for stored in gone:
        store.remove(stored.pk)
    cut, flipped = make_stored(make_pdf("terpotong")), make_stored(make_pdf("berubah"))
    held.spoil(cut.pk)
    content = bytearray(held.read(flipped.pk))
    content[20] ^= 1
    held.spoil(flipped.pk, bytes(content))
    swapped = make_stored(make_pdf("tertukar"))
    held.spoil(swapped.pk, b"x" * swapped.size)
    with store.incoming([b"tanpa catatan"], 100) as part:
        part.keep()
        stray = part.sha256
    held.write("catatan.txt", b"bukan berkas portal")
    held.write(f"00/11/{'f' * 64}", b"salah tempat")
    drawn(sound[0].pk)
    drawn(part.sha256[::-1])
    half = make_revision(content=make_pdf("setengah dihapus"))
    EvidenceRevision.objects.filter(pk=half.pk).update(purged_at=timezone.now())
    return {
        MISSING: {store.name_of(stored.pk) for stored in gone},
        SIZE: {store.name_of(cut.pk)},
        CONTENT: {store.name_of(flipped.pk), store.name_of(swapped.pk)},
        UNKNOWN: {store.name_of(stray)},
        FOREIGN: {"catatan.txt", f"00/11/{'f' * 64}"},
        PAGE: {f"{part.sha256[::-1]}-1.jpg"},
        PURGED: {str(half.pk)},
    }


def drawn(sha256: str) -> None:
    """A page of a file, as `previews` keeps it."""
    place = Path(django_settings.PREVIEWS_DIR) / sha256[:2] / f"{sha256}-1.jpg"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"a page")


def test_every_planted_defect_is_found_and_nothing_else(held: Held) -> None:
    expected = planted(held)
    found: dict[str, set[str]] = {}
    tally = Tally()
    for defect in defects(tally):
        found.setdefault(defect.what, set()).add(defect.name)
    assert found == expected
    assert (tally.rows, tally.files) == (12, 11)


def test_the_command_names_them_and_fails_and_a_sound_archive_passes(held: Held) -> None:
    make_stored(make_pdf("utuh"))
    out = StringIO()
    call_command("check_archive", stdout=out)
    assert "1 catatan dan 1 berkas" in out.getvalue()
    assert "tidak ada cacat" in out.getvalue()
    expected = planted(held)
    with pytest.raises(CommandError, match="10 cacat ditemukan"):
        call_command("check_archive", stdout=out)
    assert all(name in out.getvalue() for names in expected.values() for name in names)
    with pytest.raises(CommandError, match="8 cacat ditemukan"):
        call_command("check_archive", "--quick", stdout=out)


def test_what_was_deleted_or_purged_on_purpose_is_no_defect(held: Held) -> None:
    tombstone, purged = (make_revision(content=make_pdf(f"sengaja {number}")) for number in range(2))
    items = EvidenceItem.objects.filter(pk__in=[tombstone.item_id, purged.item_id])
    items.update(deleted_at=timezone.now())
    drawn(tombstone.file_id or "")
    purge(purged.item.revisions.all(), reason="lewat")
    assert list(defects(Tally())) == []  # its bytes are still there, spoken of by their row
    assert sweep().unused == 1
    tally = Tally()
    assert list(defects(tally)) == []
    assert (tally.rows, tally.files) == (1, 1)


@pytest.mark.parametrize("step", ["size_of", "hash_of"])
def test_what_a_sweep_removes_meanwhile_is_no_defect(held: Held, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row was listed; before its bytes are looked at, a sweep takes both."""
    make_revision(content=make_pdf("tetap"))
    gone = make_stored(make_pdf("pergi"))
    drawn(gone.pk)
    real = getattr(store, step)

    def swept(sha256: str) -> Any:
        monkeypatch.setattr(store, step, real)
        assert sweep().unused == 1
        return real(sha256)

    def first(sha256: str) -> Any:
        return swept(sha256) if sha256 == gone.pk else real(sha256)

    monkeypatch.setattr(store, step, first)
    assert list(defects(Tally())) == []
    assert not StoredFile.objects.filter(pk=gone.pk).exists()


def test_what_arrives_or_goes_after_the_rows_were_read_is_no_defect(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.incoming([b"yatim"], 100) as part:
        part.keep()
    real = store.every

    def later() -> Iterator[store.Kept]:
        drawn(make_revision(content=make_pdf("baru tiba")).file_id or "")
        found = list(real())
        assert len(found) == 2
        store.remove(part.sha256)
        return iter(found)

    monkeypatch.setattr(store, "every", later)
    assert list(defects(Tally())) == []


def test_what_is_arriving_is_no_defect(held: Held) -> None:
    with store.incoming([b"sedang tiba"], 100):
        assert list(defects(Tally())) == []


def test_the_sweep_takes_old_litter_and_nothing_that_a_row_speaks_of(held: Held) -> None:
    stored = make_revision(content=make_pdf("dipakai")).file
    assert stored is not None
    with store.incoming([b"yatim"], 100) as part:
        part.keep()
        orphan = part.sha256
    old, young = store.spool() / "lama.part", store.spool() / "baru.part"
    for path in (old, young):
        path.write_bytes(b"sisa")
    hour_ago = timezone.now().timestamp() - 3700
    os.utime(old, (hour_ago, hour_ago))
    assert sweep().orphans == 0
    assert not old.exists()
    assert young.exists()
    later = timezone.now() + timedelta(days=2)
    assert sweep(later).orphans == 1
    assert store.size_of(orphan) is None
    assert store.size_of(stored.pk) == stored.size
    assert sweep(later).orphans == 0
