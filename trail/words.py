"""What each action is called on the screen, and who may be told that it happened. Each app registers its own.

An action without words is shown to nobody.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import NamedTuple


class Told(Enum):
    """Who may learn of an action from a history, beside what they may read of its subject.

    OPEN    whoever may read the subject
    REGION  people of the region alone: its own work
    JUDGES  those who judge, and national admins; never the region
    NOBODY  no history: it is told where it belongs (a conversation), or concerns no reader
    """

    OPEN = "open"
    REGION = "region"
    JUDGES = "judges"
    NOBODY = "nobody"


class Word(NamedTuple):
    """`label` in Indonesian, for the screen."""

    label: str
    told: Told


Address = Callable[[str, str], str]
"""From the rest of a subject ('evaluation:<rest>') and the detail to the address of its page, '' for none."""
_words: dict[str, Word] = {}
_addresses: dict[str, Address] = {}


def register(labels: Mapping[str, str], told: Told = Told.OPEN) -> None:
    """Give actions their labels. Words that are given anew replace the former ones."""
    _words.update({action: Word(label, told) for action, label in labels.items()})


def register_address(kind: str, address: Address) -> None:
    """Where a subject of this kind ('evaluation') has its page."""
    _addresses[kind] = address


def word(action: str) -> Word | None:
    return _words.get(action)


def actions(*told: Told) -> list[str]:
    """The actions that these may be told of, sorted."""
    return sorted(action for action, each in _words.items() if each.told in told)


def address(subject: str, detail: str = "") -> str:
    """The page of a subject, '' where it has none. The page asks for itself who may open it."""
    kind, _, rest = subject.partition(":")
    found = _addresses.get(kind)
    return found(rest, detail) if found and rest else ""
