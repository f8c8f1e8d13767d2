"""What a package costs: documents copied from the archive into a ZIP, each checked against its hash, with both indexes,
the ZIP's own hash, and flushed; beside `zipfile` alone writing the same files.

Imported by `benchmarks.inside`, which has set Django up.
"""

import os
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.utils import timezone

from evaluations.demo.people import BALIKPAPAN
from evaluations.models import Evaluation
from evidence import store as evidence
from reports import packages_making, store
from reports.enums import EntryState, PackageScope
from reports.models import Package
from reports.packages_content import Entry

SIZES = {"large": (40, 3_000_000), "small": (1500, 20_000)}
"""By kind of package: how many files, of how many bytes."""


def measure(repeats: int) -> dict[str, Any]:
    """By kind: bytes, files, and seconds by turns, ours and of zipfile alone, without and with a flush at the end."""
    evaluation = Evaluation.objects.select_related("region", "cycle").filter(region=BALIKPAPAN).order_by("pk")[0]
    return {kind: _measured(evaluation, *size, repeats) for kind, size in SIZES.items()}


def _measured(evaluation: Evaluation, files: int, size: int, repeats: int) -> dict[str, Any]:
    now = timezone.now()
    package = Package(
        evaluation=evaluation, scope=PackageScope.WHOLE, title="Diukur", created_at=now, expires_at=now
    )  # fmt: skip
    entries = [_entry(number, size, now.isoformat()) for number in range(files)]
    found: dict[str, Any] = {"files": files, "bytes": files * size, "ours": [], "bare": [], "flushed": []}
    with tempfile.TemporaryDirectory(dir=Path(store.backend().path(""))) as folder:
        target = Path(folder) / "bare.zip"
        for turn in range(repeats + 1):
            times = {
                "bare": _timed(lambda: _bare(target, entries, flush=False)),
                "ours": _timed(lambda: packages_making.make(package, entries, lambda progress, words: None)),
                "flushed": _timed(lambda: _bare(target, entries, flush=True)),
            }
            _check(package, target)
            if turn:  # the first warms up
                for name, seconds in times.items():
                    found[name].append(seconds)
    store.drop(package.file_name)
    for entry in entries:
        evidence.remove(entry.sha256)
    return found


def _entry(number: int, size: int, added: str) -> Entry:
    with evidence.incoming([os.urandom(size)], size) as part:
        part.keep()
    return Entry(
        link=str(number), revision=str(number), cluster="I", cluster_name="Hak Sipil", indicator="4",
        code=f"4.{number}",
        question="Apakah ada?", claim="Ya (1,00 poin)", verdict="", want="", state=EntryState.IN, kind="SK", size=size,
        title=f"Dokumen {number}", sha256=part.sha256, path=f"I/04/4.{number}_dokumen.pdf", added=added,
    )  # fmt: skip


def _bare(target: Path, entries: list[Entry], *, flush: bool) -> None:
    with target.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as out:
            for entry in entries:
                out.write(evidence.path_of(entry.sha256), entry.path)
        if flush:
            file.flush()
            os.fsync(file.fileno())


def _check(package: Package, target: Path) -> None:
    """Both hold the same files."""
    with (
        store.backend().open(package.file_name) as file,
        zipfile.ZipFile(file) as ours,
        zipfile.ZipFile(target) as bare,
    ):
        held = {info.filename: info.CRC for info in ours.infolist() if not info.filename.startswith("indeks.")}
        if held != {info.filename: info.CRC for info in bare.infolist()}:
            raise RuntimeError("the package does not hold what it should")


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
