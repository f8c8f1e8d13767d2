"""How much of a form arrives: exactly up to the limit, on the disk, and nothing stays behind."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from evidence.refusals import Refused, TooLarge
from evidence.tests.make import make_upload
from evidence.uploads import require_within_limit

LIMIT = 200_000


@pytest.fixture(autouse=True)
def small(settings: Settings, tmp_path: Path) -> Path:
    settings.EVIDENCE_MAX_BYTES = LIMIT
    settings.FILE_UPLOAD_HANDLERS = ["evidence.uploads.BoundedUpload"]
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    return tmp_path


def form(*sizes: int) -> HttpRequest:
    files = [make_upload(b"x" * size, f"{number}.pdf") for number, size in enumerate(sizes)]
    return RequestFactory().post("/", {"title": "SK", "files": files})


@pytest.mark.parametrize("size", [1, LIMIT - 1, LIMIT])
def test_up_to_the_limit_a_file_arrives_whole(size: int, small: Path) -> None:
    request = form(size)
    require_within_limit(request)
    upload = request.FILES["files"]
    assert isinstance(upload, TemporaryUploadedFile)  # on the disk, not in memory
    assert (upload.size, request.POST["title"]) == (size, "SK")
    upload.close()
    assert list(small.glob("*.upload*")) == []


@pytest.mark.parametrize("size", [LIMIT + 1, 2 * LIMIT, 20 * LIMIT])
def test_a_byte_more_is_too_large(size: int, small: Path) -> None:
    request = form(size)
    with pytest.raises(TooLarge, match="lebih besar dari batas 195 KB"):
        require_within_limit(request)
    assert request.POST["title"] == "SK"  # the fields before the file, the form's token among them
    assert not request.FILES
    assert list(small.glob("*.upload*")) == []


def test_one_too_large_among_good_ones(small: Path) -> None:
    request = form(LIMIT, LIMIT + 1)
    with pytest.raises(TooLarge):
        require_within_limit(request)
    for upload in request.FILES.getlist("files"):
        upload.close()
    assert list(small.glob("*.upload*")) == []


def test_reading_stops_soon_after_the_limit() -> None:
    """Of a form far beyond the limit not much more than the limit is read."""
    request = form(40 * LIMIT)
    stream = request._stream
    with pytest.raises(TooLarge):
        require_within_limit(request)
    assert len(stream.read()) > 38 * LIMIT


def test_a_full_disk_is_told(small_disk: Path, settings: Settings) -> None:
    settings.EVIDENCE_MAX_BYTES = 10 * LIMIT
    settings.FILE_UPLOAD_TEMP_DIR = small_disk
    request = form(5 * LIMIT)
    with pytest.raises(Refused) as refusal:
        require_within_limit(request)
    assert refusal.value.code == "no_space"
    assert list(small_disk.iterdir()) == []
    request = form(LIMIT)
    require_within_limit(request)
    assert request.FILES["files"].size == LIMIT
    request.FILES["files"].close()
