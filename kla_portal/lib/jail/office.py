"""XLSX and DOCX: a sane zip with the parts of its type, no macros, nothing embedded, no DTD."""

import encodings.cp437  # noqa: F401  how zip spells old names; no module can be loaded in the cage
import re
import zipfile
import zlib  # noqa: F401  zipfile loads its decompressor late
from typing import BinaryIO

from .verdict import Bad

_MAIN = {
    "xlsx": (b"spreadsheetml.sheet.main+xml", "xl/"),
    "docx": (b"wordprocessingml.document.main+xml", "word/"),
}
MAX_MEMBERS = 5_000
MAX_INFLATED = 400 * 1024 * 1024
MAX_RATIO = 250  # real sheets full of zeros reach about 100; a bomb needs 1000
RATIO_FREE = 5 * 1024 * 1024  # below this a high ratio harms nobody
_ENCODING_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']", re.I)
_PLAIN_ENCODINGS = {b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1"}
_CHUNK = 64 * 1024


def check(file: BinaryIO, extension: str) -> int:
    """No pages that could be shown: 0."""
    size = file.seek(0, 2)
    _one_archive(file, size)
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as fault:
        raise Bad("broken", str(fault)) from fault
    members = archive.infolist()
    _sane_members(members, size)
    names = {member.filename for member in members}
    if "[Content_Types].xml" not in names or "_rels/.rels" not in names:
        raise Bad("office_structure", "no [Content_Types].xml or no _rels/.rels")
    inflated = 0
    for member in members:
        inflated = _read(archive, member, inflated)
    _content_types(archive.read("[Content_Types].xml"), extension, names)
    return 0


def _one_archive(file: BinaryIO, size: int) -> None:
    """The end record must close the file (it may carry no comment) and the first member must begin it."""
    file.seek(max(0, size - 22))
    end = file.read(22)
    if len(end) < 22 or not end.startswith(b"PK\x05\x06"):
        file.seek(max(0, size - 70_000))
        raise Bad("polyglot" if b"PK\x05\x06" in file.read() else "broken", "the archive does not end the file")


def _sane_members(members: list[zipfile.ZipInfo], size: int) -> None:
    """Only what the table of contents says; nothing is inflated yet."""
    if not members:
        raise Bad("office_structure", "no members")
    if len(members) > MAX_MEMBERS:
        raise Bad("office_bomb", f"{len(members)} members")
    declared = sum(member.file_size for member in members)
    if declared > MAX_INFLATED or (declared > RATIO_FREE and declared > MAX_RATIO * size):
        raise Bad("office_bomb", f"{declared} bytes declared")
    seen: set[str] = set()
    for member in members:
        name = member.filename
        lower = name.lower()
        if lower in seen:
            raise Bad("office_structure", "two members of one name")
        seen.add(lower)
        if name.startswith("/") or set("\\:\0") & set(member.orig_filename) or ".." in name.split("/"):
            raise Bad("office_structure", "member name")
        if (member.external_attr >> 16) & 0o170000 == 0o120000:
            raise Bad("office_structure", "symbolic link")
        if member.flag_bits & 1:
            raise Bad("office_encrypted", "encrypted member")
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Bad("office_structure", "compression method")
        if "vbaproject" in lower or "/activex/" in f"/{lower}" or "macrosheets/" in lower:
            raise Bad("office_macro", name[:100])
        if "/embeddings/" in f"/{lower}":
            raise Bad("office_embedded", name[:100])


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, inflated: int) -> int:
    """Inflate one member to its end (the checksum is compared there), counting real bytes; look into XML parts."""
    is_xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
    own, tail = 0, b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            own += len(chunk)
            if inflated + own > MAX_INFLATED or own > member.file_size:
                raise Bad("office_bomb", "inflates beyond what it declares or may")
            if is_xml:
                if own == len(chunk):
                    _xml_start(chunk)
                tail = _no_dtd(tail + chunk)
    return inflated + own


def _xml_start(chunk: bytes) -> None:
    """Other encodings could hide a DTD from a search for its bytes."""
    declared = _ENCODING_DECLARED.search(chunk[:200])
    if b"\0" in chunk[:64] or (declared and declared[1].lower() not in _PLAIN_ENCODINGS):
        raise Bad("office_structure", "encoding of a part")


def _no_dtd(window: bytes) -> bytes:
    if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
        raise Bad("office_structure", "DTD")
    return window[-16:]


def _content_types(text: bytes, extension: str, names: set[str]) -> None:
    lower = text.lower()
    if b"macroenabled" in lower or b"vbaproject" in lower or b"activex" in lower:
        raise Bad("office_macro", "content types")
    main, folder = _MAIN[extension]
    if main not in text or not any(name.startswith(folder) for name in names):
        other = any(kind in text for kind, _ in _MAIN.values())
        raise Bad("mismatch" if other else "office_structure", "main part")
