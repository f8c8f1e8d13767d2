"""Inspects the file on standard input and answers one JSON line: {"mime": …} or {"refused": code, "fault": …}.

Usage: python -I -B evidence/jail/__main__.py EXTENSION
"""

import importlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from evidence.jail import cage  # only now is the project on the path
from evidence.jail.verdict import Bad

CHECKERS = {"pdf": "pdf", "jpg": "image", "jpeg": "image", "png": "image", "xlsx": "office", "docx": "office"}


def main(extension: str) -> dict[str, str]:
    # one parser is loaded, and before the cage shuts: afterwards no file can be opened, modules included
    checker = importlib.import_module(f"evidence.jail.{CHECKERS[extension]}")
    truth = importlib.import_module("evidence.jail.truth")
    magic = truth.load()
    cage.shut()
    file = os.fdopen(0, "rb")
    try:
        truth.check(magic, file, extension)
        file.seek(0)
        return {"mime": checker.check(file, extension)}
    except Bad as bad:
        return {"refused": bad.code, "fault": bad.fault}
    except MemoryError:
        return {"refused": "too_heavy", "fault": "memory"}
    except Exception as fault:  # a parser that stumbles in any way has found a broken file
        return {"refused": "broken", "fault": f"{type(fault).__name__}: {str(fault)[:200]}"}


if __name__ == "__main__":
    try:
        answer = main(sys.argv[1])
    except (cage.NoCage, ImportError, OSError) as fault:
        answer = {"refused": "no_jail", "fault": f"{type(fault).__name__}: {str(fault)[:200]}"}
    os.write(1, json.dumps(answer).encode())
    os._exit(0)  # no destructors: they may stumble over what the cage forbids
