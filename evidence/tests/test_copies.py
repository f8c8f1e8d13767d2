"""Of a picture a copy leaves, without what the camera wrote into it; the original stays sealed."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory
from PIL import Image, PngImagePlugin
from pytest_django import Settings

from evidence import archive, previews, store
from evidence.models import EvidenceRevision, StoredFile
from evidence.refusals import Refused
from evidence.services import add_file, receive
from evidence.serving import file_response, page_response, served
from evidence.tests import corpus
from evidence.tests.make import make_person, make_upload
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db
CANARY = b"KENARI-7f3a"
PLACE = 0x8825


def exif(orientation: int = 1) -> Image.Exif:
    told = Image.Exif()
    told[0x0112] = orientation
    told[0x010F], told[0x0110] = f"{CANARY.decode()} merek", f"{CANARY.decode()} tipe"
    told[PLACE] = {1: "S", 2: (1.0, 14.0, 19.0), 3: "E", 4: (116.0, 51.0, 0.0), 29: CANARY.decode()}
    return told


def photo(form: str, orientation: int = 1, **options: Any) -> bytes:
    """Sixty by forty, red in its upper left corner, with a canary in every place that the form has for words."""
    picture = Image.new("RGB", (60, 40), "white")
    picture.paste("red", (0, 0, 20, 10))
    if form == "JPEG":
        options = {"comment": CANARY, "xmp": b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>", "quality": 95, **options}
    else:
        words = PngImagePlugin.PngInfo()
        words.add_text("Author", CANARY.decode())
        words.add_itxt("XML:com.adobe.xmp", CANARY.decode())
        options = {"pnginfo": words, **options}
    out = io.BytesIO()
    picture.save(out, form, exif=exif(orientation), icc_profile=CANARY * 30, dpi=(72, 72), **options)
    return out.getvalue()


def take(content: bytes, name: str) -> EvidenceRevision:
    return add_file(make_upload(content, name), region=make_region(), agency=None, by=make_person())


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def leaving(revision: EvidenceRevision) -> list[bytes]:
    get = RequestFactory().get
    return [
        body(file_response(revision, get("/"))),
        body(file_response(revision, get("/"), inline=True)),
        body(page_response(revision, 1)),
    ]


PHOTOS = [
    ("JPEG", "foto.jpg", {}),
    ("JPEG", "foto.jpeg", {"progressive": True}),
    ("JPEG", "foto.jpg", {"subsampling": 0}),
    ("PNG", "foto.png", {}),
    ("PNG", "foto.png", {"optimize": True}),
]


def test_no_canary_in_anything_that_leaves(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.PREVIEWS_DIR = tmp_path / "previews"
    seen = 0
    left: list[bytes] = []
    for number, (form, name, options) in enumerate(PHOTOS):
        content = photo(form, orientation=1 + number, **options)
        assert CANARY in content
        revision = take(content, name)
        stored = revision.file
        assert stored is not None and store.path_of(stored.sha256).read_bytes() == content, "the original is as it was"
        left += leaving(revision)
        left += [path.read_bytes() for path in (tmp_path / "previews").rglob("*.jpg")]
    for content in left:
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            told = {key for key in picture.info if key not in {"jfif", "jfif_version", "jfif_unit", "jfif_density"}}
            assert not picture.getexif() and not told - {"progressive", "progression"}, told
        seen += CANARY in content
    with capsys.disabled():
        print(f"\nEXIF, GPS, comments, colour profiles: canaries in what leaves: {seen} of {len(left)}")  # noqa: T201  the figure the suite reports
    assert seen == 0 and len(left) >= 20


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_picture_on_its_side_is_put_upright(form: str) -> None:
    corner = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}
    for orientation, (right, low) in corner.items():
        revision = take(photo(form, orientation), f"foto.{form.lower().replace('jpeg', 'jpg')}")
        for content in leaving(revision)[1:]:
            with Image.open(io.BytesIO(content)) as picture:
                width, height = picture.size
                assert (width > height) == (orientation < 5)
                red, green, _ = picture.convert("RGB").getpixel((right * (width - 3) + 1, low * (height - 3) + 1))  # type: ignore[misc]
                assert red > 200 and green < 60, f"orientation {orientation}"


def test_of_a_phones_two_pictures_the_copy_has_the_first_alone() -> None:
    content = corpus.make_two_pictures()
    assert content.count(b"\xff\xd8\xff") == 2
    for left in leaving(take(content, "ponsel.jpg")):
        with Image.open(io.BytesIO(left)) as picture:
            assert (left.count(b"\xff\xd8\xff"), picture.size, dict(picture.getexif())) == (1, (60, 40), {})


@pytest.mark.usefixtures("held")
def test_both_hashes_are_kept_and_both_files_are_known_to_the_archive() -> None:
    stored = take(photo("JPEG"), "foto.jpg").file
    assert stored is not None and stored.served_sha256 not in {"", stored.sha256}
    assert served(stored) == (stored.served_sha256, stored.served_size)
    assert store.size_of(stored.served_sha256) == stored.served_size
    assert stored.pages == previews.shown(stored) == 1
    assert list(archive.defects(archive.Tally())) == []


def test_documents_leave_as_they_came() -> None:
    stored = take(make_upload().read(), "surat.pdf").file
    assert stored is not None and (stored.served_sha256, stored.served_size, stored.pages) == ("", None, 1)
    assert served(stored) == (stored.sha256, stored.size)


def test_a_copy_that_cannot_be_made_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, archive: Path) -> None:
    monkeypatch.setitem(__import__("evidence.services.files", fromlist=["ANSWER_BYTES"]).ANSWER_BYTES, "copy", 100)
    with pytest.raises(Refused):
        receive(make_upload(photo("PNG"), "foto.png"), by=make_person(), region=make_region())
    assert not StoredFile.objects.exists() and not [path for path in archive.rglob("*") if path.is_file()]


def test_the_largest_photo_allowed_gets_its_copy() -> None:
    stored = take(corpus.large_photo(8000, 6000), "besar.jpg").file
    assert stored is not None and stored.served_sha256
    with Image.open(store.path_of(stored.served_sha256)) as picture:
        assert picture.size == (8000, 6000)
