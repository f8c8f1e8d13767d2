"""One page of a PDF, or a picture, as a JPEG for the screen. The file has been checked when it was taken in."""

import io
from typing import BinaryIO

import pypdfium2
from PIL import Image

from .image import MAX_PIXELS, NAMES, upright
from .tasks import PAGE_HEIGHT, PAGE_WIDTH
from .verdict import Bad

QUALITY = 80


def page(file: BinaryIO, extension: str, number: int) -> bytes:
    """Page `number`, counted from 1; a picture is its own only page. Raises Bad "no_page"."""
    picture = _picture(file, extension, number) if extension in NAMES else _of_pdf(file, number)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _picture(file: BinaryIO, extension: str, number: int) -> Image.Image:
    if number != 1:
        raise Bad("no_page", str(number))
    with Image.open(file, formats=(NAMES[extension],)) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise Bad("image_too_large", str(opened.size))
        opened.draft("RGB", (2 * PAGE_WIDTH, 2 * PAGE_HEIGHT))  # a JPEG can be decoded small, four times as fast
        picture = upright(opened)
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        whole = picture.convert("RGBA")
        picture = Image.new("RGBA", whole.size, "white")
        picture.alpha_composite(whole)
    picture = picture.convert("RGB")
    picture.thumbnail((PAGE_WIDTH, PAGE_HEIGHT))
    picture.info.clear()
    return picture


def _of_pdf(file: BinaryIO, number: int) -> Image.Image:
    document = pypdfium2.PdfDocument(file.read())
    if not 0 < number <= len(document):
        raise Bad("no_page", f"{number} of {len(document)}")
    drawn = document[number - 1]
    width, height = drawn.get_size()
    scale = min(PAGE_WIDTH / max(width, 1), PAGE_HEIGHT / max(height, 1))
    return drawn.render(scale=scale, may_draw_forms=False, rev_byteorder=True).to_pil().convert("RGB")
