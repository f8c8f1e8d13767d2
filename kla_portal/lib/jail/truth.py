"""The first look: does the content begin as the ending claims, in the eyes of libmagic and in ours?"""

from dataclasses import dataclass
from typing import BinaryIO

import magic

from .verdict import Bad


@dataclass(frozen=True)
class Type:
    """How content of a type begins, what libmagic may call it, and the module here that opens it."""

    mime: str
    start: bytes
    magic: frozenset[str]
    checker: str


_ZIP = frozenset({"application/zip", "application/octet-stream"})  # what older libmagic makes of some office files
_OOXML = "application/vnd.openxmlformats-officedocument."
_SHEET, _TEXT = f"{_OOXML}spreadsheetml.sheet", f"{_OOXML}wordprocessingml.document"
_JPEG = Type("image/jpeg", b"\xff\xd8\xff", frozenset({"image/jpeg"}), "image")
TYPES = {
    "pdf": Type("application/pdf", b"%PDF-", frozenset({"application/pdf"}), "pdf"),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "png": Type("image/png", b"\x89PNG\r\n\x1a\n", frozenset({"image/png"}), "image"),
    "xlsx": Type(_SHEET, b"PK\x03\x04", _ZIP | {_SHEET}, "office"),
    "docx": Type(_TEXT, b"PK\x03\x04", _ZIP | {_TEXT}, "office"),
}
"""By the ending of the name."""
_HEAD = 64 * 1024
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .doc, .xls, and OOXML behind a password


def load() -> "magic.Magic":
    """libmagic with its database read, while files can still be read."""
    return magic.Magic(mime=True)


def check(library: "magic.Magic", file: BinaryIO, extension: str) -> None:
    """Raises Bad unless the first bytes, libmagic and the ending agree."""
    head = file.read(_HEAD)
    if not head:
        raise Bad("empty")
    if extension in {"xlsx", "docx"} and head.startswith(_COMPOUND):
        raise Bad("office_encrypted")
    if not head.startswith(TYPES[extension].start):
        # other content first and the true header a little later is how one file passes for two types
        raise Bad("polyglot" if TYPES[extension].start in head[:2048] else "mismatch", repr(head[:16]))
    found = library.from_buffer(head)
    if found not in TYPES[extension].magic:
        raise Bad("mismatch", found)
