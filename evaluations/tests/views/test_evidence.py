"""Looking at evidence in the browser: pages, the page that shows them, and the note of who looked."""

import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.models import AnswerEvidence, Evaluation
from evaluations.tests.make import make_answer, make_evaluation, make_link
from evidence import previews, store
from evidence.enums import AccessKind, FileState
from evidence.models import FileAccess, StoredFile
from evidence.services import access
from evidence.tests.make import make_docx, make_pdf, make_revision
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def coordinator(client: Client, evaluation: Evaluation) -> Client:
    client.force_login(make_user(Role.COORDINATOR, region=evaluation.region))
    return client


def link_with(evaluation: Evaluation, content: bytes | None = None, name: str = "surat.pdf") -> AnswerEvidence:
    content = make_pdf("Isi surat", pages=3) if content is None else content
    revision = make_revision(evaluation.region, content=content, name=name, title="SK Gugus Tugas")
    if name.endswith("pdf"):
        StoredFile.objects.filter(pk=revision.file_id).update(pages=3)
        revision.refresh_from_db()
    return make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=revision)


def to(name: str, link: AnswerEvidence, *more: int) -> str:
    return reverse(f"evaluations:{name}", args=[link.pk, *more])


def put(link: AnswerEvidence, **fields: object) -> None:
    StoredFile.objects.filter(pk=link.revision.file_id).update(**fields)


def test_a_page_is_a_picture_that_can_do_nothing(coordinator: Client, evaluation: Evaluation) -> None:
    link = link_with(evaluation)
    response = coordinator.get(to("evidence_page", link, 2))
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert "sandbox" in response["Content-Security-Policy"] and response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff" and response["X-Frame-Options"] == "DENY"
    assert Image.open(io.BytesIO(response.content)).width == 1000
    for beyond in (0, 4, 51, 10**9):
        assert coordinator.get(to("evidence_page", link, beyond)).status_code == 404


def test_the_viewer_shows_every_page_and_the_way_to_the_file(coordinator: Client, evaluation: Evaluation) -> None:
    link = link_with(evaluation)
    text = coordinator.get(to("evidence_view", link)).content.decode()
    assert [f'id="hal-{page}"' in text for page in (1, 2, 3, 4)] == [True, True, True, False]
    assert all(f'src="{to("evidence_page", link, page)}"' in text for page in (1, 2, 3))
    assert text.count('loading="lazy"') == 2 and f'href="{to("evidence_open", link)}"' in text
    assert "SK Gugus Tugas" in text and "tanpa pemindai virus" in text
    question = coordinator.get(link.answer.get_absolute_url()).content.decode()
    assert f'href="{to("evidence_view", link)}"' in question
    put(link, pages=60)
    text = coordinator.get(to("evidence_view", link)).content.decode()
    assert f'id="hal-{previews.MOST}"' in text and 'id="hal-51"' not in text and "10 halaman lainnya" in text


def test_what_has_no_pages_is_offered_for_download(coordinator: Client, evaluation: Evaluation) -> None:
    link = link_with(evaluation, make_docx(), "notula.docx")
    text = coordinator.get(to("evidence_view", link)).content.decode()
    assert "tidak dapat ditampilkan" in text and to("evidence_open", link) in text and "hal-1" not in text
    assert to("evidence_view", link) not in coordinator.get(link.answer.get_absolute_url()).content.decode()
    address = make_revision(evaluation.region, url="https://jdih.balikpapan.go.id/sk.pdf")
    assert coordinator.get(to("evidence_view", make_link(answer=link.answer, revision=address))).status_code == 404


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (FileState.RECEIVED, "setelah dipindai"),
        (FileState.INSPECTED, "Menunggu pemindaian"),
        (FileState.QUARANTINED, "unggah versi yang bersih"),
    ],
)
def test_what_is_not_clean_is_named_and_kept_shut(
    coordinator: Client, evaluation: Evaluation, state: FileState, words: str
) -> None:
    link = link_with(evaluation)
    assert coordinator.get(to("evidence_page", link, 1)).status_code == 200  # so that a drawn page is there already
    FileAccess.objects.all().delete()
    put(link, state=state, finding="Uji.Virus")
    for name, more in (("evidence_open", ()), ("evidence_page", (1,))):
        assert coordinator.get(to(name, link, *more)).status_code == 404
    for page in (to("evidence_view", link), link.answer.get_absolute_url()):
        text = coordinator.get(page).content.decode()
        assert words in text and not re.search(rf'{to("evidence_open", link)}["?]', text)
    assert not FileAccess.objects.exists()


