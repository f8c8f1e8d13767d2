"""What it costs to import the shipped instrument from a workbook: read in the jail, checked, written as a draft; beside
calamine reading the same cells without jail or check, in this process.

Imported by `benchmarks.inside`, which has set Django up.
"""

import io
import resource
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine
from django.db import connection, transaction

from clusters import loading, queries, workbook
from clusters.models import Instrument
from clusters.services.loading import load
from kla_portal.lib import sheets

SHIPPED = Path(__file__).resolve().parents[1] / "clusters" / "instruments" / "kla-2024.yaml"
CODE = "kla-diukur"


def measure(repeats: int) -> dict[str, Any]:
    """Seconds by turns: the whole import, its reading, check and writing, the same file by bare calamine, and a file of
    one cell, which is the price of the jail. Peaks in MB: of the jail, and by how much this process grew."""
    shipped = loading.read(SHIPPED.read_bytes().replace(b"code: kla-2024\n", f"code: {CODE}\n".encode(), 1))
    file, least = workbook.write(shipped), sheets.write({"A": [["a"]]})
    found: dict[str, Any] = {name: [] for name in ("import", "cells", "check", "store", "jail", "bare", "processor")}
    grown = _peak(resource.RUSAGE_SELF)
    for turn in range(repeats + 1):
        times = {"bare": _bare(file)}
        worked, started = _processor(), time.perf_counter()
        cells = sheets.read(io.BytesIO(file))
        read = time.perf_counter()
        data = workbook.understand(cells)
        checked = time.perf_counter()
        with transaction.atomic():
            load(data, publish=False)
            stored = time.perf_counter()
            times["processor"] = _processor() - worked
            if queries.content(Instrument.objects.get(code=CODE)).digest != shipped.digest:
                raise RuntimeError("what was stored is not what was written")
            transaction.set_rollback(True)
        times |= {
            "cells": read - started,
            "check": checked - read,
            "store": stored - checked,
            "import": stored - started,
        }
        before = time.perf_counter()
        sheets.read(io.BytesIO(least))
        times["jail"] = time.perf_counter() - before
        if turn:  # the first warms up
            for name, seconds in times.items():
                found[name].append(seconds)
    connection.close()
    peaks = {"child_mb": _peak(resource.RUSAGE_CHILDREN), "grown_mb": _peak(resource.RUSAGE_SELF) - grown}
    return {**found, **peaks, "questions": len(shipped.questions), "kilobytes": len(file) // 1000}


def _bare(file: bytes) -> float:
    started = time.perf_counter()
    with python_calamine.load_workbook(io.BytesIO(file)) as book:
        rows = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
    seconds = time.perf_counter() - started
    if sum(map(len, rows)) < 1000:
        raise RuntimeError("the workbook has too few rows")
    return seconds


def _processor() -> float:
    """Seconds of processor time of this process and its children, which hardly depend on who else is busy."""
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + child.ru_utime + child.ru_stime


def _peak(who: int) -> float:
    return float(round(Decimal(resource.getrusage(who).ru_maxrss) / 1024, 1))
