"""Signed addresses: whose they are, how long they live, and what ends them before."""

import json
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as portal_settings
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.enums import Role
from accounts.models import Membership, User
from accounts.tests.make import make_user
from evaluations.models import AnswerEvidence
from evaluations.tests.make import make_answer, make_evaluation, make_link
from evidence import signed
from evidence.enums import AccessKind, FileState
from evidence.models import FileAccess, StoredFile
from evidence.tests.make import make_pdf, make_revision

pytestmark = pytest.mark.django_db
PORTAL, FILES = "kla.example.go.id", "berkas.kla.example.go.id"
CONTENT = make_pdf("SK Gugus Tugas")


@pytest.fixture(autouse=True)
def two_hosts(settings: Settings) -> None:
    settings.FILES_ORIGIN = f"https://{FILES}"
    settings.ALLOWED_HOSTS = [PORTAL, FILES]


@pytest.fixture
def link() -> AnswerEvidence:
    evaluation = make_evaluation()
    revision = make_revision(evaluation.region, content=CONTENT, name="surat.pdf", personal_data=True)
    return make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=revision)


@pytest.fixture
def reader(link: AnswerEvidence) -> User:
    return make_user(Role.COORDINATOR, region=link.answer.evaluation.region)


@pytest.fixture
def portal(reader: User) -> Client:
    client = Client(SERVER_NAME=PORTAL)
    client.force_login(reader)
    return client


@pytest.fixture
def files() -> Client:
    """A browser at the other host: no cookie, no session."""
    return Client(SERVER_NAME=FILES)


def path_of(link: AnswerEvidence, portal: Client, query: str = "") -> str:
    """Where the portal sends the reader, without the host."""
    answer = portal.get(reverse("evaluations:evidence_open", args=[link.pk]) + query)
    assert answer.status_code == 302 and "no-store" in answer["Cache-Control"]
    assert answer["Location"].startswith(f"https://{FILES}/berkas/bukti/")
    return str(answer["Location"].removeprefix(f"https://{FILES}"))


def test_the_file_comes_from_its_own_host_without_a_session(
    link: AnswerEvidence, portal: Client, files: Client, reader: User
) -> None:
    path = path_of(link, portal)
    assert not FileAccess.objects.exists(), "nothing has left yet"
    answer = files.get(path)
    assert (answer.status_code, answer.getvalue()) == (200, CONTENT)  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment") and "sandbox" in answer["Content-Security-Policy"]
    assert not answer.cookies and not files.cookies
    noted = FileAccess.objects.get()
    assert (noted.by, noted.acting_as, noted.how) == (reader, Role.COORDINATOR, AccessKind.DOWNLOAD)
    assert noted.revision == link.revision


def test_shown_in_the_browser_head_and_ranges(link: AnswerEvidence, portal: Client, files: Client) -> None:
    path = path_of(link, portal, "?lihat=1")
    answer = files.head(path)
    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(CONTENT)))
    assert not FileAccess.objects.exists(), "a HEAD takes nothing along"
    answer = files.get(path, headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.getvalue()) == (206, CONTENT[:10])  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("inline")
    assert FileAccess.objects.get().how == AccessKind.VIEW
    assert files.get(path, headers={"Range": "bytes=99999-"}).status_code == 416


def is_dead(files: Client, path: str) -> bool:
    answer = files.get(path)
    text = answer.getvalue()
    told = {"ETag", "Accept-Ranges", "Content-Disposition"} & set(answer.headers)
    return answer.status_code == 404 and b"%PDF" not in text and not told and not FileAccess.objects.exists()


