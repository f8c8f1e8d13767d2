"""What only an object store can do: be away, lie, hold more than one page of names, and be read from anywhere."""

import base64
import hashlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import path
from pytest_django import Settings

from accounts.enums import Role
from accounts.tests.make import make_user
from evidence import clamd, store
from evidence.bucket import Away, Bucket
from evidence.enums import FileState
from evidence.models import StoredFile
from evidence.refusals import Refused
from evidence.services import receive, scanning, uploading
from evidence.serving import file_response
from evidence.tests.held import Held
from evidence.tests.make import (
    make_pdf,
    make_person,
    make_revision,
    make_stored,
    make_upload,
    make_upload_under_way,
)
from regions.tests.make import make_region
from scripts.processes import HOST, free_port
from tests.s3 import S3
from trail.models import Event


@pytest.fixture
def bucket(s3: S3, settings: Settings) -> Bucket:
    """The archive is in a bucket of a real server."""
    settings.STORAGES = {**settings.STORAGES, "evidence": s3.make_bucket()}
    found = store.bucket()
    assert found is not None
    return found


def lead_to(settings: Settings, port: int) -> None:
    """The object store is said to be at another port."""
    evidence = settings.STORAGES["evidence"]
    options = evidence["OPTIONS"] | {"endpoint": f"http://{HOST}:{port}"}
    settings.STORAGES = {**settings.STORAGES, "evidence": evidence | {"OPTIONS": options}}


def put(bucket: Bucket, name: str, content: bytes) -> None:
    bucket.put(name, io.BytesIO(content), sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def test_an_object_is_read_from_anywhere(bucket: Bucket) -> None:
    content = bytes(range(256)) * 4000
    put(bucket, "a", content)
    with bucket.open("a") as file:
        for place, count in ((0, 10), (700_000, 300), (5, 600_000), (len(content) - 3, 10), (len(content) + 9, 1)):
            file.seek(place)
            assert file.read(count) == content[place : place + count]
        assert file.seek(-4, io.SEEK_END) == len(content) - 4
        assert file.read() == content[-4:]


def test_a_prefix_keeps_to_itself_and_more_than_a_page_of_names_is_listed(bucket: Bucket) -> None:
    bucket.page = 10
    client, name = bucket.client, bucket.bucket
    client.put_object(Bucket=name, Key="lain/berkas", Body=b"bukan milik portal")
    for number in range(23):
        client.put_object(Bucket=name, Key=f"bukti/{number:02}", Body=b"x")
    assert [found[0] for found in bucket.all()] == [f"{number:02}" for number in range(23)]
    assert not bucket.exists("berkas")


def test_the_store_is_told_the_hash_and_type(bucket: Bucket) -> None:
    content = make_pdf()
    with store.incoming([content], 10**6) as part:
        part.keep()
    told = bucket.client.head_object(
        Bucket=bucket.bucket, Key=f"bukti/{store.name_of(part.sha256)}", ChecksumMode="ENABLED"
    )
    assert base64.b64decode(told["ChecksumSHA256"]).hex() == part.sha256
    assert told["ContentType"] == "application/octet-stream"


@pytest.mark.django_db
def test_a_store_that_is_away_gets_no_row_and_says_so(bucket: Bucket, settings: Settings) -> None:
    region, person, content = make_region(), make_person(), make_pdf("Saat terputus")
    waiting = make_stored(make_pdf("menunggu"), state=FileState.INSPECTED)
    revision = make_revision(content=make_pdf("sudah ada"))
    port = bucket.endpoint.rpartition(":")[2]
    lead_to(settings, free_port())
    with pytest.raises(Refused) as refused:
        receive(make_upload(content), by=person, region=region)
    assert refused.value.code == "store_away"
    assert not StoredFile.objects.filter(size=len(content)).exists() and not Event.objects.exists()
    assert not Held().parts()
    with pytest.raises(Away):
        file_response(revision, RequestFactory().get("/"))
    settings.CLAMD_SOCKET = "/nowhere"
    with pytest.raises(clamd.Unscanned):
        scanning.scan(waiting.pk)
    settings.CLAMD_SOCKET = ""
    lead_to(settings, int(port))
    assert receive(make_upload(content), by=person, region=region).size == len(content)
    assert file_response(revision, RequestFactory().get("/")).status_code == 200


@pytest.mark.django_db
def test_pieces_arrive_on_the_disk_and_leave_it_for_the_bucket(
    bucket: Bucket, settings: Settings, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    region, content = make_region(), make_pdf("Dalam potongan")
    by = make_user(Role.COORDINATOR, region=region)
    upload = make_upload_under_way(by=by, content=content[:100], size=len(content))
    upload = uploading.append(
        upload, offset=100, body=io.BytesIO(content[100:]), length=len(content) - 100, checksum=None
    )
    assert [path.name for path in tmp_path.iterdir()] == [f"{upload.pk}.upload"]
    with uploading.arrived(upload) as file:
        stored = receive(file, by=by, region=region)
    uploading.used(upload, stored)
    assert Held().read(stored.pk) == content and not list(tmp_path.iterdir())


@pytest.mark.django_db
def test_readiness_asks_the_bucket(bucket: Bucket, settings: Settings, client: Any) -> None:
    assert client.get("/readyz").json()["checks"]["storage"] == "ok"
    assert not Held().names(), "it leaves nothing there"
    lead_to(settings, free_port())
    assert client.get("/readyz").json()["checks"]["storage"] == "failed"


class Liar(BaseHTTPRequestHandler):
    """Says that it has taken everything, and holds one byte less."""

    taken = 0

    def do_PUT(self) -> None:
        Liar.taken = int(self.headers["Content-Length"])
        self.rfile.read(Liar.taken)
        self._say(0)

    def do_HEAD(self) -> None:
        self._say(Liar.taken - 1)

    def _say(self, length: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def liar() -> Iterator[int]:
    server = ThreadingHTTPServer((HOST, 0), Liar)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.django_db
def test_what_the_store_does_not_hold_whole_gets_no_row(bucket: Bucket, liar: int, settings: Settings) -> None:
    lead_to(settings, liar)
    with pytest.raises(Refused) as refused:
        receive(make_upload(), by=make_person(), region=make_region())
    assert refused.value.code == "store_away" and Liar.taken == len(make_pdf())
    assert not StoredFile.objects.exists()


def away(request: HttpRequest) -> None:
    raise Away("connection refused")


urlpatterns = [path("berkas", away)]
handler500 = "kla_portal.views.server_error"


def test_a_page_that_needs_it_says_503(settings: Settings, client: Any, db: None) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    client.raise_request_exception = False
    answer = client.get("/berkas")
    assert (answer.status_code, answer["Retry-After"]) == (503, "15")
    assert "Penyimpanan berkas sedang tidak dapat dihubungi" in answer.text
