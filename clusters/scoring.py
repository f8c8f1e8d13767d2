"""What an answer earns: fractions, points, totals, predicates. Pure: no Django, no clock, no input or output.

Units. A *fraction* is a Decimal in 0..1, what part of a question's points an answer earns. *Points* are Decimals in
0..the maximum of the question. Both are exact, save that the division of a checklist is rounded to 12 decimals and the
points to 9, which gives back the exact points wherever they have at most eight decimals, and makes every sum the same
in any order. Nothing else is rounded; screens round to two decimals, half up; predicates take the unrounded total.

The rules themselves are data of an instrument version, read by `clusters.rules`; where their numbers come from stands
in `docs/instrument.md`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from clusters.rules import (
    HUNDRED,
    KEY,
    NO_PREDICATE,
    ONE,
    READERS,
    ZERO,
    Band,
    Banded,
    Checklist,
    Choice,
    Item,
    Level,
    Rule,
    RuleError,
    Step,
    YesNo,
    parse_bands,
    parse_rule,
)
from kla_portal.lib.numbers import decimal_text, plain_text

__all__ = [
    "FIFTHS", "HUNDRED", "KEY", "NO_PREDICATE", "ONE", "READERS", "ZERO", "Band", "Banded", "Checklist", "Choice",
    "Item", "Level", "Rule", "RuleError", "Step", "Value", "YesNo", "describe", "explain", "fraction", "ladder",
    "levels", "next_band", "normalise", "parse_bands", "parse_rule", "points", "predicate", "sum_points",
]  # fmt: skip

FRACTION_STEP = Decimal("1e-12")
POINTS_STEP = Decimal("1e-9")
FIFTHS = tuple(Decimal(n) / 5 for n in range(6))

Value = str | dict[str, str] | None
"""An answer as stored: "yes"/"no", an option's key, a decimal string, {item: level}; None = not answered."""


