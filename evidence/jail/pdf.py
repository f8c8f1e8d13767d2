"""PDF: opens whole, has pages, and does nothing by itself."""

from typing import Any, BinaryIO

import pikepdf

from evidence.formats import FORMATS
from evidence.jail.verdict import Bad

_ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/RichMedia", "/Movie", "/GoToE"}
_ACTIVE_KEYS = ("/JS", "/JavaScript", "/AA", "/XFA", "/RichMediaContent")
_TAIL = 2048


def check(file: BinaryIO, extension: str) -> str:
    _no_tail(file)
    try:
        document = pikepdf.open(file)
    except pikepdf.PasswordError as fault:
        raise Bad("pdf_encrypted") from fault
    except pikepdf.PdfError as fault:
        raise Bad("broken", str(fault)[:200]) from fault
    if document.is_encrypted:
        raise Bad("pdf_encrypted", "opens with an empty password")
    if not len(document.pages):
        raise Bad("pdf_no_pages")
    for thing in document.objects:
        _no_action(thing)
    for page in document.pages:  # every page must be readable to its content
        contents = page.obj.get("/Contents")
        for stream in contents if isinstance(contents, pikepdf.Array) else [contents]:
            if isinstance(stream, pikepdf.Stream):
                stream.get_raw_stream_buffer()
    return FORMATS[extension].mime


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
    for key in thing.keys():
        inner = thing[key]
        if isinstance(inner, (pikepdf.Array, pikepdf.Dictionary)) and not inner.is_indirect:
            _no_action(inner)
