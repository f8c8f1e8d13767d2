"""An instrument written down: as the tree that the check reads, and as YAML in the shipped form. Pure.

Writing what was read gives the same content back, and the same content always gives the same text.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import yaml

from clusters.content import ClusterData, IndicatorData, InstrumentData, QuestionData, number_text
from clusters.enums import Granularity

Tree = dict[str, Any]
"""Dicts, lists and texts, with the keys of the YAML form."""
IN_ONE_LINE = {"options", "wants", "legal_basis", "levels", "items", "bands", "columns"}
"""Lists whose entries are written in braces, one to a line. Owners, and the kinds of a want, stand all in one."""


KEYS = (
    "key", "title", "url", "code", "name", "lower", "inclusive", "question", "least", "label", "enforced", "type",
    "required", "kinds", "years", "signed", "valid", "optional", "text", "from", "fraction", "points", "improved",
    "same", "worse", "source", "note", "source_url",
    "requires", "yes", "no", "options", "levels", "items", "columns", "total", "of", "column", "among", "unit",
    "better", "bands", "compare",
)  # fmt: skip
ORDER = {key: place for place, key in enumerate(KEYS)}
"""How the keys of the smaller parts follow each other. A database need not keep the order in which they were stored."""


def tree(data: InstrumentData) -> Tree:
    """All of it as text; what is empty and may be absent is absent."""
    head = {
        "code": data.code,
        "name": data.name,
        "edition": data.edition,
        "granularity": "" if data.granularity == Granularity.QUESTIONS else data.granularity,
        "corrects": data.corrects,
        "max_points": data.max_points,
        "source_url": data.source_url,
        "legal_basis": [_filled(each) for each in data.legal_basis],
        "assumptions": [_filled(each) for each in data.assumptions],
    }
    predicates = [_texts(each) for each in data.predicates]
    deep = data.granularity == Granularity.QUESTIONS
    return {**_filled(head), "predicates": predicates, "clusters": [_cluster(part, deep) for part in data.clusters]}


def _cluster(part: ClusterData, deep: bool) -> Tree:
    found = {"code": part.code, "name": part.name, "max_points": part.max_points}
    return _filled(found) | ({"indicators": [_indicator(each) for each in part.indicators]} if deep else {})


def _indicator(part: IndicatorData) -> Tree:
    found = {
        "number": part.number,
        "name": part.name,
        "description": part.description,
        "max_points": part.max_points,
        "source": part.source,
        "note": part.note,
    }
    return {**_filled(found), "questions": [_question(each) for each in part.questions]}


def _question(part: QuestionData) -> Tree:
    found = {
        "code": part.code,
        "text": part.text,
        "guidance": part.guidance,
        "kind": part.kind,
        "max_points": part.max_points,
        "may_be_inapplicable": part.may_be_inapplicable,
        "owners": list(part.owners),
        "wants": list(part.wants),
        "source": part.source,
        "note": part.note,
    }
    return {**_filled(found), "rule": _texts(part.rule)}


def _filled(data: dict[str, Any]) -> Tree:
    """Without what is empty. Nought is not: a group may be worth nothing yet, and it equals False."""
    return {key: _texts(entry) for key, entry in data.items() if entry is not False and entry not in ("", [])}


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (ORDER.get(key, len(ORDER)), str(key)))
        return {str(key): _texts(value[key]) for key in keys}
    if isinstance(value, (list, tuple)):
        return [_texts(entry) for entry in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, Decimal) else str(value)


# --- YAML -----------------------------------------------------------------------------------------------------------
def yaml_text(data: InstrumentData) -> str:
    """The YAML form, which `loading.read` reads back as the same content."""
    heading = f"# Instrumen {data.code}. Semua nilai dibaca sebagai teks, dan angka sebagai desimal yang tepat.\n"
    emitter: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    body = yaml.emit(_document(tree(data)), Dumper=emitter, width=10_000, allow_unicode=True)
    return heading + str(body)


def _document(root: Tree) -> Iterator[yaml.Event]:
    yield yaml.StreamStartEvent(encoding=None)
    yield yaml.DocumentStartEvent(explicit=False)
    yield from _events(root, flow=False)
    yield yaml.DocumentEndEvent(explicit=False)
    yield yaml.StreamEndEvent()


def _events(value: Any, flow: bool, name: str = "") -> Iterator[yaml.Event]:
    """`flow`: in braces, and everything inside. `name`: of the list."""
    if isinstance(value, dict):
        yield yaml.MappingStartEvent(anchor=None, tag=None, implicit=True, flow_style=flow)
        for key, entry in value.items():
            yield _scalar(key, flow=True)
            yield from _events(entry, flow or key in ("owners", "kinds"), key)
        yield yaml.MappingEndEvent()
    elif isinstance(value, list):
        yield yaml.SequenceStartEvent(anchor=None, tag=None, implicit=True, flow_style=flow or not value)
        for entry in value:
            yield from _events(entry, flow or name in IN_ONE_LINE)
        yield yaml.SequenceEndEvent()
    else:
        yield _scalar(value, flow)


def _scalar(text: str, flow: bool) -> yaml.Event:
    """Without a tag YAML may leave the quotes out, since everything is read as text."""
    style = "|" if "\n" in text and not flow else None
    return yaml.ScalarEvent(anchor=None, tag=None, implicit=(True, True), value=text, style=style)
