"""Small real documents, made on the spot: PDFs with text, photos as JPEG."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import escape
from PIL import Image, ImageDraw

from kla_portal.lib.pdf import render

CSS = "@page { size: A5; margin: 18mm } body { font-size: 11pt } h1 { font-size: 14pt } .mark { color: #744500 }"


def letter(title: str, place: str, lines: list[str]) -> SimpleUploadedFile:
    """A one-page PDF with a heading, the words DATA CONTOH and some lines."""
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    html = f'<p class="mark">DATA CONTOH</p><h1>{escape(title)}</h1><p>{escape(place)}</p>{body}'
    data = render(html, css=CSS, assets={}, title=title)
    return SimpleUploadedFile(f"{title}.pdf", data, content_type="application/pdf")


def photo(title: str, shade: int) -> SimpleUploadedFile:
    """A small JPEG with a caption; `shade` (0..255) makes each different."""
    picture = Image.new("RGB", (800, 500), (11 + shade // 2, 87, 83))
    pen = ImageDraw.Draw(picture)
    for step in range(5):
        pen.ellipse(
            (80 + step * 140, 180 + (step * shade) % 90, 180 + step * 140, 280 + (step * shade) % 90),
            fill=(250, 248, 245),
        )
    pen.text((40, 40), f"DATA CONTOH - {title}", fill=(250, 248, 245))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return SimpleUploadedFile(f"{title}.jpg", out.getvalue(), content_type="image/jpeg")
