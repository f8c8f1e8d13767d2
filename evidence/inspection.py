"""Asks the jail what a file is. Nothing in this process ever parses the bytes of an upload."""

import json
import logging
import subprocess  # nosec B404: a fixed command line
import sys
import tempfile
from pathlib import Path

from evidence.formats import FORMATS
from evidence.refusals import REASONS, Refused

WALL_SECONDS = 30
_JAIL = str(Path(__file__).resolve().parent / "jail" / "__main__.py")
logger = logging.getLogger(__name__)


def inspect(path: Path, extension: str, wall_seconds: float = WALL_SECONDS) -> str:
    """The MIME type of the file, when name, libmagic and a parser agree on it. `extension` is a key of FORMATS.

    The child gets the file as its standard input, no environment, no other descriptor, and shuts itself in before it
    reads a byte. No answer is a refusal: too long, killed by its limits, or crashed. Raises Refused.
    """
    answer = _ask(path, extension, wall_seconds)
    if (mime := answer.get("mime")) == FORMATS[extension].mime:
        return str(mime)
    code = str(answer.get("refused", ""))
    logger.info("an upload with ending %s was refused: %s", extension, answer)
    if code == "no_jail":
        logger.error(
            "The jail for uploads cannot be set up: %s. Install libseccomp2 and use a kernel with seccomp filters; "
            "until then every upload is refused.",
            answer.get("fault"),
        )
    raise Refused(code if code in REASONS else "broken")


def jail_fault() -> str:
    """Why files cannot be inspected on this machine, in the words of the system; "" when they can. For readiness."""
    with tempfile.NamedTemporaryFile() as probe:
        answer = _ask(Path(probe.name), "png", WALL_SECONDS)
    return "" if answer.get("refused") == "empty" else str(answer.get("fault") or answer)


def _ask(path: Path, extension: str, wall_seconds: float) -> dict[str, str]:
    """The one JSON line of the child, or what its end means."""
    # The child's file-size limit bounds what it can write here, so an answer can neither flood memory nor the disk.
    with path.open("rb") as file, tempfile.TemporaryFile() as answer:
        try:
            # -I: neither the working folder nor the user's packages nor PYTHON* variables reach the child
            ended = subprocess.run(  # nosec B603: no shell, nothing from outside in the arguments
                [sys.executable, "-I", "-B", _JAIL, extension],
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
            said = json.loads(answer.read(4096))
        except ValueError:
            # SIGXCPU, SIGKILL by the memory guard, or a parser that crashed: all are the file's doing
            code = "too_heavy" if ended.returncode in {-9, -24} else "broken"
            return {"refused": code, "fault": f"ended with {ended.returncode} and no answer"}
    return said if isinstance(said, dict) else {}
