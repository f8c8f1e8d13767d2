"""What a question wants as evidence, and what each document must be. Pure.

Apart from key and label every demand is optional: a want without any is met by whatever is put to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clusters.enums import EvidenceKind, WantedYears

DEMANDS = ("kinds", "years", "signed", "valid", "optional")
NUMBERED = (
    EvidenceKind.DECREE,
    EvidenceKind.REGULATION,
    EvidenceKind.HEAD_REGULATION,
    EvidenceKind.AGREEMENT,
    EvidenceKind.CERTIFICATE,
)
"""Kinds that carry a number. A signed recap or report has none, and nobody should be asked for it."""
UNSIGNED = (EvidenceKind.PHOTO, EvidenceKind.LINK)
"""Kinds that cannot be signed themselves; what a link leads to says it in its own place."""


@dataclass(frozen=True, slots=True)
class Want:
    """One piece of evidence that a question wants.

    kinds     the kinds of document that would do (values of EvidenceKind, in their order); none: any kind
    years     "each": one document for each data year of the cycle; "any": of one of them; "": no demand
    signed    needs date and signatory, and a number where its kind carries one
    valid     must be in force when the evaluation ends: a status, a certificate
    optional  welcome, and not required
    """

    key: str
    label: str
    kinds: tuple[str, ...] = ()
    years: str = ""
    signed: bool = False
    valid: bool = False
    optional: bool = False

    @property
    def either(self) -> str:
        """The kinds that would do, in words; '' where any does."""
        labels = [str(EvidenceKind(kind).label) for kind in self.kinds]
        return " atau ".join(part for part in (", ".join(labels[:-1]), *labels[-1:]) if part)

    @property
    def demands(self) -> str:
        """What it demands beside being there, in words; '' where nothing.

        >>> Want("sk", "SK tim", kinds=("sk", "perkada"), years="each", signed=True).demands
        'SK atau Perbup/Perwali; satu untuk setiap tahun data; bernomor, bertanggal, dan bertanda tangan'
        """
        told = [self.either] if self.kinds else []
        if self.years:
            told.append(YEARS_TOLD[self.years])
        flags = FLAGS_TOLD if not self.kinds or set(NUMBERED) & set(self.kinds) else UNNUMBERED_TOLD
        told += [text for name, text in flags.items() if getattr(self, name)]
        return "; ".join(told)


YEARS_TOLD: dict[str, str] = {
    WantedYears.EACH: "satu untuk setiap tahun data",
    WantedYears.ANY: "dari salah satu tahun data",
}
FLAGS_TOLD = {
    "signed": "bernomor, bertanggal, dan bertanda tangan",
    "valid": "masih berlaku",
    "optional": "tidak wajib",
}


UNNUMBERED_TOLD = FLAGS_TOLD | {"signed": "bertanggal dan bertanda tangan"}


def want_text(want: Want) -> str:
    """All that it says, in one line.

    >>> want_text(Want("sk", "SK tim", optional=True))
    'SK tim [sk]: tidak wajib'
    """
    return ": ".join(text for text in (f"{want.label} [{want.key}]", want.demands) if text)


def parse_want(data: Mapping[str, Any]) -> Want:
    """A want from `Question.wants`, which `clusters.checking` or the editor's form has checked.

    >>> parse_want({"key": "sk", "label": "SK tim", "kinds": ["sk"], "signed": True}).kinds
    ('sk',)
    """
    return Want(
        data["key"],
        data["label"],
        tuple(data.get("kinds", ())),
        data.get("years", ""),
        *(bool(data.get(name, False)) for name in FLAGS_TOLD),
    )


def want_data(want: Want) -> dict[str, Any]:
    """What `parse_want` reads as this want, in one way only: no demand that is not made, kinds in their order.

    >>> want_data(Want("sk", "SK tim", kinds=("perkada", "sk"), valid=True))
    {'key': 'sk', 'label': 'SK tim', 'kinds': ['sk', 'perkada'], 'valid': True}
    """
    kinds = [kind for kind in EvidenceKind.values if kind in want.kinds]
    more = {"kinds": kinds, "years": want.years, **{name: getattr(want, name) for name in FLAGS_TOLD}}
    return {"key": want.key, "label": want.label, **{name: value for name, value in more.items() if value}}
