"""The first look: does the content begin as the ending claims, in the eyes of libmagic and in ours?"""

from typing import BinaryIO

import magic

from evidence.formats import FORMATS
from evidence.jail.verdict import Bad

_START = {
    "pdf": b"%PDF-",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "xlsx": b"PK\x03\x04",
    "docx": b"PK\x03\x04",
}
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
    if not head.startswith(_START[extension]):
        # other content first and the true header a little later is how one file passes for two types
        raise Bad("polyglot" if _START[extension] in head[:2048] else "mismatch", repr(head[:16]))
    found = library.from_buffer(head)
    if found not in FORMATS[extension].magic:
        raise Bad("mismatch", found)
