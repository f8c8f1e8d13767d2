"""A stored instrument as the plain tree that a file holds, and as the nodes that `clusters.checking` walks."""

from decimal import Decimal
from typing import Any

from clusters.content import number_text
from clusters.enums import Granularity
from clusters.models import Cluster, Indicator, Instrument, Question
from clusters.nodes import Node, Place


def tree_of(instrument: Instrument) -> dict[str, Any]:
    """The instrument in the shape of the YAML form, in four queries: texts, true and false, lists and mappings; what is
    empty and may be left out is left out. A draft is given as it stands, right or wrong."""
    deep = instrument.granularity == Granularity.QUESTIONS
    clusters = instrument.clusters.prefetch_related("indicators__questions") if deep else instrument.clusters.all()
    return _filled(
        {
            "code": instrument.code,
            "name": instrument.name,
            "edition": instrument.edition,
            "granularity": instrument.granularity,
            "max_points": instrument.max_points,
            "predicates": instrument.predicates,
            "clusters": [_cluster(row, deep) for row in clusters],
        },
        corrects=instrument.corrects.code if instrument.corrects else "",
        source_url=instrument.source_url,
        legal_basis=[_filled({"title": each["title"]}, url=each.get("url")) for each in instrument.legal_basis],
        assumptions=[
            _filled({"text": each["text"]}, source_url=each.get("source_url")) for each in instrument.assumptions
        ],
    )


def _cluster(row: Cluster, deep: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"code": row.code, "name": row.name, "max_points": row.max_points}
    return found | {"indicators": [_indicator(each) for each in row.indicators.all()]} if deep else found


def _indicator(row: Indicator) -> dict[str, Any]:
    found = {"number": row.number, "name": row.name, "max_points": row.max_points, "source": row.source}
    found["questions"] = [_question(each) for each in row.questions.all()]
    return _filled(found, description=row.description, note=row.note)


def _question(row: Question) -> dict[str, Any]:
    found = {"code": row.code, "text": row.text, "kind": row.kind, "max_points": row.max_points, "rule": row.rule,
             "owners": row.owners, "source": row.source}  # fmt: skip
    more = {"guidance": row.guidance, "wants": row.wants, "may_be_inapplicable": row.may_be_inapplicable}
    return _filled(found, **more, note=row.note)


def _filled(found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return found | {key: entry for key, entry in more.items() if entry}


def node_of(plain: Any) -> Node:
    """The tree as nodes; whoever walks them gets paths, for there are no lines."""
    if isinstance(plain, dict):
        return Node(Place(1), {key: node_of(entry) for key, entry in plain.items()})
    if isinstance(plain, list):
        return Node(Place(1), [node_of(entry) for entry in plain])
    if isinstance(plain, bool):
        return Node(Place(1), "true" if plain else "false")
    return Node(Place(1), number_text(plain) if isinstance(plain, Decimal) else str(plain))
