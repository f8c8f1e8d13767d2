"""PDF: opens whole, has pages, and does nothing by itself."""

import zlib
from typing import Any, BinaryIO

import pikepdf

from .verdict import Bad

_ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/RichMedia", "/Movie", "/GoToE"}
_ACTIVE_KEYS = ("/JS", "/JavaScript", "/AA", "/XFA", "/RichMediaContent")
_TAIL = 2048
_CHUNK = 1024 * 1024
MAX_INFLATED = 500 * 1024 * 1024


def check(file: BinaryIO, extension: str) -> int:
    """How many pages it has."""
    _no_tail(file)
    try:
        document = pikepdf.open(file)
    except pikepdf.PasswordError as fault:
        raise Bad("pdf_encrypted") from fault
    except Exception as fault:
        # a locked file may fail before its lock is seen: qpdf wants random numbers for it, and the cage has none
        raise Bad("pdf_encrypted" if _mentions(file, b"/Encrypt") else "broken", str(fault)[:200]) from fault
    if document.is_encrypted:
        raise Bad("pdf_encrypted", "opens with an empty password")
    if not len(document.pages):
        raise Bad("pdf_no_pages")
    inflated = 0
    for thing in document.objects:
        _no_action(thing)
        if isinstance(thing, pikepdf.Stream):
            inflated += _inflated(thing, MAX_INFLATED - inflated)
    return len(document.pages)


def _no_tail(file: BinaryIO) -> None:
    """Nothing but a little white space after the last %%EOF: an archive or page appended there is another file."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    end = tail.rfind(b"%%EOF")
    if end < 0:
        raise Bad("polyglot" if b"PK\x05\x06" in tail else "broken", "no %%EOF near the end")
    if tail[end + 5 :].strip(b"\r\n\t \x00"):
        raise Bad("polyglot", "bytes after %%EOF")
    file.seek(0)


def _mentions(file: BinaryIO, word: bytes) -> bool:
    file.seek(0)
    before = b""
    while chunk := file.read(_CHUNK):
        if word in before + chunk:
            return True
        before = chunk[-len(word) :]
    return False


def _no_action(thing: Any) -> None:
    """Looks at one object and at the dictionaries written directly inside it."""
    if isinstance(thing, pikepdf.Array):
        for inner in thing:
            if isinstance(inner, (pikepdf.Array, pikepdf.Dictionary)) and not inner.is_indirect:
                _no_action(inner)
        return
    if not isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        return
    if any(key in thing for key in _ACTIVE_KEYS):
        raise Bad("pdf_active", "script or automatic action")
    if str(thing.get("/S", "")) in _ACTIONS:
        raise Bad("pdf_active", str(thing.get("/S")))
    if thing.get("/Type") == "/EmbeddedFile" or "/EmbeddedFiles" in thing or "/EF" in thing:
        raise Bad("pdf_embedded")
    for key in thing.keys():  # noqa: SIM118  a stream is no mapping
        inner = thing[key]
        if isinstance(inner, (pikepdf.Array, pikepdf.Dictionary)) and not inner.is_indirect:
            _no_action(inner)


def _inflated(stream: pikepdf.Stream, room: int) -> int:
    """How many bytes the stream makes when inflated once. Raises Bad above `room`: a reader would choke on it."""
    filters: Any = stream.get("/Filter", "")
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    if names.count("/FlateDecode") > 1:
        raise Bad("too_heavy", "deflated more than once")
    if names[0:1] != ["/FlateDecode"]:
        return 0
    unpacker, count, data = zlib.decompressobj(), 0, stream.read_raw_bytes()
    try:
        while data and not unpacker.eof:
            count += len(unpacker.decompress(data, _CHUNK))
            data = unpacker.unconsumed_tail
            if count > room:
                raise Bad("too_heavy", "inflates beyond the limit")
    except zlib.error:
        return count  # readers put up with it, and show what they could inflate
    return count
