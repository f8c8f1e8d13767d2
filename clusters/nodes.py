"""A file read into pieces that each know where they stand, and the faults that name such places. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

MAX_FAULTS = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a line of a text file (0 for the whole of it), or row and column heading of a sheet."""

    line: int
    sheet: str = ""
    column: str = ""

    def __str__(self) -> str:
        """
        >>> str(Place(12)), str(Place(12, "Pertanyaan", "Nilai")), str(Place(0))
        ('baris 12', 'lembar Pertanyaan, baris 12, kolom Nilai', 'seluruh berkas')
        """
        column = f", kolom {self.column}" if self.column else ""
        if self.sheet:
            return f"lembar {self.sheet}, baris {self.line}{column}"
        return f"baris {self.line}" if self.line else "seluruh berkas"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `path` as in clusters[2].max_points, and in Indonesian the `problem` and its `cure`."""

    path: str
    place: Place
    problem: str
    cure: str = ""

    def __str__(self) -> str:
        return (
            f"{self.place}: {self.problem}" if self.sheet else f"{self.path or 'berkas'} ({self.place}): {self.problem}"
        )

    @property
    def line(self) -> int:
        return self.place.line

    @property
    def sheet(self) -> str:
        return self.place.sheet


class Invalid(Exception):
    """The file cannot be used. `faults` has all of them (the first 500), in the order of the file."""

    def __init__(self, faults: Iterable[Fault], sheets: Iterable[str] = ()) -> None:
        order = {sheet: number for number, sheet in enumerate(sheets)}
        ordered = sorted(faults, key=lambda fault: (order.get(fault.sheet, -1), fault.line))
        self.faults = tuple(ordered)[:MAX_FAULTS]
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(slots=True)
class Node:
    """A piece of a file: text, a list or a mapping, and where it begins.

    `cells` has the places of keys that a mapping may have: a row of a sheet knows its columns though they are empty.
    """

    place: Place
    value: "str | list[Node] | dict[str, Node]"
    cells: dict[str, Place] = field(default_factory=dict, repr=False)
    waiting: str | None = field(default=None, repr=False)

    @property
    def plain(self) -> Any:
        """Text, lists and dicts without places."""
        if isinstance(self.value, list):
            return [entry.plain for entry in self.value]
        if isinstance(self.value, dict):
            return {key: entry.plain for key, entry in self.value.items()}
        return self.value

    def place_of(self, path: str) -> Place:
        """The place of a path inside this node ("bands[2].fraction"), or of the nearest part of it that is there."""
        here = self
        for part in re.findall(r"[^.\[\]]+", path):
            if isinstance(here.value, dict) and part in here.value:
                here = here.value[part]
            elif isinstance(here.value, list) and part.isdigit() and int(part) < len(here.value):
                here = here.value[int(part)]
            else:
                return here.cells.get(part, here.place)
        return here.place


def node(plain: Any, place: Place = Place(1)) -> Node:
    """Text, lists and dicts as nodes of one place, for what comes from no file. Texts are its leaves."""
    if isinstance(plain, dict):
        return Node(place, {key: node(entry, place) for key, entry in plain.items()})
    return Node(place, [node(entry, place) for entry in plain] if isinstance(plain, list) else plain)


def short(raw: object) -> str:
    text = str(raw)
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"
