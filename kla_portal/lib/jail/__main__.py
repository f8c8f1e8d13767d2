"""Looks at the file on standard input and answers one line of JSON: {task: result} or {"refused": code, "fault": …}.

Usage: python -I -B kla_portal/lib/jail/__main__.py TASK EXTENSION [PAGE], with a task of `tasks.ANSWER_BYTES`:
type    is the file what its ending says, and harmless? The result is its MIME type; "pages" says how many it has
sheets  the same, and then the cells of all its sheets (XLSX only)
copy    the same as type, and then a picture made anew from its pixels (JPEG and PNG only)
page    PAGE, counted from 1, as a JPEG (PDF, JPEG and PNG). The file is not checked again

The result of copy and page is how many bytes it has; they follow the line.
"""

import importlib
import importlib.util
import json
import os
import sys
import warnings
from types import ModuleType
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


def main(task: str, extension: str, page: str = "1") -> tuple[dict[str, Any], bytes]:
    # one parser is loaded, and before the cage shuts: afterwards no file can be opened, modules included
    cage, verdict, tasks, truth = map(_module, ("cage", "verdict", "tasks", "truth"))
    checker = None if task == "page" else _module(truth.TYPES[extension].checker)
    reader = _module({"sheets": "cells", "copy": "image", "page": "drawing"}[task]) if task != "type" else None
    magic = truth.load()
    warnings.simplefilter("error")  # what a parser only warns of is refused too
    cage.shut(tasks.ANSWER_BYTES[task], tasks.CPU_SECONDS[task])
    file = os.fdopen(0, "rb")
    try:
        answer: dict[str, Any] = {}
        if checker is not None:
            truth.check(magic, file, extension)
            file.seek(0)
            pages = checker.check(file, extension)
            answer = {"type": truth.TYPES[extension].mime, "pages": pages}
            file.seek(0)
        if reader is None:
            return answer, b""
        if task == "sheets":
            return {"sheets": reader.read(file)}, b""
        made = reader.copy(file, extension) if task == "copy" else reader.page(file, extension, int(page))
        return answer | {task: len(made)}, made
    except verdict.Bad as bad:
        return {"refused": bad.code, "fault": bad.fault}, b""
    except MemoryError:
        return {"refused": "too_heavy", "fault": "memory"}, b""
    except Exception as fault:  # a parser that stumbles in any way has found a broken file
        return {"refused": "broken", "fault": f"{type(fault).__name__}: {str(fault)[:200]}"}, b""


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"jail.{name}")


def _be_a_package() -> None:
    """Make this folder the package `jail`, whatever else is on the path and without the packages around it."""
    spec = importlib.util.spec_from_file_location("jail", f"{HERE}/__init__.py", submodule_search_locations=[HERE])
    if spec is None:
        raise ImportError(HERE)
    sys.modules["jail"] = importlib.util.module_from_spec(spec)


def _say(answer: dict[str, Any], made: bytes) -> None:
    for said in (json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n", made):
        rest = memoryview(said)
        while rest:
            rest = rest[os.write(1, rest) :]


if __name__ == "__main__":
    try:
        _be_a_package()
        said, content = main(*sys.argv[1:])
    except Exception as fault:  # no cage, a module that is missing, a task that nobody knows: the bytes are not touched
        said, content = {"refused": "no_jail", "fault": f"{type(fault).__name__}: {str(fault)[:200]}"}, b""
    try:
        _say(said, content)
    finally:
        os._exit(0)  # no destructors: they may stumble over what the cage forbids
