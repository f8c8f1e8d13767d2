"""The file types taken, and how types and sizes read on the screen. No Django."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """`mime` is what is stored and served. How such a file is recognised and opened: `kla_portal.lib.jail`."""

    mime: str
    label: str
    inline: bool  # may be shown in the browser instead of saved
    picture: bool = False  # leaves as a copy without what the camera wrote into it


_OOXML = "application/vnd.openxmlformats-officedocument."
_JPEG = Format("image/jpeg", "Gambar JPEG", True, True)
FORMATS = {
    "pdf": Format("application/pdf", "PDF", True),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "png": Format("image/png", "Gambar PNG", True, True),
    "xlsx": Format(f"{_OOXML}spreadsheetml.sheet", "Excel (XLSX)", False),
    "docx": Format(f"{_OOXML}wordprocessingml.document", "Word (DOCX)", False),
}
BY_MIME = {form.mime: form for form in FORMATS.values()}
ACCEPT = ",".join(f".{extension}" for extension in FORMATS)
"""For the `accept` attribute of a file input."""


def type_label(mime: str) -> str:
    """
    >>> type_label("application/pdf"), type_label("text/html")
    ('PDF', 'Berkas')
    """
    return BY_MIME[mime].label if mime in BY_MIME else "Berkas"


def size_text(size: int) -> str:
    """Bytes as a short Indonesian text, powers of 1024, one decimal below ten.

    >>> size_text(0), size_text(1023), size_text(1024), size_text(1_258_291), size_text(50 * 1024 * 1024)
    ('0 byte', '1023 byte', '1 KB', '1,2 MB', '50 MB')
    """
    if size < 1024:
        return f"{size} byte"
    amount, unit = size / 1024, "KB"
    for unit in ("KB", "MB", "GB"):
        if amount < 1023.95 or unit == "GB":
            break
        amount /= 1024
    text = f"{amount:.1f}" if amount < 9.95 else f"{amount:.0f}"
    return f"{text.removesuffix('.0').replace('.', ',')} {unit}"
