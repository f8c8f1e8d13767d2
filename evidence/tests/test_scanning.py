"""A file leaves only after the scanner's word: found, waiting, down, slow, restarting. With a real ClamAV."""

import io
import os
import signal
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from django.http import Http404
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from evidence import clamd, store, tasks
from evidence.cards import card
from evidence.enums import FileState
from evidence.models import EvidenceRevision, StoredFile
from evidence.refusals import Refused
from evidence.services import add_file, receive, scanning
from evidence.serving import file_response, page_response
from evidence.tests.held import Held
from evidence.tests.make import make_docx, make_pdf, make_person, make_stored, make_upload
from regions.tests.make import make_region
from tests.clamav import EICAR, FOUND, Clamav
from trail.models import Event

pytestmark = pytest.mark.django_db
both_stores = pytest.mark.usefixtures("held")


def infected_pdf() -> bytes:
    pdf = pikepdf.open(io.BytesIO(make_pdf()))
    pdf.Root.Lampiran = pdf.make_stream(EICAR)
    out = io.BytesIO()
    pdf.save(out, compress_streams=True)
    assert EICAR not in out.getvalue()
    return out.getvalue()


def infected_docx() -> bytes:
    return make_docx(extra={"word/media/gambar.bin": EICAR})


def added(content: bytes | None = None, name: str = "bukti.pdf") -> EvidenceRevision:
    return add_file(make_upload(content, name), region=make_region(), agency=None, by=make_person())


def state(revision: EvidenceRevision) -> str:
    return StoredFile.objects.get(pk=revision.file_id).state


def served(revision: EvidenceRevision) -> bool:
    """Does anything of the file leave, whole, in part or as a page?"""
    fresh = EvidenceRevision.objects.select_related("file", "item").get(pk=revision.pk)
    assert fresh.file is not None
    left = []
    for ask in (
        lambda: file_response(fresh, RequestFactory().get("/")),
        lambda: file_response(fresh, RequestFactory().get("/"), inline=True),
        lambda: file_response(fresh, RequestFactory().get("/", headers={"Range": "bytes=0-9"})),
        lambda: page_response(fresh, 1),
    ):
        try:
            left.append(bool(ask().status_code))
        except Http404:
            left.append(False)
    shown = card(fresh, url="/unduh", view_url="/lihat")
    assert bool(shown.url) == left[0] and (bool(shown.view_url) == left[3])
    return any(left)


def wait_over() -> None:
    StoredFile.objects.update(created_at=timezone.now() - timedelta(minutes=1))


@both_stores
def test_a_fresh_file_waits_is_scanned_after_commit_and_leaves(
    clamav: Clamav, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, args: rung.append((name, *args)))
    with django_capture_on_commit_callbacks(execute=True):
        revision = added()
        assert not rung and state(revision) == FileState.INSPECTED and not served(revision)
    assert rung == [("evidence.tasks.scan_file", revision.file_id)]
    tasks.scan_file(revision.file_id)
    stored = StoredFile.objects.get(pk=revision.file_id)
    assert stored.state == FileState.CLEAN and served(revision)
    assert stored.scanner.startswith("ClamAV") and stored.scanned_at and not stored.finding
    assert card(EvidenceRevision.objects.get(pk=revision.pk), url="/").advice == ""


@both_stores
@pytest.mark.parametrize(("content", "name"), [(infected_pdf, "surat.pdf"), (infected_docx, "notula.docx")])
def test_eicar_in_a_type_that_is_taken_is_found_and_sealed(clamav: Clamav, held: Held, content: Any, name: str) -> None:
    armed = content()
    revision = added(armed, name)
    assert not served(revision)
    assert scanning.scan(str(revision.file_id)) == FileState.QUARANTINED
    stored = StoredFile.objects.get(pk=revision.file_id)
    assert stored.finding == FOUND and not served(revision)
    assert held.read(stored.pk) == armed, "the bytes stay, sealed"
    shown = card(EvidenceRevision.objects.get(pk=revision.pk), url="/unduh", view_url="/lihat")
    assert (shown.state_label, shown.state_tone, shown.url, shown.view_url) == ("Dikarantina", "loss", "", "")
    assert FOUND in shown.advice and "unggah versi yang bersih" in shown.advice
    assert Event.objects.get(action="file_quarantined").after["finding"] == FOUND  # type: ignore[index]
    with pytest.raises(Refused) as refused:
        receive(make_upload(armed, name), by=make_person(), region=make_region("64.72"))
    assert refused.value.code == "known_bad"


