"""What goes out with a file: headers that leave it inert, the right bytes, a name that injects nothing."""

import hashlib
import re
from collections.abc import Callable
from email.message import Message
from urllib.parse import unquote

import pytest
from csp.middleware import CSPMiddleware
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.test import RequestFactory
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from evidence import store
from evidence.enums import FileState
from evidence.models import EvidenceRevision
from evidence.serving import disposition, file_response
from evidence.tests.held import Held
from evidence.tests.make import make_docx, make_jpeg, make_pdf, make_png, make_revision, make_xlsx
from kla_portal.middleware import Headers
from tests.s3 import S3

both_stores = pytest.mark.usefixtures("held")
KINDS = {"pdf": make_pdf, "jpg": make_jpeg, "png": make_png, "xlsx": make_xlsx, "docx": make_docx}


def get(
    revision: EvidenceRevision, *, inline: bool = False, method: str = "GET", headers: dict[str, str] | None = None
) -> HttpResponseBase:
    """The response as it leaves the portal, the two middlewares that set headers included."""
    request = RequestFactory().generic(method, "/", headers=headers)

    def view(request: HttpRequest) -> HttpResponseBase:
        return file_response(revision, request, inline=inline)

    return Headers(CSPMiddleware(view))(request)  # type: ignore[arg-type]


def body(response: HttpResponseBase) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return response.getvalue()


@pytest.mark.django_db
@both_stores
@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("ending", KINDS)
def test_every_type_leaves_inert(ending: str, inline: bool) -> None:
    content: bytes = KINDS[ending]()  # type: ignore[operator]
    revision = make_revision(content=content, name=f"bukti.{ending}")
    response = get(revision, inline=inline)
    shown = inline and ending in {"pdf", "jpg", "png"}
    assert response.status_code == 200
    assert body(response) == content
    assert response["Content-Length"] == str(len(content))
    assert response["Content-Type"] == revision.file.mime  # type: ignore[union-attr]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Content-Disposition"].startswith("inline;" if shown else "attachment;")
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"


@pytest.mark.django_db
@both_stores
def test_head_has_no_body() -> None:
    content = make_pdf()
    response = get(make_revision(content=content), method="HEAD")
    assert (response.status_code, response["Content-Length"], body(response)) == (200, str(len(content)), b"")


@pytest.mark.django_db
@both_stores
@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=10-", 10, -1),
        ("bytes=-7", -7, -1),
        ("bytes=5-999999", 5, -1),
        ("bytes = 3 - 3", 3, 3),
    ],
)
def test_one_range_is_answered(asked: str, first: int, last: int) -> None:
    content = make_pdf()
    first, last = first % len(content), last % len(content)
    response = get(make_revision(content=content), headers={"Range": asked})
    assert (response.status_code, body(response)) == (206, content[first : last + 1])
    assert response["Content-Length"] == str(last - first + 1)
    assert response["Content-Range"] == f"bytes {first}-{last}/{len(content)}"


@pytest.mark.django_db
@both_stores
@pytest.mark.parametrize(
    "asked",
    ["bytes=-999999", "bytes=0-", "bytes=9-3", "bytes=0-1,5-6", "bytes=-", "bytes=x-y", "pages=1-2", "bytes=٣-٤", ""],
)
def test_other_ranges_are_ignored(asked: str) -> None:
    content = make_pdf()
    response = get(make_revision(content=content), headers={"Range": asked})
    assert (response.status_code, body(response)) == (200, content)
    assert "Content-Range" not in response


@pytest.mark.django_db
@both_stores
@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=-0", f"bytes={'9' * 5000}-"])
def test_a_range_outside_the_file_is_416(asked: str) -> None:
    content = make_pdf()
    response = get(make_revision(content=content), headers={"Range": asked})
    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{len(content)}")


@pytest.mark.django_db
@both_stores
def test_a_range_of_other_bytes_gets_the_whole_file() -> None:
    """A browser that resumes an old download must not glue two revisions together."""
    content = make_pdf()
    revision = make_revision(content=content)
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    assert get(revision, headers={"Range": "bytes=0-9", "If-Range": '"lain"'}).status_code == 200
    assert get(revision, headers={"Range": "bytes=0-9", "If-Range": etag}).status_code == 206


