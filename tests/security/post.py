"""One form of the portal, rightly filled: who sends it, to what, and what it may change."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from evaluations.enums import Stage
from tests.access.world import World


@dataclass(frozen=True)
class Post:
    """`changes`: "model: field field", "+model" or "-model" of rows that may be changed, made or removed."""

    name: str
    actor: str
    args: Callable[[World], list[Any]]
    data: Callable[[World], dict[str, Any]]
    changes: tuple[str, ...] = ()
    also: str = ""  # further fields that the form declares and that are not sent here
    stage: str = Stage.SELF_ASSESSMENT
    status: int = 302
    before: Callable[[World], Any] = field(default=lambda world: None)