def test_it_lives_five_minutes(link: AnswerEvidence, portal: Client, files: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        path = path_of(link, portal)
        clock.shift(signed.SECONDS - 1)
        assert files.head(path).status_code == 200
        clock.shift(2)
        assert is_dead(files, path)
        assert "sudah tidak berlaku" in files.get(path).text


def forgeries(link: AnswerEvidence, reader: User) -> Iterator[tuple[str, str]]:
    """(what is wrong, path)"""
    token = signed.sign("bukti", link.pk, by=reader)
    payload, stamp, signature = token.split(":")
    other = make_link(answer=link.answer, revision=make_revision(link.revision.item.region, content=make_pdf("lain")))
    theirs = urlsafe_b64encode(json.dumps([str(other.pk), reader.pk, reader.acting.pk, False]).encode()).decode()  # type: ignore[union-attr]

    def path(token: str, what: str = "bukti") -> str:
        return reverse("signed_file", args=[what, token])

    yield "another file under this signature", path(f"{theirs.rstrip('=')}:{stamp}:{signature}")
    yield "a later stamp", path(f"{payload}:{stamp[:-1]}{'z' if stamp[-1] != 'z' else 'y'}:{signature}")
    yield "a changed signature", path(f"{payload}:{stamp}:{signature[:-2]}{'AA' if signature[-2:] != 'AA' else 'BB'}")
    yield "no signature", path(payload)
    yield "another kind of thing", path(token, "paket")
    yield "signed as another kind of thing", path(signed.sign("paket", link.pk, by=reader))
    yield "another salt", path(signing.dumps([str(link.pk), reader.pk, 1, False], salt="lain"))
    yield (
        "another key of the portal",
        path(signing.dumps([str(link.pk), reader.pk, 1, False], salt=signed._salt("bukti"), key="lain" * 20)),
    )
    yield "a link that is none", path(signed.sign("bukti", uuid.uuid4(), by=reader))
    yield "nothing", path("-")


def test_forged_addresses_open_nothing(link: AnswerEvidence, files: Client, reader: User) -> None:
    tried = list(forgeries(link, reader))
    dead = [name for name, path in tried if is_dead(files, path)]
    assert dead == [name for name, _ in tried]


def test_made_for_one_host_it_is_worth_nothing_at_another(
    link: AnswerEvidence, portal: Client, files: Client, reader: User, settings: Settings
) -> None:
    path = path_of(link, portal)
    assert portal.get(path).status_code == 404, "the portal's own host hands out nothing by address"
    settings.FILES_ORIGIN = "https://berkas.lain.example.go.id"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "berkas.lain.example.go.id"]
    assert is_dead(Client(SERVER_NAME="berkas.lain.example.go.id"), path)


def end_membership(link: AnswerEvidence, reader: User) -> None:
    Membership.objects.filter(user=reader).update(ends_on=timezone.localdate() - timedelta(days=1))


def change_role(link: AnswerEvidence, reader: User) -> None:
    Membership.objects.filter(user=reader).update(role=Role.VIEWER)


def lock(link: AnswerEvidence, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(is_active=False)


def quarantine(link: AnswerEvidence, reader: User) -> None:
    StoredFile.objects.filter(pk=link.revision.file_id).update(state=FileState.QUARANTINED)


def take_away(link: AnswerEvidence, reader: User) -> None:
    AnswerEvidence.objects.filter(pk=link.pk).delete()


@pytest.mark.parametrize("end", [end_membership, change_role, lock, quarantine, take_away])
def test_what_has_ended_since_ends_the_address(
    link: AnswerEvidence, portal: Client, files: Client, reader: User, end: object
) -> None:
    path = path_of(link, portal)
    assert files.head(path).status_code == 200
    end(link, reader)  # type: ignore[operator]
    assert is_dead(files, path)


def test_what_is_not_clean_gets_no_address(link: AnswerEvidence, portal: Client, reader: User) -> None:
    quarantine(link, reader)
    assert portal.get(reverse("evaluations:evidence_open", args=[link.pk])).status_code == 404


def test_the_files_host_answers_nothing_else(portal: Client, files: Client, reader: User) -> None:
    files.force_login(reader)  # a session that got there all the same
    paths = ["/", "/masuk/", "/healthz", "/readyz", "/static/css/base.css", "/evaluasi/", "/berkas/", "/berkas/bukti/"]
    paths += [
        reverse("evaluations:evidence_open", args=["0" * 8 + "-0000-0000-0000-" + "0" * 12]),
        "/berkas/bukti/%00/",
    ]
    for path in paths:
        answer = files.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain; charset=utf-8"), path
        assert answer.text.startswith("Alamat berkas ini") and "Set-Cookie" not in answer.headers
        assert files.post(path, {"a": "b"}).status_code == 404
    assert portal.get("/").status_code == 200


def test_without_a_host_of_its_own_the_portal_hands_files_out_itself(
    link: AnswerEvidence, portal: Client, reader: User, settings: Settings
) -> None:
    settings.FILES_ORIGIN = ""
    answer = portal.get(reverse("evaluations:evidence_open", args=[link.pk]))
    assert (answer.status_code, answer.getvalue()) == (200, CONTENT)  # type: ignore[attr-defined]
    path = reverse("signed_file", args=["bukti", signed.sign("bukti", link.pk, by=reader)])
    stranger = Client(SERVER_NAME=PORTAL)
    assert stranger.get(path).getvalue() == CONTENT  # type: ignore[attr-defined]
    assert portal_settings.SESSION_COOKIE_NAME not in stranger.cookies
