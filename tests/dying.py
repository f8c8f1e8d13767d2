"""The portal's processes with places at which they end, as a power cut ends them, or stand still.

Started instead of `kla_portal.wsgi` (granian) and `kla_portal` (celery -A). The file that KLA_TEST_DYING names says
where, in the next call: "kill STEP", or "wait STEP": then the process writes `<file>.here` and goes on once that is
gone. Nothing of the portal's own code is another; its functions are wrapped.
"""
# ruff: noqa: E402  Django is set up before anything of it is imported

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kla_portal.settings")
django.setup(set_prefix=False)

ORDER = Path(os.environ["KLA_TEST_DYING"])
HERE = ORDER.with_name(f"{ORDER.name}.here")

STEPS = {
    # a form with a file
    "body": ("evidence.uploads", "BoundedUpload.receive_data_chunk", "after"),
    "written": ("evidence.store", "_write", "after"),
    "held": ("evidence.services.quotas", "_hold", "after"),
    "before-rename": ("evidence.store", "Part.keep", "before"),
    "after-rename": ("evidence.store", "Part.keep", "after"),
    "row": ("evidence.services.files", "_row", "after"),
    "revision": ("evaluations.services.attaching", "add_stored", "after"),
    "attached": ("evaluations.views.evidence", "attach_file", "after"),
    # a file in pieces
    "announced": ("evidence.services.uploading", "begin", "after"),
    "piece-written": ("os", "fsync", "before"),
    "piece-flushed": ("os", "fsync", "after"),
    "piece-counted": ("evidence.services.uploading", "append", "after"),
    "before-used": ("evaluations.services.attaching", "used", "before"),
    "after-used": ("evaluations.services.attaching", "used", "after"),
    # the worker
    "before-scan": ("evidence.clamd", "scan", "before"),
    "after-scan": ("evidence.clamd", "scan", "after"),
    "purging": ("evidence.services.purging", "_purge", "after"),
    "purged": ("evaluations.services.retention", "purge", "after"),
    "row-removed": ("evidence.services.purging", "spoken_of", "before"),
    "bytes-removed": ("evidence.store", "remove", "after"),
    "pages-removed": ("evidence.previews", "forget", "after"),
}


def reached(step: str) -> None:
    """End or stand still if the order names this step. An order is obeyed once."""
    try:
        what, where = ORDER.read_text().split()
    except (FileNotFoundError, ValueError):
        return
    if where != step:
        return
    try:
        ORDER.unlink()
    except FileNotFoundError:
        return  # a neighbour was faster
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    HERE.touch()
    while HERE.exists():
        time.sleep(0.02)


def wrapped(step: str, real: Callable[..., Any], when: str) -> Callable[..., Any]:
    @wraps(real)
    def call(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            reached(step)
        answer = real(*args, **kwargs)
        if when == "after":
            reached(step)
        return answer

    return call


def in_the_middle_of_the_inspection(real: Callable[..., Any]) -> Callable[..., Any]:
    """The child that reads the file has been started when the portal ends."""

    @wraps(real)
    def call(command: Any, **how: Any) -> Any:
        if ORDER.exists() and ORDER.read_text().split()[1:] == ["inspection"]:
            started = {name: value for name, value in how.items() if name not in {"timeout", "check"}}
            subprocess.Popen(command, **started)
            reached("inspection")
        return real(command, **how)

    return call


for name, (module, path, when) in STEPS.items():
    owner: Any = importlib.import_module(module)
    *outer, last = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    setattr(owner, last, wrapped(name, getattr(owner, last), when))

asking = importlib.import_module("kla_portal.lib.jail.asking")


class Subprocess:
    """What `asking` knows of the module, with `run` wrapped for it alone."""

    run = staticmethod(in_the_middle_of_the_inspection(subprocess.run))
    TimeoutExpired, DEVNULL = subprocess.TimeoutExpired, subprocess.DEVNULL


asking.subprocess = Subprocess  # type: ignore[attr-defined]

from kla_portal.celery import app as celery_app
from kla_portal.handlers import Handler

application = Handler()
app = celery_app
print(f"{len(STEPS) + 1} places to die at", file=sys.stderr)
