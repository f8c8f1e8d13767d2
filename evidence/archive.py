"""Compares the archive with the database, both ways, byte by byte, and the drawn pages with both. Reads only;
`services.sweeping` cleans up. What was deleted or purged on purpose is no defect, also not while it is compared: what
looks like one is looked at again with everybody held who brings in or removes bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence import previews, store
from evidence.models import EvidenceRevision, StoredFile
from evidence.services.purging import spoken_of

MISSING, SIZE, CONTENT, UNKNOWN, FOREIGN = "missing", "size", "content", "unknown", "foreign"
PAGE, PURGED = "page", "purged"
SAID = {
    MISSING: "tercatat, tetapi berkasnya tidak ada di penyimpanan",
    SIZE: "ukurannya tidak sama dengan yang tercatat",
    CONTENT: "isinya berubah: sidik jarinya tidak sama dengan namanya",
    UNKNOWN: "ada di penyimpanan, tetapi tidak tercatat",
    FOREIGN: "bukan berkas portal",
    PAGE: "gambar halaman dari berkas yang tidak tercatat",
    PURGED: "tercatat sudah dihapus dari penyimpanan, tetapi masih menunjuk berkasnya",
}


@dataclass(frozen=True)
class Defect:
    """One thing that does not fit: `what` is a key of SAID, `name` the place in the archive, of a drawn page the file's
    name, of a revision that should have none its id."""

    what: str
    name: str

    def __str__(self) -> str:
        return f"{self.name}: {SAID[self.what]}"


@dataclass
class Tally:
    """How much was compared."""

    rows: int = 0
    files: int = 0
    bytes: int = 0


def defects(tally: Tally, *, contents: bool = True) -> Iterator[Defect]:
    """Every defect, rows first. Counts into `tally` what was compared; without `contents` nothing is hashed.

    Memory is bounded by the hashes: some 150 bytes for each file.
    """
    known: set[str] = set()
    for sha256, size in _recorded():
        tally.rows += 1
        known.add(sha256)
        if (held := store.size_of(sha256)) is not None:
            tally.files += 1
            tally.bytes += held
        fault = _fault(sha256, size, contents)
        if fault and (fault := _still(sha256, size, contents)):
            yield Defect(fault, store.name_of(sha256))
    for kept in store.every():
        if not kept.sha256:
            yield Defect(FOREIGN, kept.name)
        elif kept.sha256 not in known and _strange(kept.sha256):
            tally.files += 1
            yield Defect(UNKNOWN, kept.name)
    for sha256, path in previews.drawn():
        if sha256 not in known and _strange(sha256, path):
            yield Defect(PAGE, path.name)
    for pk in EvidenceRevision.objects.exclude(purged_at=None).exclude(file=None).order_by("pk").values_list("pk"):
        yield Defect(PURGED, str(pk[0]))


def _fault(sha256: str, size: int, contents: bool) -> str:
    """What does not fit about the bytes of a row; '' for nothing."""
    held = store.size_of(sha256)
    if held is None:
        return MISSING
    if held != size:
        return SIZE
    try:
        return CONTENT if contents and store.hash_of(sha256) != sha256 else ""
    except FileNotFoundError:
        return MISSING


def _still(sha256: str, size: int, contents: bool) -> str:
    """The same, of a row that is still there."""
    with store.settling(alone=True):
        return _fault(sha256, size, contents) if spoken_of(sha256) else ""


def _strange(sha256: str, page: Path | None = None) -> bool:
    """Are the bytes, or a page drawn of them, still there without a row?"""
    with store.settling(alone=True):
        there = store.size_of(sha256) is not None if page is None else page.exists()
        return there and not spoken_of(sha256)


def _recorded() -> Iterator[tuple[str, int]]:
    """Hash and size of every file that a row speaks of: originals and the copies that are served for them."""
    rows = StoredFile.objects.order_by("sha256").values_list("sha256", "size", "served_sha256", "served_size")
    for sha256, size, served, served_size in rows.iterator(chunk_size=2000):
        yield sha256, size
        if served:
            yield served, served_size or 0
