"""Pages drawn in the jail: what is shown, what a page may cost, and what is kept."""

import io
import logging
import os
import time
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from evidence import previews, store
from evidence.models import StoredFile
from evidence.serving import served
from evidence.tests.held import Held
from evidence.tests.make import make_jpeg, make_pdf, make_png, make_stored

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.PREVIEWS_DIR = tmp_path / "previews"
    return tmp_path / "previews"


def draw(stored: StoredFile, number: int = 1) -> Image.Image:
    return Image.open(io.BytesIO(previews.page(stored, *served(stored), number)))


def changed_pdf(content: bytes, size: tuple[float, float] = (595, 842)) -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    page.obj.MediaBox = [0, 0, *size]
    page.obj.Contents = pdf.make_stream(content)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


@pytest.mark.usefixtures("held")
def test_a_page_is_drawn_at_its_width_and_kept(folder: Path) -> None:
    stored = make_stored(make_pdf("Satu", pages=3), pages=3)
    picture = draw(stored, 3)
    assert (picture.format, picture.size) == ("JPEG", (1000, 1416))
    darkest, _ = picture.convert("L").getextrema()  # type: ignore[misc]
    assert darkest < 80, "the text is not drawn"
    kept = [path for path in folder.rglob("*") if path.is_file()]
    assert [path.name for path in kept] == [f"{stored.pk}-3.jpg"]
    store.remove(stored.pk)
    assert draw(stored, 3).size == (1000, 1416), "a page that is kept needs no file"


@pytest.mark.parametrize(
    ("content", "extension", "size"),
    [
        (make_jpeg((3000, 1500)), "jpg", (1000, 500)),
        (make_png((40, 30)), "png", (40, 30)),
        (make_jpeg((10, 9000)), "jpg", (4, 4000)),
    ],
)
def test_a_picture_is_its_own_page(content: bytes, extension: str, size: tuple[int, int]) -> None:
    assert draw(make_stored(content, extension)).size == size


@pytest.mark.parametrize("size", [(14400, 14400), (14400, 3), (3, 14400), (200_000, 200_000)])
def test_a_page_of_any_size_makes_a_small_picture(size: tuple[float, float]) -> None:
    picture = draw(make_stored(changed_pdf(b"0 0 100 100 re f", size)))
    assert picture.width <= 1000 and picture.height <= 4000


def test_endless_content_is_ended_and_the_next_page_is_drawn(caplog: pytest.LogCaptureFixture) -> None:
    # forms that call one another: a hundred million squares from a few hundred bytes
    pdf = pikepdf.new()
    inner = pdf.make_stream(b"0 0 m 500 800 l S\n" * 1000)
    inner.stream_dict.update(
        pikepdf.Dictionary(Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 595, 842])
    )
    for _ in range(5):
        outer = pdf.make_stream(b"/F Do\n" * 10)
        outer.stream_dict.update(
            pikepdf.Dictionary(
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Form,
                BBox=[0, 0, 595, 842],
                Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner)),
            )
        )
        inner = outer
    for _ in range(2):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
        page.obj.Contents = pdf.make_stream(b"/F Do")
    out = io.BytesIO()
    pdf.save(out)
    stored = make_stored(out.getvalue(), pages=2)
    with caplog.at_level(logging.WARNING), pytest.raises(previews.Undrawable):
        draw(stored)
    assert "too_heavy" in caplog.text
    began = time.monotonic()
    for number in (1, 2):
        with pytest.raises(previews.Undrawable):
            draw(stored, number)
    assert time.monotonic() - began < 1, "neither this page nor its neighbour is tried again"
    assert draw(make_stored(make_pdf("Sesudahnya"))).size == (1000, 1416)


def test_what_cannot_be_drawn_is_tried_again_after_an_hour(folder: Path) -> None:
    stored = make_stored(make_pdf(), pages=2)
    with pytest.raises(previews.Undrawable):
        draw(stored, 2)  # the row speaks of a page that the file does not have
    marks = list(folder.rglob("*.jpg"))
    assert [(mark.name, mark.stat().st_size) for mark in marks] == [(f"{stored.pk}-2.jpg", 0)]
    assert draw(stored, 1).size == (1000, 1416)
    marks[0].write_bytes(b"")
    os.utime(marks[0], (0, time.time() - previews.FAULT_SECONDS - 1))
    with pytest.raises(previews.Undrawable):
        draw(stored, 2)
    assert time.time() - marks[0].stat().st_mtime < 60, "it was tried again"


def test_bytes_that_are_gone_or_cut_are_not_drawn(held: Held, caplog: pytest.LogCaptureFixture) -> None:
    stored = make_stored(make_pdf("x"))
    held.spoil(stored.pk)
    with pytest.raises(previews.Undrawable):
        draw(stored)
    assert "the archive lacks" in caplog.text


def test_old_pages_are_removed(folder: Path) -> None:
    draw(make_stored(make_pdf("lama")))
    assert previews.drop_old(timezone.now()) == 0
    assert previews.drop_old(timezone.now() + previews.KEEP + timedelta(hours=1)) == 1
    assert not list(folder.rglob("*.jpg"))


def test_a_page_that_another_process_removes_stops_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        place = folder / "ab" / f"{'ab' * 32}-{number}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"a page")
    real, raced = Path.lstat, f"{'ab' * 32}-1.jpg"

    def late(self: Path) -> os.stat_result:
        if self.name == raced:
            self.unlink(missing_ok=True)
        return real(self)

    monkeypatch.setattr(Path, "lstat", late)
    assert previews.drop_old(timezone.now() + previews.KEEP + timedelta(hours=1)) == 2
    assert not list(folder.rglob("*.jpg"))


def test_what_has_no_pages_shows_none() -> None:
    assert previews.shown(StoredFile(pages=0)) == 0
    assert previews.shown(StoredFile(pages=800)) == previews.MOST
