"""Asks the jail about a file. Nothing in this process ever parses the bytes of an upload."""

import json
import logging
import os
import signal
import subprocess  # nosec B404: a fixed command line
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

from kla_portal.lib.jail.tasks import ANSWER_BYTES

WALL_SECONDS = 30
_JAIL = str(Path(__file__).resolve().parent / "__main__.py")
logger = logging.getLogger(__name__)


def ask(file: BinaryIO, task: str, extension: str, wall_seconds: float = WALL_SECONDS) -> dict[str, Any]:
    """What the child says: {task: result}, or {"refused": code, "fault": text for the log}.

    `file` is open on a descriptor; it is read from its beginning. `task` is a key of `tasks.ANSWER_BYTES`, `extension`
    one of `truth.TYPES`. The child gets the file as its standard input, no environment, no other descriptor, and shuts
    itself in before it reads a byte. No answer is a refusal: too long, killed by its limits, or crashed.
    """
    with made(file, task, extension, wall_seconds=wall_seconds) as (answer, _):
        return answer


@contextmanager
def made(
    file: IO[bytes], task: str, extension: str, page: int = 1, wall_seconds: float = WALL_SECONDS
) -> Iterator[tuple[dict[str, Any], IO[bytes]]]:
    """The same for "copy" and "page": what the child says, and a file that stands where the bytes it made begin.

    {task: how many they are} says that all of them are there. The file is gone when the block ends.
    """
    # The child's file-size limit bounds what it can write here, so an answer can neither flood memory nor the disk.
    with tempfile.TemporaryFile() as into:
        answer = _answer(file, [task, extension, str(page)], wall_seconds, into)
        if answer.get("refused") == "no_jail":
            logger.error(
                "The jail for uploads cannot be set up: %s. Install libseccomp2 and use a kernel with seccomp filters; "
                "until then every upload is refused.",
                answer.get("fault"),
            )
        if task in {"copy", "page"} and "refused" not in answer:
            here = into.tell()
            if into.seek(0, os.SEEK_END) - here != answer.get(task):
                answer = {"refused": "broken", "fault": "the answer is cut"}
            into.seek(here)
        yield answer, into


def _answer(file: IO[bytes], arguments: list[str], wall_seconds: float, answer: IO[bytes]) -> dict[str, Any]:
    """The JSON line of the child, or what its end means. What follows the line is left in `answer`."""
    os.lseek(file.fileno(), 0, os.SEEK_SET)  # a buffered file's own seek may leave the descriptor where it was
    try:
        # -I: neither the working folder nor the user's packages nor PYTHON* variables reach the child
        ended = subprocess.run(  # nosec B603: no shell, nothing from outside in the arguments
            [sys.executable, "-I", "-B", _JAIL, *arguments],
            stdin=file,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            timeout=wall_seconds,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"refused": "too_heavy", "fault": f"no answer within {wall_seconds} s"}
    except OSError as fault:
        return {"refused": "no_jail", "fault": str(fault)}
    answer.seek(0)
    try:
        said = json.loads(answer.readline(ANSWER_BYTES[arguments[0]]))
    except ValueError:
        # SIGKILL by the memory guard, SIGXCPU, or a parser that crashed: all are the file's doing. What reads cells and
        # what draws pages dies for want of memory only; within the cage an abort() ends as SIGSEGV, a trap as SIGILL.
        dying = [-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGILL, -signal.SIGTRAP]
        heavy = {-signal.SIGKILL, -signal.SIGXCPU, *(dying if arguments[0] in {"sheets", "page"} else [])}
        code = "too_heavy" if ended.returncode in heavy else "broken"
        return {"refused": code, "fault": f"ended with {ended.returncode} and no answer"}
    return said if isinstance(said, dict) else {}
