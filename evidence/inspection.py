"""Asks the jail what a file is, and says why it is not taken."""

import logging
from pathlib import Path

from evidence.formats import FORMATS
from evidence.refusals import REASONS, Refused
from kla_portal.lib.jail import asking

logger = logging.getLogger(__name__)


def inspect(path: Path, extension: str, wall_seconds: float = asking.WALL_SECONDS) -> str:
    """The MIME type of the file, when name, libmagic and a parser agree on it. `extension` is a key of FORMATS.

    Raises Refused.
    """
    with path.open("rb") as file:
        answer = asking.ask(file, "type", extension, wall_seconds)
    if (mime := answer.get("type")) == FORMATS[extension].mime:
        return str(mime)
    logger.info("an upload with ending %s was refused: %s", extension, answer)
    code = str(answer.get("refused", ""))
    raise Refused(code if code in REASONS else "broken")
