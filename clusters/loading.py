"""From the YAML of an instrument to checked data, with every fault named by path and line. Pure: writes nothing.

The file is read as text only: no tags, no anchors or aliases, no types guessed by YAML. So "1.10" stays a code, 0.1
stays exact, and a hostile file can neither make objects nor grow in memory. What a file holds: `docs/instrument.md`.
"""

from collections.abc import Iterable
from typing import Any

import yaml

from clusters.checking import check
from clusters.content import InstrumentData
from clusters.nodes import Fault, Invalid, Node, Place, short
from kla_portal.lib.numbers import plain_text

MAX_BYTES = 2_000_000
MAX_NODES = 100_000
MAX_DEPTH = 12
MEND_YAML = "Periksa baris ini dan baris di atasnya: tanda petik, kurung, titik dua, dan jarak di awal baris."
"""The parser's own word is English and names its inside, so the line and the usual causes are told instead."""


def read(data: bytes) -> InstrumentData:
    """The instrument in a YAML file, checked in shape and arithmetic. Raises Invalid with every fault found."""
    return check(parse(data))


def parse(data: bytes) -> Node:
    """The whole file as nodes. Raises Invalid with the one fault that ends the reading."""
    if len(data) > MAX_BYTES:
        raise Invalid([Fault("", Place(1), f"berkas lebih besar dari {plain_text(MAX_BYTES)} bita")])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid([Fault("", Place(line), "berkas bukan teks UTF-8")]) from None
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _build(yaml.parse(text, Loader=loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Invalid([Fault("", Place(mark.line + 1 if mark else 1), "YAML tidak sah", MEND_YAML)]) from None


def _build(events: Iterable[yaml.Event]) -> Node:
    open_nodes: list[Node] = []
    root: Node | None = None
    for number, event in enumerate(events):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if number > MAX_NODES or len(open_nodes) > MAX_DEPTH:
            raise Invalid([Fault("", Place(line), "berkas terlalu besar atau bersarang terlalu dalam")])
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Invalid([Fault("", Place(line), "jangkar dan alias YAML (&, *) tidak diterima")])
        if isinstance(event, yaml.CollectionEndEvent):
            open_nodes.pop()
        elif isinstance(event, yaml.NodeEvent):
            if getattr(event, "tag", None) and event.tag != "!":  # type: ignore[attr-defined]
                raise Invalid([Fault("", Place(line), "tag YAML (!) tidak diterima")])
            opened = _place(event, line, open_nodes)
            if opened is not None and not isinstance(event, yaml.ScalarEvent):
                open_nodes.append(opened)
            root = root or opened
        elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise Invalid([Fault("", Place(line), "satu berkas hanya memuat satu dokumen YAML")])
    if root is None:
        raise Invalid([Fault("", Place(1), "berkas kosong")])
    return root


def _place(event: yaml.Event, line: int, open_nodes: list[Node]) -> Node | None:
    """Hang the node of an event into the innermost open one; None when it is a key of a mapping."""
    value: str | list[Node] | dict[str, Node]
    if isinstance(event, yaml.ScalarEvent):
        value = event.value
    else:
        value = [] if isinstance(event, yaml.SequenceStartEvent) else {}
    node = Node(Place(line), value)
    if not open_nodes:
        return node
    parent = open_nodes[-1]
    if isinstance(parent.value, list):
        parent.value.append(node)
    elif isinstance(parent.value, dict):
        if parent.waiting is None:
            if not isinstance(value, str):
                raise Invalid([Fault("", Place(line), "kunci pemetaan harus berupa teks")])
            if value in parent.value:
                raise Invalid([Fault("", Place(line), f"kunci {short(value)} ditulis dua kali")])
            parent.waiting = value
            return None
        parent.value[parent.waiting] = node
        parent.waiting = None
    return node
