"""What an answer earns: fractions, points, totals, predicates. Pure: no Django, no clock, no input or output.

Units. A *fraction* is a Decimal in 0..1, what part of a question's points an answer earns. *Points* are Decimals in
0..the maximum of the question. Both are exact, save that the division of a checklist is rounded to 12 decimals and the
points to 9, which gives back the exact points wherever they have at most eight decimals, and makes every sum the same
in any order. Nothing else is rounded; screens round to two decimals, half up; predicates take the unrounded total.

The rules themselves are data of an instrument version, read by `clusters.parsing`; where their numbers come from stands
in `docs/instrument.md`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any

from clusters.answers import NOT_APPLICABLE, Value, normalise
from clusters.parsing import READERS, RuleError, parse_bands, parse_rule
from clusters.rules import (
    COLUMN_TYPES,
    HUNDRED,
    KEY,
    NO_PREDICATE,
    ONE,
    ROLLUP_OF,
    TABLE_ROWS,
    ZERO,
    Band,
    Banded,
    Checklist,
    Choice,
    Column,
    Compare,
    Item,
    Level,
    Requirement,
    Rollup,
    Rule,
    Step,
    Table,
    Total,
    YesNo,
)
from kla_portal.lib.numbers import decimal_text, plain_text

__all__ = [
    "COLUMN_TYPES", "FIFTHS", "HUNDRED", "KEY", "NOT_APPLICABLE", "NO_PREDICATE", "ONE", "READERS", "ROLLUP_OF",
    "TABLE_ROWS", "ZERO", "Band", "Banded", "Checklist", "Choice", "Column", "Compare", "Item", "Level", "Requirement",
    "Rollup", "Rule", "RuleError", "Standing", "Step", "Table", "Total", "Value", "YesNo", "applies", "describe",
    "explain", "fraction", "ladder", "levels", "normalise", "parse_bands", "parse_rule", "points",
    "predicate", "redistribute", "standing", "sum_points", "total_of",
]  # fmt: skip

FRACTION_STEP = Decimal("1e-12")
POINTS_STEP = Decimal("1e-9")
TRENDS = {
    "improved": "lebih baik dari tahun sebelumnya",
    "same": "sama dengan tahun sebelumnya",
    "worse": "tidak lebih baik dari tahun sebelumnya",
}
FIFTHS = tuple(Decimal(n) / 5 for n in range(6))


# --- answers --------------------------------------------------------------------------------------------------------
def applies(value: Value) -> bool:
    """Does the question apply, as far as the answer says? Where it does not, its points go to its neighbours."""
    return value != NOT_APPLICABLE


def total_of(rule: Rule, value: Value) -> Decimal | None:
    """The number that falls into the bands: of two years the later one, of a table its total, of a rollup the
    percentage. None where there is none: no bands, nothing answered, not applicable, the later year missing, a part of
    nothing.

    Raises ValueError for a value that the rule does not know.
    """
    if value is None or value == NOT_APPLICABLE or isinstance(rule, YesNo | Choice | Checklist):
        return None
    if isinstance(rule, Table):
        return _table_total(rule, value)
    if isinstance(rule, Rollup):
        return _share_met(value)
    if rule.compare is None:
        return _stored_number(rule, value)
    now = _years(value).get("now")
    return None if now is None else _stored_number(rule, now)


def _years(value: Value) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or set(value) - {"before", "now"}:
        raise ValueError("Jawaban tidak sesuai dengan jenis pertanyaan.")
    return value


def _table_total(rule: Table, value: Value) -> Decimal | None:
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise ValueError("Jawaban tidak sesuai dengan jenis pertanyaan.")
    if any(set(row) - set(rule.by_key) for row in value):
        raise ValueError("Kolom tidak dikenal pada versi instrumen ini.")
    if rule.total.of == "rows":
        required = [column.key for column in rule.columns if column.required]
        return Decimal(sum(all(row.get(key) for key in required) for row in value))
    if not any(row.get(rule.total.column) for row in value):
        return None
    got = sum_points(_cell(row, rule.total.column) for row in value)
    if rule.total.of == "sum":
        return got
    among = sum_points(_cell(row, rule.total.among) for row in value)
    return _percentage(got, among)


def _cell(row: Mapping[str, str], key: str) -> Decimal:
    return _number(row[key]) if row.get(key) else ZERO


def _share_met(value: Value) -> Decimal | None:
    if not isinstance(value, Mapping) or set(value) - {"met", "of"}:
        raise ValueError("Jawaban tidak sesuai dengan jenis pertanyaan.")
    if not value.get("met") or not value.get("of"):
        return None
    return _percentage(_number(value["met"]), _number(value["of"]))


def _percentage(part: Decimal, whole: Decimal) -> Decimal | None:
    """0..100 at 12 decimals; more than the whole counts as the whole, and is never divided: of a tiny whole it would
    have more digits than a Decimal holds. None of nothing: where less is better, that must not earn all."""
    if not whole:
        return None
    return HUNDRED if part >= whole else (HUNDRED * part / whole).quantize(FRACTION_STEP)


def _number(raw: Any) -> Decimal:
    try:
        number = Decimal(raw)
    except (InvalidOperation, TypeError, ValueError):
        raise ValueError("Jawaban bukan angka.") from None
    if not number.is_finite() or number < 0:
        raise ValueError("Jawaban di luar batas.")
    return number


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
    if value is None or value == NOT_APPLICABLE:
        return ZERO
    if isinstance(rule, Checklist):
        return (_checklist_points(rule, value) / rule.weight).quantize(FRACTION_STEP)
    if isinstance(rule, Banded | Table | Rollup):
        return _banded_fraction(rule, value)
    if not isinstance(value, str):
        raise ValueError("Jawaban tidak sesuai dengan jenis pertanyaan.")
    if isinstance(rule, YesNo):
        if value not in ("yes", "no"):
            raise ValueError("Jawaban tidak sesuai dengan jenis pertanyaan.")
        return rule.yes if value == "yes" else rule.no
    return _chosen(rule.options, value).fraction


def _banded_fraction(rule: Banded | Table | Rollup, value: Value) -> Decimal:
    total = total_of(rule, value)
    if total is None:
        return ZERO
    earned = rule.bands[rule.holding(total)].fraction
    if isinstance(rule, Banded) and rule.compare is not None:
        return (earned * getattr(rule.compare, _trend(rule, value))).quantize(FRACTION_STEP)
    return earned


def _trend(rule: Banded, value: Value) -> str:
    """improved, same or worse: the later year against the earlier one."""
    years = _years(value)
    if years.get("before") is None:
        return "worse"
    before, now = _stored_number(rule, years["before"]), _stored_number(rule, years["now"])
    if before == now:
        return "same"
    return "improved" if (now > before) == (rule.better == "higher") else "worse"


def _stored_number(rule: Banded, value: Value) -> Decimal:
    if not isinstance(value, str):
        raise ValueError("Jawaban tidak sesuai dengan jenis pertanyaan.")
    number = _number(value)
    if rule.kind == "percentage" and number > HUNDRED:
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
    if value == NOT_APPLICABLE:
        return "Tidak berlaku"
    if isinstance(rule, Checklist):
        _checklist_points(rule, value)
        met = (
            sum(_chosen(rule.levels, level).fraction > 0 for level in value.values()) if isinstance(value, dict) else 0
        )
        return f"{met} dari {len(rule.items)} butir"
    if isinstance(rule, Banded | Table | Rollup):
        return _describe_banded(rule, value)
    if not isinstance(value, str):
        raise ValueError("Jawaban tidak sesuai dengan jenis pertanyaan.")
    if isinstance(rule, YesNo):
        return "Ya" if value == "yes" else "Tidak"
    return _chosen(rule.options, value).label


def _describe_banded(rule: Banded | Table | Rollup, value: Value) -> str:
    total = total_of(rule, value)
    if isinstance(rule, Rollup) and isinstance(value, dict):
        met, of = (plain_text(value[key]) if value.get(key) else "…" for key in ("met", "of"))
        return f"{met} dari {of} {ROLLUP_OF[rule.of]} ({decimal_text(total or 0)} %)"
    if isinstance(rule, Table) and isinstance(value, list):
        shown = decimal_text(total or 0) if rule.is_percentage else plain_text(total or 0)
        return f"{len(value)} baris; {shown} {rule.unit}"
    if isinstance(rule, Banded) and rule.compare is not None:
        years = _years(value)
        before, now = (
            f"{plain_text(_stored_number(rule, years[key]))} {rule.unit}" if years.get(key) else "belum diisi"
            for key in ("before", "now")
        )
        return f"{before} → {now}"
    return f"{plain_text(total or 0)} {rule.unit}"


def explain(rule: Rule, value: Value) -> str:
    """Why the answer earns its fraction, in one line for the screen.

    >>> rule = Banded("percentage", "%", (Step(ZERO, ZERO), Step(Decimal(60), Decimal("0.8")), Step(Decimal(80), ONE)))
    >>> explain(rule, "72.5")
    '72,5 % berada pada pita 60–80 % → 0,80'
    """
    earned = decimal_text(fraction(rule, value))
    if value is None:
        return "Belum dijawab → 0,00"
    if value == NOT_APPLICABLE:
        return "Tidak berlaku → nilainya dibagikan kepada pertanyaan lain pada indikator ini"
    if isinstance(rule, Banded | Table | Rollup):
        total = total_of(rule, value)
        if total is None:
            lacking = "tahun terakhir belum diisi" if isinstance(rule, Banded) else "pembandingnya belum diisi"
            return f"{describe(rule, value)}: {lacking} → 0,00"
        why = f"{describe(rule, value)} berada pada pita {rule.span(rule.holding(total))}"
        if isinstance(rule, Banded) and rule.compare is not None:
            trend = _trend(rule, value)
            why += f", {TRENDS[trend]} (× {plain_text(getattr(rule.compare, trend))})"
        return f"{why} → {earned}"
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
    if isinstance(rule, Banded | Table | Rollup):
        found: Iterable[Level] = _band_levels(rule)
    elif isinstance(rule, Checklist):
        found = (Level(f"{part:.1f}", f"{plain_text(part * HUNDRED)} % dari bobot butir", part) for part in FIFTHS)
    else:
        found = ladder(rule)
    return tuple(sorted(found, key=lambda level: level.fraction))


def _band_levels(rule: Banded | Table | Rollup) -> list[Level]:
    spans: dict[Decimal, list[str]] = {}
    for place, step in enumerate(rule.bands):
        spans.setdefault(step.fraction, []).append(rule.span(place))
    texts = {part: " atau ".join(found) for part, found in spans.items()}
    if isinstance(rule, Banded) and rule.compare is not None:
        for part in list(texts):
            for trend in TRENDS:
                lesser = (part * getattr(rule.compare, trend)).quantize(FRACTION_STEP).normalize()
                texts.setdefault(lesser, f"{texts[part]}, {TRENDS[trend]}")
    return [Level(plain_text(part).replace(",", "."), text, part) for part, text in texts.items()]


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


def redistribute(maxima: Sequence[Decimal], applying: Sequence[bool]) -> tuple[Decimal, ...]:
    """What each question of an indicator can earn when some do not apply: their points go to the others in proportion.

    At 9 decimals, the rest with the largest, so that the sum stays exactly the same. If none applies, all do: a whole
    indicator cannot be inapplicable. Raises ValueError for lists of different length.

    >>> redistribute([Decimal(4), Decimal(2), Decimal(6)], [True, True, False])
    (Decimal('8.000000000'), Decimal('4.000000000'), Decimal('0'))
    """
    pairs = list(zip(maxima, applying, strict=True))
    rest = sum_points(points for points, kept in pairs if kept)
    if all(applying) or not rest:
        return tuple(maxima)
    whole = sum_points(maxima)
    shares = [(points * whole / rest).quantize(POINTS_STEP, ROUND_DOWN) if kept else ZERO for points, kept in pairs]
    largest = max(range(len(shares)), key=shares.__getitem__)
    shares[largest] += whole - sum_points(shares)
    return tuple(shares)


def predicate(total: Decimal, bands: Sequence[Band]) -> Band:
    """The highest band that the unrounded total reaches; `NO_PREDICATE` below the first."""
    reached = [band for band in bands if band.reached(total)]
    return reached[-1] if reached else NO_PREDICATE


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a total stands. `reached` by points alone; `predicate` after the enforced prerequisites; `missing` are the
    prerequisites of what was reached that are not met, enforced or not."""

    reached: Band
    predicate: Band
    missing: tuple[Requirement, ...]

    @property
    def held_back(self) -> tuple[Requirement, ...]:
        """The prerequisites that cost a predicate."""
        return tuple(each for each in self.missing if each.enforced)

    @property
    def noted(self) -> tuple[Requirement, ...]:
        """Those that are told and cost nothing."""
        return tuple(each for each in self.missing if not each.enforced)

    @property
    def sentence(self) -> str:
        """Why the points do not give the predicate that they reach, for the screen; '' where they do.

        >>> perda = Requirement("1.1", ONE, "Perda KLA", enforced=True)
        >>> standing(Decimal(812), (Band("utama", "Utama", Decimal(800), False, requires=(perda,)),), {}).sentence
        'Poin cukup untuk Utama, tetapi Perda KLA belum ada (asumsi).'
        """
        if not self.held_back:
            return ""
        what = " dan ".join(each.label for each in self.held_back)
        assumed = " (asumsi)" if any(each.source == "assumption" for each in self.held_back) else ""
        return f"Poin cukup untuk {self.reached.name}, tetapi {what} belum ada{assumed}."


def standing(total: Decimal, bands: Sequence[Band], fractions: Mapping[str, Decimal]) -> Standing:
    """The predicate of an unrounded total. `fractions`: what each question earns (0..1), by code; none counts as 0.

    A prerequisite holds for its band and every higher one. Raises nothing: a code without a fraction is not met.
    """
    reached = predicate(total, bands)
    held, missing, free = NO_PREDICATE, [], True
    for band in bands:
        if not band.reached(total):
            break
        unmet = [each for each in band.requires if fractions.get(each.question, ZERO) < each.least]
        missing += unmet
        free = free and not any(each.enforced for each in unmet)
        if free:
            held = band
    return Standing(reached, held, tuple(missing))
