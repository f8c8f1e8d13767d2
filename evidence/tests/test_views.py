"""Uploads in pieces, as a client speaks to them: tus 1.0 with creation, checksum, expiration and termination."""

import base64
import hashlib
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from evidence.models import Upload
from evidence.refusals import Refused
from evidence.services import uploading
from evidence.tests.make import make_upload_under_way
from regions.tests.make import make_agency, make_region

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 40
WHOLE = len(CONTENT)


def operator() -> User:
    region = make_region("64.71")
    agency = region.agencies.filter(kind="dinkes").first() or make_agency(region=region, kind="dinkes")
    return make_user(Role.OPERATOR, region, agency)


@pytest.fixture
def sender() -> User:
    return operator()


@pytest.fixture
def client(sender: User) -> Client:
    client = Client()
    client.force_login(sender)
    return client


def told(**metadata: str) -> str:
    return ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in metadata.items())


def create(client: Client, size: Any = WHOLE, **metadata: str) -> Any:
    metadata = {"filename": "akta 2024.pdf", "key": "kunci-1"} | metadata
    headers = {"Upload-Length": str(size), "Upload-Metadata": told(**metadata), "Tus-Resumable": "1.0.0"}
    return client.post("/unggahan/", headers=headers)


def patch(client: Client, where: str, offset: Any, body: bytes, checksum: str = "", kind: str = "") -> Any:
    headers = {"Upload-Offset": str(offset)} | ({"Upload-Checksum": checksum} if checksum else {})
    return client.generic("PATCH", where, body, content_type=kind or "application/offset+octet-stream", headers=headers)


def sha256(body: bytes) -> str:
    return f"sha256 {base64.b64encode(hashlib.sha256(body).digest()).decode()}"


def kept(where: str) -> bytes:
    upload = Upload.objects.get(pk=where.strip("/").rpartition("/")[2])
    path = uploading.path_of(upload)
    return path.read_bytes()[: upload.offset] if path.exists() else b""


def test_a_file_arrives_in_pieces_and_whole(client: Client, sender: User) -> None:
    made = create(client)
    assert made.status_code == 201
    where = made.headers["Location"]
    assert client.head(where).headers["Upload-Offset"] == "0"
    for start in range(0, len(CONTENT), 3000):
        piece = CONTENT[start : start + 3000]
        answer = patch(client, where, start, piece, sha256(piece))
        assert answer.status_code == 204
        assert answer.headers["Upload-Offset"] == str(start + len(piece))
    head = client.head(where)
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == (str(len(CONTENT)), str(len(CONTENT)))
    assert head.headers["Cache-Control"] == "no-store"
    with uploading.arrived(Upload.objects.get(by=sender)) as file:
        assert b"".join(file.chunks()) == CONTENT
        assert (file.name, file.size) == ("akta 2024.pdf", len(CONTENT))


def test_what_it_can_do_is_told(client: Client) -> None:
    answer = client.options("/unggahan/")
    assert answer.status_code == 204
    assert answer.headers["Tus-Extension"] == "creation,expiration,checksum,termination"
    assert int(answer.headers["Tus-Max-Size"]) == 52_428_800


def test_the_same_announcement_is_the_same_upload(client: Client) -> None:
    first, second = create(client), create(client)
    assert first.headers["Location"] == second.headers["Location"]
    assert Upload.objects.count() == 1
    other = create(client, size=5)
    assert other.status_code == 422
    assert "berkas lain" in other.content.decode()


@pytest.mark.parametrize(
    ("size", "metadata", "status", "said"),
    [
        ("", {}, 400, "tidak lengkap"),
        ("-1", {}, 400, "tidak lengkap"),
        ("banyak", {}, 400, "tidak lengkap"),
        (10, {"filename": ""}, 400, "tidak lengkap"),
        (10, {"key": "x" * 65}, 400, "tidak lengkap"),
        (0, {}, 422, "kosong"),
        (52_428_801, {}, 413, "lebih besar dari batas 50 MB"),
        (10, {"filename": "makro.docm"}, 422, "Jenis berkas ini tidak diterima"),
        (10, {"filename": "../../etc/passwd"}, 422, "Jenis berkas"),
    ],
)
def test_what_will_not_be_taken_is_refused_before_a_byte_is_sent(
    client: Client, size: Any, metadata: dict[str, str], status: int, said: str
) -> None:
    answer = create(client, size, **metadata)
    assert (answer.status_code, said in answer.content.decode()) == (status, True), answer.content
    assert not Upload.objects.exists()


