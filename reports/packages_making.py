"""From a frozen list to the ZIP, file by file: memory stays flat, and the same list gives the same bytes."""

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import IO, NamedTuple

from evidence import store as evidence
from kla_portal.lib.dates import ZONES, zone_of
from reports import packages_index, store
from reports.enums import EntryState
from reports.models import Package
from reports.packages_content import Entry

CHUNK = 1024 * 1024
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a ZIP can name."""
Step = Callable[[int, str], None]
"""How far it is, 0..100, and what is being done."""


class Made(NamedTuple):
    """What is in the store under the package's name now."""

    entries: list[Entry]
    files: int
    size: int
    sha256: str


class Unsound(Exception):
    """The archive lacks the bytes with this hash, or holds others in their place."""

    def __init__(self, sha256: str) -> None:
        super().__init__(sha256)
        self.sha256 = sha256


def make(package: Package, entries: Sequence[Entry], on_step: Step) -> Made:
    """Write the ZIP of `entries` to the reports' store, whole or not at all.

    Files are stored as they are, for each of their types is compressed already. A file that the archive does not hold
    whole is left out, and the index says so. Raises OSError for a full disk, and whatever `on_step` raises.
    """
    current = [entry.without(EntryState.LACKING) if _lacking(entry) else entry for entry in entries]
    while True:
        try:
            return _made(package, current, on_step)
        except Unsound as fault:  # found out while it was being copied, so the ZIP begins again without it
            current = [
                entry.without(EntryState.LACKING) if entry.path and entry.sha256 == fault.sha256 else entry
                for entry in current
            ]


def _lacking(entry: Entry) -> bool:
    """Seen from the store's own list, before a byte is copied."""
    return entry.state == EntryState.IN and evidence.size_of(entry.sha256) != entry.size


def _made(package: Package, entries: list[Entry], on_step: Step) -> Made:
    files = {entry.path: entry for entry in entries if entry.state == EntryState.IN}
    total, done, said = sum(entry.size for entry in files.values()), 0, 0
    moment = _moment(package.created_at, package)
    with store.arriving(package.file_name) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as out:
            index = zipfile.ZipInfo("indeks.html", moment)
            out.writestr(_readable(index), packages_index.html(package, entries), zipfile.ZIP_DEFLATED)
            out.writestr(_readable(zipfile.ZipInfo("indeks.xlsx", moment)), packages_index.xlsx(entries))
            for number, (path, entry) in enumerate(files.items(), 1):
                _copy(out, path, entry, package)
                done += entry.size
                if (now := 5 + 85 * done // max(total, 1)) > said:
                    said = now
                    on_step(said, f"Menyalin berkas {number} dari {len(files)}")
        on_step(92, "Menghitung sidik jari")
        size = file.tell()
        sha256 = store.hash_of(file)
        on_step(97, "Menyimpan")
    return Made(entries, len(files), size, sha256)


def _copy(out: zipfile.ZipFile, path: str, entry: Entry, package: Package) -> None:
    info = _readable(zipfile.ZipInfo(path, _moment(datetime.fromisoformat(entry.added), package)))
    info.file_size = entry.size
    try:
        source = evidence.open_bytes(entry.sha256)
    except FileNotFoundError as fault:
        raise Unsound(entry.sha256) from fault
    with source, out.open(info, "w") as member:
        if _through(source, member) != entry.sha256:
            raise Unsound(entry.sha256)


def _through(source: IO[bytes], member: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        member.write(chunk)
    return digest.hexdigest()


def _readable(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The same on every system: made "on Unix", a plain file that everybody may read."""
    info.create_system, info.external_attr = 3, 0o100644 << 16
    return info


def _moment(at: datetime, package: Package) -> tuple[int, int, int, int, int, int]:
    local = at.astimezone(ZONES[zone_of(package.evaluation.region_id)])
    return max(EARLIEST, (local.year, local.month, local.day, local.hour, local.minute, local.second))
