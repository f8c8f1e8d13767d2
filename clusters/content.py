"""The content of an instrument, apart from where it is kept: what a file holds, what the database keeps, what is
compared and exported. Pure.

Made by `clusters.checking` it is checked: its sums hold, its rules parse, its owners are known. Made by
`queries.content` of a draft it is as somebody left it.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

TOTAL = Decimal(1000)
"""What every version of the instrument adds up to (2022 and 2024 alike; docs/instrument.md)."""


@dataclass(frozen=True, slots=True)
class QuestionData:
    code: str
    text: str
    guidance: str
    kind: str
    max_points: Decimal
    rule: dict[str, Any]
    owners: tuple[str, ...]
    wants: tuple[dict[str, Any], ...]
    may_be_inapplicable: bool
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class IndicatorData:
    number: str
    name: str
    description: str
    max_points: Decimal
    source: str
    note: str
    questions: tuple[QuestionData, ...]


@dataclass(frozen=True, slots=True)
class ClusterData:
    code: str
    name: str
    max_points: Decimal
    indicators: tuple[IndicatorData, ...]


@dataclass(frozen=True, slots=True)
class InstrumentData:
    """`legal_basis` has {"title", "url"}, `assumptions` {"text", "source_url"}; `predicates` as `parse_bands` reads."""

    code: str
    name: str
    edition: str
    granularity: str
    corrects: str
    max_points: Decimal
    source_url: str
    legal_basis: tuple[dict[str, str], ...]
    assumptions: tuple[dict[str, str], ...]
    predicates: tuple[dict[str, Any], ...]
    clusters: tuple[ClusterData, ...]

    @property
    def questions(self) -> tuple[QuestionData, ...]:
        return tuple(q for cluster in self.clusters for indicator in cluster.indicators for q in indicator.questions)

    @property
    def digest(self) -> str:
        """SHA-256 of the content (64 hex digits): the same whatever the layout of the file."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, default=number_text)
        return hashlib.sha256(text.encode()).hexdigest()


def number_text(number: Decimal) -> str:
    """The one way to write a number down.

    >>> number_text(Decimal("0.50")), number_text(Decimal("1E+2"))
    ('0.5', '100')
    """
    return f"{number.normalize():f}"
