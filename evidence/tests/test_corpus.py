"""Good files are taken, bad ones refused, each with its reason (types, names, bombs, two files in one)."""

import os
import resource
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evidence.formats import FORMATS
from evidence.names import ending_of
from evidence.refusals import Refused
from evidence.services.files import checked_extension
from evidence.tests import corpus
from evidence.tests.make import inspect, make_pdf
from kla_portal.lib.jail import reasons


def judge(folder: Path, case: corpus.Case) -> tuple[str, str | None, str | None]:
    label, name, content, expected = case
    path = folder / f"{abs(hash(label))}.part"
    path.write_bytes(content)
    try:
        mime = inspect(path, checked_extension(name))
        found = None if mime == FORMATS[ending_of(name)].mime else f"taken as {mime}"
    except Refused as refusal:
        found = refusal.code
        assert len(str(refusal)) > 40, f"{label}: the reason must say what, why and the cure"
    path.unlink()
    return label, expected, found


def test_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ThreadPoolExecutor(2) as pool:
        judged = list(pool.map(lambda case: judge(tmp_path, case), corpus.everything()))
    wrong = [f"{label}: expected {expected}, got {found}" for label, expected, found in judged if expected != found]
    good = [case for case in judged if case[1] is None]
    bad = [case for case in judged if case[1] is not None]
    with capsys.disabled():
        taken = sum(found is None for _, _, found in good)
        refused = sum(found is not None for _, _, found in bad)
        print(f"\nfile corpus: accepted {taken} of {len(good)} good, refused {refused} of {len(bad)} bad")  # noqa: T201  the figure the suite reports
    assert not wrong, "\n".join(wrong)
    assert len(good) >= 25 and len(bad) >= 95, "the corpus has shrunk"
    kinds = Counter(expected for _, expected, _ in bad)
    of_content = {*reasons.REASONS, "name", "extension", "double_extension"} - {"no_jail"}
    assert kinds.keys() >= of_content


def test_bombs_cost_little_and_the_next_file_is_taken(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for case in corpus.bombs():
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        label, _, found = judge(tmp_path, case)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert found is not None, label
        seconds = (
            ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
        )  # of the processor, whoever else is busy
        assert seconds < 4, f"{label} took {seconds:.1f} s"
    # what the bombs would have taken was taken in the child, whose memory is limited, or not at all
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 300
    path = tmp_path / "next.part"
    path.write_bytes(make_pdf())
    assert inspect(path, "pdf") == "application/pdf"


def test_the_largest_photo_allowed_fits_into_the_memory_limit(tmp_path: Path) -> None:
    path = tmp_path / "besar.part"
    path.write_bytes(corpus.large_photo(8000, 6000))
    assert inspect(path, "jpg") == "image/jpeg"


@pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's")
def test_inspection_leaves_no_process(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    path.write_bytes(make_pdf())
    inspect(path, "pdf")
    with pytest.raises(Refused):
        inspect(path, "pdf", wall_seconds=0.001)
    listings = list(Path(f"/proc/{os.getpid()}/task").glob("*/children"))
    assert listings, "this kernel does not list children"
    left = [pid for listing in listings for pid in listing.read_text().split()]
    assert not [pid for pid in left if "lib/jail" in Path(f"/proc/{pid}/cmdline").read_text()]