def test_nothing_is_served_while_the_scanner_is_down_slow_or_restarting(
    clamav: Clamav, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    revisions = [added(make_pdf(f"Dokumen {number}")) for number in range(4)]
    wait_over()
    early = [served(revision) for revision in revisions]
    clamav.process.kill()
    tasks.scan_file(revisions[0].file_id)
    assert scanning.scan_waiting() == 0
    early += [served(revision) for revision in revisions]

    clamav.start()
    os.kill(clamav.process.pid, signal.SIGSTOP)  # it takes the connection and says nothing
    monkeypatch.setattr(clamd, "PATIENCE", 0.3)
    assert scanning.scan_waiting() == 0
    early += [served(revision) for revision in revisions]
    os.kill(clamav.process.pid, signal.SIGCONT)
    monkeypatch.undo()

    real = clamd.scan

    def killed_halfway(address: str, file: Any) -> str:
        clamav.process.kill()
        return real(address, file)

    monkeypatch.setattr(clamd, "scan", killed_halfway)
    assert scanning.scan_waiting() == 0
    early += [served(revision) for revision in revisions]
    monkeypatch.undo()

    clamav.start()
    assert scanning.scan_waiting() == 4
    assert all(served(revision) for revision in revisions)
    with capsys.disabled():
        print(f"\nscanner down, silent, killed, restarted: served while unscanned: {sum(early)} of {len(early)}")  # noqa: T201  the figure the suite reports
    assert not any(early)


def test_a_round_leaves_what_has_just_come_to_its_own_bell(clamav: Clamav) -> None:
    revision = added()
    assert scanning.scan_waiting() == 0 and state(revision) == FileState.INSPECTED
    wait_over()
    assert scanning.scan_waiting() == 1 and state(revision) == FileState.CLEAN
    assert scanning.scan_waiting() == 0


@both_stores
def test_one_file_without_a_verdict_does_not_hold_up_the_others(
    clamav: Clamav, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = added(make_pdf("satu")), added(make_pdf("dua"))
    wait_over()
    store.remove(str(first.file_id))
    assert scanning.scan_waiting() == 1
    assert (state(first), state(second)) == (FileState.INSPECTED, FileState.CLEAN)


def test_of_two_scans_at_once_the_first_verdict_stays(clamav: Clamav, monkeypatch: pytest.MonkeyPatch) -> None:
    revision = added(infected_pdf())
    real = clamd.scan

    def overtaken(address: str, file: Any) -> str:
        monkeypatch.undo()
        scanning.scan(str(revision.file_id))
        real(address, file)
        return ""

    monkeypatch.setattr(clamd, "scan", overtaken)
    assert scanning.scan(str(revision.file_id)) is None
    assert state(revision) == FileState.QUARANTINED
    assert Event.objects.filter(action="file_quarantined").count() == 1
    assert scanning.scan(str(revision.file_id)) is None, "a verdict is final"


def test_a_broker_that_is_away_does_not_lose_the_file(
    clamav: Clamav, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **options: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr("celery.current_app.send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        revision = added()
    wait_over()
    tasks.scan_waiting()
    assert state(revision) == FileState.CLEAN


def test_without_a_scanner_the_inspection_decides_and_the_card_says_so(settings: Settings) -> None:
    revision = added()
    assert state(revision) == FileState.CLEAN and served(revision)
    assert "tanpa pemindai virus" in card(revision, url="/").advice


def test_a_scanner_that_is_given_up_releases_what_waited_for_it(settings: Settings) -> None:
    stored = make_stored(state=FileState.INSPECTED)
    wait_over()
    settings.CLAMD_SOCKET = "/nowhere"
    assert scanning.scan_waiting() == 0
    settings.CLAMD_SOCKET = ""
    assert scanning.scan_waiting() == 1
    stored.refresh_from_db()
    assert (stored.state, stored.scanner, stored.scanned_at) == (FileState.CLEAN, "", None)
