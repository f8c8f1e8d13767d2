"""A request letter or a list of late agencies, from its frozen payload to the PDF. Looks nothing up."""

import hashlib
from functools import cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from kla_portal.lib import pdf
from reports.document import FONTS
from reports.enums import LetterKind

LAYOUT = settings.BASE_DIR / "static" / "css" / "letter.css"
TEMPLATES = {LetterKind.REQUEST: "components/letter.html", LetterKind.LATE: "reports/_late_list.html"}
PAPER = """
@font-face { font-family: "Plus Jakarta Sans"; font-weight: 400; src: url(kla:face-400) format("woff2") }
@font-face { font-family: "Plus Jakarta Sans"; font-weight: 700; src: url(kla:face-700) format("woff2") }
@page { size: A4; margin: 20mm 20mm 22mm 25mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 400 8pt "Plus Jakarta Sans", sans-serif } }
html { font: 400 10pt/1.45 "Plus Jakarta Sans", sans-serif; color: #111; overflow-wrap: anywhere }
body { margin: 0 }
p { margin: 0 0 3mm }
"""


@cache
def edition(kind: str = LetterKind.REQUEST) -> str:
    """A digest of template and style, 12 hex digits: the same words in another layout are another document."""
    template = settings.BASE_DIR / "templates" / TEMPLATES[LetterKind(kind)]
    return hashlib.sha256(template.read_bytes() + LAYOUT.read_bytes() + PAPER.encode()).hexdigest()[:12]


def print_pdf(payload: dict[str, Any], kind: str = LetterKind.REQUEST) -> bytes:
    """The letter of a payload from `services.request_letter` or `request_late_list`. The same payload gives the same
    bytes."""
    html = render_to_string(TEMPLATES[LetterKind(kind)], {"letter": payload, "address": payload.get("address", "")})
    fonts = settings.BASE_DIR / "static" / "fonts"
    assets = {name: ((fonts / file).read_bytes(), "font/woff2") for name, file in FONTS.items()}
    about = payload["agency"] if kind == LetterKind.REQUEST else payload["region"]
    title = f"{LetterKind(kind).label} {about}"
    return pdf.render(f'<div class="letter">{html}</div>', css=PAPER + LAYOUT.read_text(), assets=assets, title=title)
