"""From the YAML of a mapping to checked lines, with every fault named by path and line. Pure: writes nothing.

    source: kla-2022
    target: kla-2024
    note: …
    source_url: https://…
    lines:
      - {level: cluster, relation: merged, source: KELANA, target: KD, note: …}

What no line speaks of is the same where both instruments have its code; whatever else is not spoken of is a fault, on
either side, save on a level that one of them does not have. See docs/instrument.md, "Versions and mappings".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clusters.checking import CODE, URL
from clusters.correspondence import Codes, Line, problems
from clusters.enums import Level, Relation
from clusters.loading import parse
from clusters.nodes import Fault, Invalid, Node, short

FIELDS = {"source", "target", "note", "source_url", "lines"}
LINE_FIELDS = {"level", "relation", "source", "target", "note"}


@dataclass(frozen=True, slots=True)
class MappingData:
    """A checked mapping: its codes exist, its lines do not contradict each other, nothing is forgotten."""

    source: str
    target: str
    note: str
    source_url: str
    lines: tuple[Line, ...]


def read(data: bytes, codes: Callable[[str], Codes | None]) -> MappingData:
    """The mapping in a YAML file. `codes` gives those of an instrument by its code, None for one that is not known.

    Raises Invalid with every fault found.
    """
    root = parse(data)
    faults: list[Fault] = []
    here = _fields(root, "", {"source", "target", "lines"}, FIELDS, faults)
    ends = {}
    for side in ("source", "target"):
        code = _text(here, "", side, 40, faults)
        ends[side] = codes(code) if CODE.fullmatch(code) else None
        if side in here and ends[side] is None:
            faults.append(Fault(side, here[side].place, f"instrumen {short(code)} tidak dikenal"))
    if "source" in here and "target" in here and here["source"].plain == here["target"].plain:
        faults.append(Fault("target", here["target"].place, "asal dan tujuan adalah instrumen yang sama"))
    url = _text(here, "", "source_url", 200, faults)
    if url and not URL.fullmatch(url):
        faults.append(Fault("source_url", here["source_url"].place, f"{short(url)} bukan alamat http(s)"))
    nodes = here["lines"].value if "lines" in here else []
    if not isinstance(nodes, list):
        faults.append(Fault("lines", here["lines"].place, "di sini diharapkan daftar"))
        nodes = []
    lines = [_line(node, f"lines[{place}]", faults) for place, node in enumerate(nodes)]
    if not faults and ends["source"] is not None and ends["target"] is not None:
        for problem in problems(ends["source"], ends["target"], lines):
            at = root.place if problem.place is None else nodes[problem.place].place
            faults.append(Fault("lines" if problem.place is None else f"lines[{problem.place}]", at, problem.text))
        faults += _twice(lines, nodes)
    if faults:
        raise Invalid(faults)
    return MappingData(
        here["source"].plain, here["target"].plain, _text(here, "", "note", 2000, faults), url, tuple(lines)
    )


def _fields(node: Node, path: str, required: set[str], known: set[str], faults: list[Fault]) -> dict[str, Node]:
    """The entries of a mapping that are known; what is missing or unknown is a fault."""
    if not isinstance(node.value, dict):
        faults.append(Fault(path, node.place, "di sini diharapkan pemetaan"))
        return {}
    faults.extend(Fault(path, node.place, f"{key} belum diisi") for key in sorted(required - set(node.value)))
    faults.extend(
        Fault(f"{path}.{key}".lstrip("."), entry.place, f"kunci {short(key)} tidak dikenal")
        for key, entry in node.value.items()
        if key not in known
    )
    return {key: entry for key, entry in node.value.items() if key in known}


def _text(here: dict[str, Node], path: str, key: str, most: int, faults: list[Fault]) -> str:
    if (node := here.get(key)) is None:
        return ""
    if not isinstance(node.value, str) or len(node.value) > most or "\0" in node.value:
        problem = f"di sini diharapkan teks paling panjang {most} huruf"
        faults.append(Fault(f"{path}.{key}".lstrip("."), node.place, problem))
        return ""
    return node.value.strip()


def _line(node: Node, path: str, faults: list[Fault]) -> Line:
    here = _fields(node, path, {"level", "relation"}, LINE_FIELDS, faults)
    words = {}
    for key, known in {"level": Level.values, "relation": Relation.values}.items():
        words[key] = _text(here, path, key, 20, faults)
        if key in here and words[key] not in known:
            problem = f"{short(here[key].plain)} bukan salah satu dari: {', '.join(known)}"
            faults.append(Fault(f"{path}.{key}", here[key].place, problem))
    codes = {key: _text(here, path, key, 12, faults) for key in ("source", "target")}
    return Line(words["level"], words["relation"], **codes, note=_text(here, path, "note", 2000, faults))


def _twice(lines: list[Line], nodes: Any) -> list[Fault]:
    seen: set[tuple[str, str, str]] = set()
    found = []
    for place, line in enumerate(lines):
        key = (line.level, line.source, line.target)
        if key in seen:
            found.append(Fault(f"lines[{place}]", nodes[place].place, "baris ini ditulis dua kali"))
        seen.add(key)
    return found
