"""Taking in files and links: what stands on the disk, in the rows and in the trail afterwards."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from pytest_django import Settings

from evidence import store
from evidence.cards import card
from evidence.enums import FileState
from evidence.models import EvidenceItem, EvidenceRevision, StoredFile
from evidence.refusals import Refused, TooLarge
from evidence.services import add_file, add_link, receive
from evidence.tests.held import Held
from evidence.tests.make import make_jpeg, make_pdf, make_person, make_revision, make_stored, make_upload
from regions.tests.make import make_agency, make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


def files_in(archive: Path) -> list[Path]:
    return [path for path in archive.rglob("*") if path.is_file()]


def test_add_file_keeps_the_bytes_under_their_hash(held: Held) -> None:
    agency, person, content = make_agency(), make_person(), make_pdf("SK Gugus Tugas")
    revision = add_file(
        make_upload(content, "SK Gugus Tugas.pdf"),
        region=agency.region,
        agency=agency,
        title="SK Gugus Tugas KLA",
        kind="sk",
        personal_data=False,
        by=person,
    )
    assert revision.file is not None
    assert held.read(revision.file.sha256) == content
    assert (revision.file.size, revision.file.mime, revision.file.state) == (len(content), "application/pdf", "clean")
    assert held.names() == {store.name_of(revision.file.sha256)} and not held.parts()
    added = Event.objects.get(action="evidence_added")
    assert (added.actor, added.region_code, added.detail) == (person, "64.71", "SK Gugus Tugas KLA")


def test_the_same_bytes_twice_are_one_file_and_two_items(held: Held) -> None:
    agency, person, content = make_agency(), make_person(), make_pdf()
    for name in ("satu.pdf", "dua.pdf"):
        add_file(make_upload(content, name), region=agency.region, agency=agency, by=person)
    assert len(held.names()) == 1
    assert StoredFile.objects.count() == 1
    assert EvidenceRevision.objects.count() == 2
    assert Event.objects.filter(action="file_stored").count() == 1


def test_add_link() -> None:
    agency = make_agency()
    link = "https://jdih.balikpapan.go.id/perda/12"
    revision = add_link(link, region=agency.region, agency=agency, title="Perda KLA", by=make_person())
    assert (revision.url, revision.file, revision.item.kind) == (link, None, "tautan")
    assert (Event.objects.get(action="evidence_added").after or {})["url"] == link


def nothing_is_left(held: Held) -> bool:
    rows = StoredFile.objects.count() + EvidenceItem.objects.count() + EvidenceRevision.objects.count()
    return not rows and not Event.objects.count() and not held.names() and not held.parts()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("kosong.pdf", b"", "empty"),
        ("surat.exe", b"MZ", "extension"),
        ("surat.pdf", b"<html>", "mismatch"),
        ("foto.jpg", make_jpeg()[:-100], "broken"),
    ],
)
def test_a_refused_file_leaves_nothing(held: Held, name: str, content: bytes, code: str) -> None:
    agency = make_agency()
    with pytest.raises(Refused) as refusal:
        add_file(make_upload(content, name), region=agency.region, agency=agency, by=make_person())
    assert refusal.value.code == code
    assert nothing_is_left(held)


@pytest.mark.parametrize(("more", "taken"), [(1, True), (0, True), (-1, False)])
def test_the_limit_is_exact(held: Held, settings: Settings, more: int, taken: bool) -> None:
    content, region = make_pdf(), make_region()
    settings.EVIDENCE_MAX_BYTES = len(content) + more
    if taken:
        assert receive(make_upload(content), by=make_person(), region=region).size == len(content)
        return
    with pytest.raises(TooLarge):
        receive(make_upload(content), by=make_person(), region=region)
    assert nothing_is_left(held)


def test_a_size_that_is_not_told_is_counted(held: Held, settings: Settings) -> None:
    settings.EVIDENCE_MAX_BYTES = 100
    upload = make_upload(make_pdf())
    upload.size = None
    with pytest.raises(TooLarge):
        receive(upload, by=make_person(), region=make_region())
    assert nothing_is_left(held)


def test_bytes_once_refused_stay_refused() -> None:
    content = make_pdf()
    make_stored(content, state=FileState.QUARANTINED)
    with pytest.raises(Refused) as refusal:
        receive(make_upload(content), by=make_person(), region=make_region())
    assert refusal.value.code == "known_bad"


def test_a_lost_or_cut_file_is_healed_by_sending_it_again(held: Held) -> None:
    content, person, region = make_pdf(), make_person(), make_region()
    stored = receive(make_upload(content), by=person, region=region)
    for damage in (store.remove, held.spoil):
        damage(stored.sha256)
        receive(make_upload(content), by=person, region=region)
        assert held.read(stored.sha256) == content


def test_the_archive_is_closed_to_others(archive: Path) -> None:
    stored = receive(make_upload(), by=make_person(), region=make_region())
    path = store.path_of(stored.sha256)
    assert path.stat().st_mode & 0o777 & ~0o640 == 0
    assert all(folder.stat().st_mode & 0o007 == 0 for folder in (path.parent, path.parent.parent))
    assert path.relative_to(archive).parts == (stored.sha256[:2], stored.sha256[2:4], stored.sha256)


@pytest.mark.parametrize("sha256", ["../../etc/passwd", "A" * 64, "", "a" * 63, "a" * 64 + "\n"])
def test_only_a_hash_is_a_place(sha256: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.path_of(sha256)


def test_an_agency_of_another_region_is_refused(archive: Path) -> None:
    agency = make_agency(region=make_region("64.72"))
    with pytest.raises(ValueError, match="another region"):
        add_link("https://a.go.id/", region=make_region("64.71"), agency=agency, by=make_person())
    assert not EvidenceItem.objects.exists()


# --- faults at every step -------------------------------------------------------------------------------------------

STEPS = ("open", "fsync", "rename", "mkdir")


class Dead(BaseException):
    """The process ends here."""


def break_at(monkeypatch: pytest.MonkeyPatch, archive: Path, nth: int, act: Callable[[], None]) -> Callable[[], int]:
    """Let the nth system call of ours that touches the archive run into `act`. Returns a counter of the calls made."""
    made = [0]

    def wrap(name: str) -> None:
        real = getattr(os, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            touches = isinstance(args[0], int) or str(archive) in str(args[0])
            if touches:
                made[0] += 1
                if made[0] == nth:
                    act()
            return real(*args, **kwargs)

        monkeypatch.setattr(os, name, call)

    for step in STEPS:
        wrap(step)
    return lambda: made[0]


def whole(archive: Path) -> bool:
    """Every row has its file, every file under a final name has the content its name says."""
    rows = all(store.path_of(row.sha256).stat().st_size == row.size for row in StoredFile.objects.all())
    final = [path for path in files_in(archive) if path.suffix != ".part"]
    return rows and all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in final)


@pytest.mark.parametrize("fault", [OSError(5, "Input/output error"), OSError(28, "No space left on device"), Dead()])
def test_a_fault_at_any_step_leaves_no_row_without_its_file(
    archive: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    region, person, content = make_region(), make_person(), make_pdf()

    def act() -> None:
        raise fault

    step, broken = 0, 0
    while True:
        step += 1
        with monkeypatch.context() as patch:
            made = break_at(patch, archive, step, act)
            try:
                receive(make_upload(content + b"\n" * step), by=person, region=region)
            except (OSError, Refused, Dead):
                broken += 1
        assert whole(archive)
        assert not list(archive.rglob("*.part")), f"litter after step {step}"
        if made() < step:
            break
    assert broken >= 5, "the faults were not met"
    receive(make_upload(content), by=person, region=region)
    assert whole(archive)


def test_a_process_killed_at_any_step_leaves_no_half_file(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real process, ended without any clean-up; only its part may be left, which nobody takes for a file."""
    content, step, killed = make_pdf(), 0, 0
    while True:
        step += 1
        child = os.fork()
        if not child:
            try:
                break_at(monkeypatch, archive, step, lambda: os._exit(9))
                with store.incoming([content[:300], content[300:], b"\n" * step], 10**6) as part:
                    part.keep()
            finally:
                os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        killed += code == 9
        assert whole(archive)
        if code == 0:
            break
    assert killed >= 5, "the process was not killed"


