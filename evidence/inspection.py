"""Asks the jail what a file is, and says why it is not taken."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from evidence.formats import FORMATS
from evidence.refusals import REASONS, Refused
from kla_portal.lib.jail import asking

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inspected:
    """What a file is found to be. `pages` as in StoredFile. `copy`: of a picture, the file that leaves in its stead."""

    mime: str
    pages: int
    copy: IO[bytes] | None = None


@contextmanager
def inspected(path: Path, extension: str, wall_seconds: float = asking.WALL_SECONDS) -> Iterator[Inspected]:
    """What the file is, when name, libmagic and a parser agree on it. `extension` is a key of FORMATS.

    Raises Refused. The copy is gone when the block ends.
    """
    form = FORMATS[extension]
    task = "copy" if form.picture else "type"
    with path.open("rb") as file, asking.made(file, task, extension, wall_seconds=wall_seconds) as (answer, copy):
        if answer.get("type") == form.mime:
            yield Inspected(form.mime, int(answer.get("pages", 0)), copy if form.picture else None)
            return
    logger.info("an upload with ending %s was refused: %s", extension, answer)
    code = str(answer.get("refused", ""))
    raise Refused(code if code in REASONS else "broken")