def test_a_piece_that_does_not_fit_changes_nothing(client: Client, sender: User) -> None:
    upload = make_upload_under_way(by=sender, content=CONTENT[:100], size=200)
    where = f"/unggahan/{upload.pk}/"
    wrong = base64.b64encode(b"x" * 32).decode()
    for status, answer in (
        (409, patch(client, where, 0, CONTENT[:50])),
        (409, patch(client, where, 101, CONTENT[:50])),
        (400, patch(client, where, "seratus", CONTENT[:50])),
        (400, patch(client, where, 100, CONTENT[:50], "md5 AAAA")),
        (400, patch(client, where, 100, CONTENT[:50], "sha256 bukan!")),
        (413, patch(client, where, 100, CONTENT[:101])),
        (415, patch(client, where, 100, CONTENT[:50], kind="application/pdf")),
        (460, patch(client, where, 100, CONTENT[:50], f"sha256 {wrong}")),
    ):
        assert answer.status_code == status
    assert kept(where) == CONTENT[:100]
    assert client.head(where).headers["Upload-Offset"] == "100"
    assert patch(client, where, 100, CONTENT[100:200]).status_code == 204
    assert kept(where) == CONTENT[:200]


def test_somebody_else_s_upload_does_not_exist(client: Client, sender: User) -> None:
    upload = make_upload_under_way(by=sender, content=CONTENT[:100])
    stranger = Client()
    stranger.force_login(operator())
    where = f"/unggahan/{upload.pk}/"
    assert stranger.head(where).status_code == 404
    assert patch(stranger, where, 100, b"x").status_code == 404
    assert stranger.delete(where).status_code == 404
    assert client.head(where).status_code == 200


def test_given_up_it_is_gone(client: Client) -> None:
    where = create(client).headers["Location"]
    patch(client, where, 0, CONTENT[:10])
    path = uploading.path_of(Upload.objects.get())
    assert client.delete(where).status_code == 204
    assert not path.exists()
    assert client.head(where).status_code == 404


def test_a_second_writer_waits_its_turn(client: Client, sender: User) -> None:
    upload = make_upload_under_way(by=sender, content=CONTENT[:100])
    with uploading.held(upload):
        assert patch(client, f"/unggahan/{upload.pk}/", 100, b"x").status_code == 423
    assert patch(client, f"/unggahan/{upload.pk}/", 100, b"x").status_code == 204


def test_nobody_heaps_up_uploads(client: Client) -> None:
    for number in range(uploading.MOST_AT_ONCE):
        assert create(client, key=str(number)).status_code == 201
    answer = create(client, key="lagi")
    assert answer.status_code == 422
    assert "Terlalu banyak" in answer.content.decode()


def test_an_unfinished_upload_is_no_file(sender: User) -> None:
    with pytest.raises(Refused, match="belum seluruhnya"), uploading.arrived(make_upload_under_way(by=sender)):
        pass


class AnyOrder(TestCase):
    """Pieces repeated, out of order, cut short: whatever comes, the file is right in the end."""

    @settings(max_examples=25)
    @given(st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 900)), max_size=12))
    def test_whatever_pieces_come_the_bytes_are_right(self, pieces: list[tuple[int, int]]) -> None:
        sender, content = operator(), CONTENT[:2000]
        client = Client()
        client.force_login(sender)
        where = create(client, size=len(content)).headers["Location"]
        for offset, length in pieces:
            patch(client, where, offset, content[offset : offset + length])
        done = int(client.head(where).headers["Upload-Offset"])
        assert kept(where) == content[:done]
        assert patch(client, where, done, content[done:]).status_code == 204
        assert kept(where) == content