def test_a_failing_database_leaves_no_row_and_the_next_try_succeeds(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, region, person = make_pdf(), make_region(), make_person()

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "INSERT" in sql and "evidence_storedfile" in sql:
            raise DatabaseError("disk I/O error")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse), pytest.raises(DatabaseError):
        receive(make_upload(content), by=person, region=region)
    assert not StoredFile.objects.exists() and not held.parts()
    assert receive(make_upload(content), by=person, region=region).size == len(content)


def test_a_full_disk_refuses_and_leaves_no_litter(small_disk: Path, settings: Settings) -> None:
    options = {**settings.STORAGES["evidence"], "OPTIONS": {"location": small_disk, "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "evidence": options}
    region, person = make_region(), make_person()
    with pytest.raises(Refused) as refusal:
        receive(make_upload(make_pdf() + b"\n" * 500_000), by=person, region=region)
    assert refusal.value.code == "no_space"
    assert nothing_is_left(Held())
    assert receive(make_upload(make_pdf()), by=person, region=region).state == FileState.CLEAN


# --- on the screen --------------------------------------------------------------------------------------------------


def test_card_of_a_file_and_of_a_link() -> None:
    file = card(make_revision(title="SK", kind="sk", name="SK.pdf"), url="/bukti/1", remove_url="/bukti/1/hapus")
    assert (file.title, file.kind_label, file.name, file.type_label) == ("SK", "SK", "SK.pdf", "PDF")
    assert (file.state_label, file.state_tone, file.url, file.is_link) == (
        "Lolos pemeriksaan",
        "good",
        "/bukti/1",
        False,
    )
    assert file.size_text.endswith("byte") and file.added_by == "Pengunggah Contoh"
    link = card(make_revision(url="https://a.go.id/x", kind="tautan"), url="/bukti/2")
    assert (link.url, link.is_link, link.type_label, link.size_text) == ("https://a.go.id/x", True, "Tautan", "")
