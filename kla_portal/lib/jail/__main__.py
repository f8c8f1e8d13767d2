"""Looks at the file on standard input and answers one line of JSON: {task: result} or {"refused": code, "fault": …}.

Usage: python -I -B kla_portal/lib/jail/__main__.py TASK EXTENSION, with a task of `tasks.ANSWER_BYTES`:
type    is the file what its ending says, and harmless? The result is its MIME type
sheets  the same, and then the cells of all its sheets (XLSX only)
"""

import importlib
import importlib.util
import json
import os
import sys
from types import ModuleType
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


def main(task: str, extension: str) -> dict[str, Any]:
    # one parser is loaded, and before the cage shuts: afterwards no file can be opened, modules included
    cage, verdict, tasks, truth = map(_module, ("cage", "verdict", "tasks", "truth"))
    checker = _module(truth.TYPES[extension].checker)
    reader = _module("cells") if task == "sheets" else None
    magic = truth.load()
    cage.shut(tasks.ANSWER_BYTES[task])
    file = os.fdopen(0, "rb")
    try:
        truth.check(magic, file, extension)
        file.seek(0)
        checker.check(file, extension)
        if reader is None:
            return {"type": truth.TYPES[extension].mime}
        file.seek(0)
        return {"sheets": reader.read(file)}
    except verdict.Bad as bad:
        return {"refused": bad.code, "fault": bad.fault}
    except MemoryError:
        return {"refused": "too_heavy", "fault": "memory"}
    except Exception as fault:  # a parser that stumbles in any way has found a broken file
        return {"refused": "broken", "fault": f"{type(fault).__name__}: {str(fault)[:200]}"}


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"jail.{name}")


def _be_a_package() -> None:
    """Make this folder the package `jail`, whatever else is on the path and without the packages around it."""
    spec = importlib.util.spec_from_file_location("jail", f"{HERE}/__init__.py", submodule_search_locations=[HERE])
    if spec is None:
        raise ImportError(HERE)
    sys.modules["jail"] = importlib.util.module_from_spec(spec)


def _say(answer: dict[str, Any]) -> None:
    line = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    while line:
        line = line[os.write(1, line) :]


if __name__ == "__main__":
    try:
        _be_a_package()
        said = main(*sys.argv[1:])
    except Exception as fault:  # no cage, a module that is missing, a task that nobody knows: the bytes are not touched
        said = {"refused": "no_jail", "fault": f"{type(fault).__name__}: {str(fault)[:200]}"}
    try:
        _say(said)
    finally:
        os._exit(0)  # no destructors: they may stumble over what the cage forbids