# --- answers --------------------------------------------------------------------------------------------------------
def normalise(rule: Rule, raw: Any) -> Value:
    """The answer as it is stored, from what was typed or sent. Nothing typed gives None.

    Percentages accept a comma or a point for decimals and a trailing %; counts are whole numbers, where a point parts
    thousands. Normalising a normalised answer changes nothing. Raises ValueError with a sentence for the screen.

    >>> rule = Banded("percentage", "%", (Step(ZERO, ZERO), Step(Decimal(60), ONE)))
    >>> normalise(rule, " 72,50 % "), normalise(rule, "")
    ('72.5', None)
    >>> normalise(rule, "120")
    Traceback (most recent call last):
    ValueError: Persentase berada antara 0 dan 100.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if isinstance(rule, Checklist):
        return _normal_checklist(rule, raw)
    if not isinstance(raw, (str, int, Decimal)) or isinstance(raw, bool):
        raise ValueError("Jawaban tidak dapat dibaca.")
    text = str(raw).strip()
    if isinstance(rule, Banded):
        return _normal_number(rule, text)
    known = {"yes", "no"} if isinstance(rule, YesNo) else {option.key for option in rule.options}
    if text not in known:
        raise ValueError("Pilih salah satu jawaban yang tersedia.")
    return text


def _normal_checklist(rule: Checklist, raw: Any) -> Value:
    if not isinstance(raw, Mapping):
        raise ValueError("Pilih tingkat pada setiap butir.")
    items = {item.key for item in rule.items}
    levels = {level.key for level in rule.levels}
    given = {key: level for key, level in raw.items() if level not in (None, "")}
    if any(not isinstance(key, str) or key not in items for key in given):
        raise ValueError("Ada butir yang tidak dikenal pada pertanyaan ini.")
    if any(not isinstance(level, str) or level not in levels for level in given.values()):
        raise ValueError("Ada butir dengan tingkat yang tidak tersedia.")
    return {item.key: given[item.key] for item in rule.items if item.key in given} or None


def _normal_number(rule: Banded, text: str) -> str:
    number = text.removesuffix("%").strip() if rule.kind == "percentage" else text
    if rule.kind == "count":
        if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+", number):
            number = number.replace(".", "")
        if not re.fullmatch(r"[0-9]{1,12}", number):
            raise ValueError("Isikan bilangan bulat mulai dari 0, misalnya 12.")
        return str(int(number))
    number = number.replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", number):
        raise ValueError("Isikan angka, misalnya 72,5.")
    exact = Decimal(number)
    if exact > HUNDRED:
        raise ValueError("Persentase berada antara 0 dan 100.")
    return f"{exact.normalize():f}"


def fraction(rule: Rule, value: Value) -> Decimal:
    """What part of the points the stored answer earns, 0..1. None earns 0; a checklist item without a level earns 0.

    Raises ValueError for a value that the rule does not know (an answer to another version of the question).

    >>> rule = Checklist((Level("none", "Tidak ada", ZERO), Level("letter", "Surat edaran", Decimal("0.25")),
    ...     Level("law", "Perda", ONE)), (Item("a", "A", Decimal(1)), Item("b", "B", Decimal(3))))
    >>> fraction(rule, {"a": "letter", "b": "law"})
    Decimal('0.812500000000')
    >>> fraction(rule, None)
    Decimal('0')
    """
    if value is None:
        return ZERO
    if isinstance(rule, Checklist):
        return (_checklist_points(rule, value) / rule.weight).quantize(FRACTION_STEP)
    if not isinstance(value, str):
        raise ValueError("Jawaban tidak sesuai dengan jenis pertanyaan.")
    if isinstance(rule, Banded):
        return rule.bands[rule.holding(_stored_number(rule, value))].fraction
    if isinstance(rule, YesNo):
        if value not in ("yes", "no"):
            raise ValueError("Jawaban tidak sesuai dengan jenis pertanyaan.")
        return rule.yes if value == "yes" else rule.no
    return _chosen(rule.options, value).fraction


def _stored_number(rule: Banded, value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError("Jawaban bukan angka.") from None
    if not number.is_finite() or number < 0 or (rule.kind == "percentage" and number > HUNDRED):
        raise ValueError("Jawaban di luar batas.")
    return number


def _chosen(levels: tuple[Level, ...], key: str) -> Level:
    for level in levels:
        if level.key == key:
            return level
    raise ValueError("Pilihan tidak dikenal pada versi instrumen ini.")


def _checklist_points(rule: Checklist, value: Value) -> Decimal:
    if not isinstance(value, Mapping):
        raise ValueError("Jawaban tidak sesuai dengan jenis pertanyaan.")
    if set(value) - {item.key for item in rule.items}:
        raise ValueError("Butir tidak dikenal pada versi instrumen ini.")
    earned = (item.points * _chosen(rule.levels, value[item.key]).fraction for item in rule.items if item.key in value)
    return sum(earned, ZERO)


def describe(rule: Rule, value: Value) -> str:
    """The answer as text: 'Ya', an option's label, '72,5 %', '8 dari 11 butir' (items above nothing).

    >>> describe(YesNo(ONE, ZERO), "yes"), describe(YesNo(ONE, ZERO), None)
    ('Ya', 'Belum dijawab')
    """
    if value is None:
        return "Belum dijawab"
    if isinstance(rule, Checklist):
        _checklist_points(rule, value)
        met = (
            sum(_chosen(rule.levels, level).fraction > 0 for level in value.values()) if isinstance(value, dict) else 0
        )
        return f"{met} dari {len(rule.items)} butir"
    if not isinstance(value, str):
        raise ValueError("Jawaban tidak sesuai dengan jenis pertanyaan.")
    if isinstance(rule, YesNo):
        return "Ya" if value == "yes" else "Tidak"
    if isinstance(rule, Banded):
        return f"{plain_text(_stored_number(rule, value))} {rule.unit}"
    return _chosen(rule.options, value).label


def explain(rule: Rule, value: Value) -> str:
    """Why the answer earns its fraction, in one line for the screen.

    >>> rule = Banded("percentage", "%", (Step(ZERO, ZERO), Step(Decimal(60), Decimal("0.8")), Step(Decimal(80), ONE)))
    >>> explain(rule, "72.5")
    '72,5 % berada pada pita 60–80 % → 0,80'
    """
    earned = decimal_text(fraction(rule, value))
    if value is None:
        return "Belum dijawab → 0,00"
    if isinstance(rule, Banded):
        span = rule.span(rule.holding(_stored_number(rule, str(value))))
        return f"{describe(rule, value)} berada pada pita {span} → {earned}"
    if isinstance(rule, Checklist):
        got, whole = plain_text(_checklist_points(rule, value)), plain_text(rule.weight)
        return f"{describe(rule, value)} terpenuhi, bobot {got} dari {whole} → {earned}"
    return f"Jawaban “{describe(rule, value)}” → {earned}"


def ladder(rule: Rule) -> tuple[Level, ...]:
    """Everything that can be answered, in the order of the rule, each with its fraction; of a checklist, the levels
    that each of its items can have.

    >>> [(level.label, level.fraction) for level in ladder(YesNo(ONE, ZERO))]
    [('Ya', Decimal('1')), ('Tidak', Decimal('0'))]
    """
    if isinstance(rule, YesNo):
        return (Level("yes", "Ya", rule.yes), Level("no", "Tidak", rule.no))
    if isinstance(rule, Choice):
        return rule.options
    if isinstance(rule, Checklist):
        return rule.levels
    return tuple(
        Level(plain_text(step.lower), rule.span(place), step.fraction) for place, step in enumerate(rule.bands)
    )


def levels(rule: Rule) -> tuple[Level, ...]:
    """The levels a judge may give, from the lowest fraction to the highest; bands that earn the same are one level.

    A yes/no question has two, a choice its options, a percentage or count its bands, a checklist fifths.

    >>> [level.key for level in levels(YesNo(ZERO, ONE))]
    ['yes', 'no']
    """
    if isinstance(rule, Banded):
        found: Iterable[Level] = _band_levels(rule)
    elif isinstance(rule, Checklist):
        found = (Level(f"{part:.1f}", f"{plain_text(part * HUNDRED)} % dari bobot butir", part) for part in FIFTHS)
    else:
        found = ladder(rule)
    return tuple(sorted(found, key=lambda level: level.fraction))


def _band_levels(rule: Banded) -> list[Level]:
    spans: dict[Decimal, list[str]] = {}
    for place, step in enumerate(rule.bands):
        spans.setdefault(step.fraction, []).append(rule.span(place))
    return [Level(plain_text(part).replace(",", "."), " atau ".join(texts), part) for part, texts in spans.items()]


# --- points and predicates ------------------------------------------------------------------------------------------
def points(fraction: Decimal, max_points: Decimal) -> Decimal:
    """fraction (0..1) × the question's maximum, at 9 decimals. Raises ValueError outside these ranges.

    >>> points(Decimal("0.8"), Decimal(5)) == 4
    True
    """
    if not (ZERO <= fraction <= ONE) or max_points < ZERO:
        raise ValueError(f"{fraction} of {max_points} points")
    return (fraction * max_points).quantize(POINTS_STEP)


def sum_points(many: Iterable[Decimal]) -> Decimal:
    """The exact sum, the same in any order; 0 of nothing."""
    return sum(many, ZERO)


def predicate(total: Decimal, bands: Sequence[Band]) -> Band:
    """The highest band that the unrounded total reaches; `NO_PREDICATE` below the first."""
    reached = [band for band in bands if band.reached(total)]
    return reached[-1] if reached else NO_PREDICATE


def next_band(total: Decimal, bands: Sequence[Band]) -> tuple[Band, Decimal] | None:
    """The next higher band and the points missing to its bound; None at the top.

    At an exclusive bound the missing points are 0 and the band is still not reached: any more will do.
    """
    for band in bands:
        if not band.reached(total):
            return band, band.lower - total
    return None