def test_wants_are_not_met_by_what_is_sealed(coordinator: Client, evaluation: Evaluation) -> None:
    link = link_with(evaluation)
    AnswerEvidence.objects.filter(pk=link.pk).update(want="data")

    def met() -> list[bool]:
        return [want["met"] for want in coordinator.get(link.answer.get_absolute_url()).context["wants"]]

    assert met()[0]
    put(link, state=FileState.QUARANTINED)
    assert not met()[0]


def test_who_had_it_in_hand_is_written_down_once_a_minute(coordinator: Client, evaluation: Evaluation) -> None:
    link = link_with(evaluation)
    for _ in range(3):
        coordinator.get(to("evidence_open", link))
        coordinator.get(to("evidence_open", link), {"lihat": "1"})
        coordinator.get(to("evidence_open", link), headers={"Range": "bytes=0-9"})
        for page in (1, 2):
            coordinator.get(to("evidence_page", link, page))
    rows = FileAccess.objects.order_by("how")
    assert [row.how for row in rows] == [AccessKind.DOWNLOAD, AccessKind.PREVIEW, AccessKind.VIEW]
    assert {(row.revision_id, row.acting_as) for row in rows} == {(link.revision_id, Role.COORDINATOR)}
    FileAccess.objects.update(at=timezone.now() - access.AGAIN_AFTER - timedelta(seconds=1))
    coordinator.get(to("evidence_open", link))
    assert FileAccess.objects.count() == 4


def test_what_does_not_leave_is_not_written_down(coordinator: Client, evaluation: Evaluation) -> None:
    link = link_with(evaluation)
    assert coordinator.head(to("evidence_open", link)).status_code == 200
    assert coordinator.get(to("evidence_open", link), headers={"Range": "bytes=999999-"}).status_code == 416
    assert coordinator.get(to("evidence_page", link, 9)).status_code == 404
    assert coordinator.get(to("evidence_view", link)).status_code == 200
    store.remove(str(link.revision.file_id))
    assert coordinator.get(to("evidence_open", link)).status_code == 404
    coordinator.force_login(make_user(Role.COORDINATOR, region=make_region("64.72")))
    assert coordinator.get(to("evidence_page", link, 1)).status_code == 404
    assert not FileAccess.objects.exists()


def test_the_viewer_asks_as_much_for_many_pages_as_for_one(coordinator: Client, evaluation: Evaluation) -> None:
    link = link_with(evaluation)
    coordinator.get(to("evidence_view", link))
    counts = []
    for pages in (1, 3):
        put(link, pages=pages)
        with CaptureQueriesContext(connection) as queries:
            assert coordinator.get(to("evidence_view", link)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_an_admin_reads_how_scanning_stands(client: Client, settings: object) -> None:
    client.force_login(make_user(Role.NATIONAL_ADMIN))
    assert "Pemindai virus belum dipasang" in client.get("/").content.decode()
    put(link_with(make_evaluation()), state=FileState.QUARANTINED)
    settings.CLAMD_SOCKET = "/run/clamd"  # type: ignore[attr-defined]
    text = client.get("/").content.decode()
    assert "dipindai sebelum dapat dibuka" in text and "0 berkas menunggu pemindaian · 1 berkas dikarantina" in text