@pytest.mark.django_db
@both_stores
@pytest.mark.parametrize("state", [FileState.RECEIVED, FileState.QUARANTINED])
def test_only_clean_files_leave(state: FileState) -> None:
    revision = make_revision()
    assert revision.file is not None
    revision.file.state = state
    with pytest.raises(Http404):
        get(revision)


@pytest.mark.django_db
@both_stores
def test_a_link_is_no_file() -> None:
    with pytest.raises(Http404):
        get(make_revision(url="https://jdih.balikpapan.go.id/"))


@pytest.mark.django_db
@both_stores
@pytest.mark.parametrize("damage", [lambda held, sha256: store.remove(sha256), Held.spoil])
def test_a_damaged_archive_hands_out_nothing_and_says_so(
    held: Held, damage: Callable[[Held, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    revision = make_revision()
    assert revision.file is not None
    damage(held, revision.file.sha256)
    with pytest.raises(Http404):
        get(revision)
    assert revision.file.sha256 in caplog.text


@pytest.mark.django_db
def test_nginx_is_told_where_the_bytes_are(settings: Settings) -> None:
    """What becomes of it, tests/journeys/test_nginx.py asks a real one."""
    settings.X_ACCEL = "/dilindungi/"
    revision = make_revision()
    assert revision.file is not None
    sha256 = revision.file.sha256
    for headers in ({}, {"Range": "bytes=0-9"}):
        response = get(revision, headers=headers)
        assert (response.status_code, response.content) == (200, b"")  # type: ignore[attr-defined]
        assert response["X-Accel-Redirect"] == f"/dilindungi/{sha256[:2]}/{sha256[2:4]}/{sha256}"
        assert response["ETag"] == f'"{sha256}"' and "sandbox" in response["Content-Security-Policy"]
    outside = get(revision, headers={"Range": "bytes=999999-"})
    assert outside.status_code == 416 and "X-Accel-Redirect" not in outside
    revision.file.state = FileState.QUARANTINED
    with pytest.raises(Http404):
        get(revision)


@pytest.mark.django_db
def test_nginx_is_not_sent_to_a_bucket(settings: Settings, s3: S3) -> None:
    settings.X_ACCEL = "/dilindungi/"
    settings.STORAGES = {**settings.STORAGES, "evidence": s3.make_bucket()}
    content = make_pdf("dari ember")
    assert body(get(make_revision(content=content))) == content


ATTACKS = st.text(max_size=200) | st.text("\r\n\t\0\";=\\%'/.*abé→", max_size=40)


@hypothesis_settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=ATTACKS, inline=st.booleans())
@example(raw='a"; filename="b.html', inline=False)
@example(raw="a.pdf\r\nSet-Cookie: sesi=1", inline=False)
@example(raw="filename*=utf-8''jahat.html", inline=True)
def test_no_name_injects_into_the_header(raw: str, inline: bool) -> None:
    header = disposition(raw, "application/pdf", inline=inline)
    assert re.fullmatch(
        r"(attachment|inline); "
        r"""(filename="([^"\\\x00-\x1f\x7f-\uffff]|\\.)*"|filename\*=utf-8''[A-Za-z0-9!#$&+.^_`|~%'()*/-]*)""",
        header,
    ), header
    assert header.isascii()
    message = Message()
    message["Content-Disposition"] = header
    name = unquote(message.get_filename() or "")
    assert name.lower().endswith(".pdf")
    assert not set(name) & set("/\\\r\n\0")


@pytest.mark.parametrize(
    ("raw", "header"),
    [
        ("SK Gugus Tugas.pdf", 'attachment; filename="SK Gugus Tugas.pdf"'),
        ("profil é.pdf", "attachment; filename*=utf-8''profil%20%C3%A9.pdf"),
        ("halaman.html", 'attachment; filename="halaman.html.pdf"'),
        ("", 'attachment; filename="berkas.pdf"'),
    ],
)
def test_disposition(raw: str, header: str) -> None:
    assert disposition(raw, "application/pdf", inline=False) == header
