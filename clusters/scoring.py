"""What an answer earns: rules, fractions, points, predicates. Pure: no Django, no clock, no input or output.

Units. A *fraction* is a Decimal in 0..1, what part of a question's points an answer earns. *Points* are Decimals in
0..the maximum of the question. Both are exact, save that the division of a checklist is rounded to 12 decimals and the
points to 9, which gives back the exact points wherever they have at most eight decimals, and makes every sum the same
in any order. Nothing else is rounded; screens round to two decimals, half up; predicates take the unrounded total.

Where the rules come from: `docs/instrument.md`. The numbers themselves are data of an instrument version.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from kla_portal.lib.numbers import decimal_text, plain_text

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
FRACTION_STEP = Decimal("1e-12")
POINTS_STEP = Decimal("1e-9")
MOST = Decimal(10) ** 12
"""No count, target or number of points reaches this: it only keeps nonsense out."""
FIFTHS = tuple(Decimal(n) / 5 for n in range(6))
SOURCES = ("published", "assumption")
KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")

Value = str | dict[str, str] | None
"""An answer as stored: "yes"/"no", an option's key, a decimal string, {item: level}; None = not answered."""


class RuleError(ValueError):
    """A rule that cannot be used: `path` its place ("bands[2].fraction"), `problem` the fault in Indonesian."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Level:
    """One thing that can be chosen, by whoever answers or by whoever judges, and the fraction it earns."""

    key: str
    label: str
    fraction: Decimal


@dataclass(frozen=True, slots=True)
class YesNo:
    yes: Decimal
    no: Decimal
    source: str = "assumption"
    kind: str = "yes_no"


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[Level, ...]
    source: str = "assumption"
    kind: str = "choice"


@dataclass(frozen=True, slots=True)
class Step:
    """One band of a percentage or count: holds from `lower` (included) up to the next band's lower bound (excluded)."""

    lower: Decimal
    fraction: Decimal


@dataclass(frozen=True, slots=True)
class Banded:
    """A percentage (0..100) or a count (whole number from 0). `better` is "higher" or "lower"."""

    kind: str
    unit: str
    bands: tuple[Step, ...]
    better: str = "higher"
    source: str = "assumption"

    def holding(self, number: Decimal) -> int:
        """Index of the band that holds `number` (≥ 0)."""
        return max(place for place, step in enumerate(self.bands) if step.lower <= number)

    def span(self, place: int) -> str:
        """The band as text: '60–80 %', '≥ 80 %', '3–4 orang'; upper bounds of percentages are not included."""
        lower = self.bands[place].lower
        last = place + 1 == len(self.bands)
        upper = None if last else self.bands[place + 1].lower
        if self.kind == "count":
            if upper is None:
                return f"≥ {plain_text(lower)} {self.unit}"
            top = upper - 1
            span = plain_text(lower) if top == lower else f"{plain_text(lower)}–{plain_text(top)}"
            return f"{span} {self.unit}"
        if upper is None:
            return f"{plain_text(lower)} %" if lower == HUNDRED else f"≥ {plain_text(lower)} %"
        return f"< {plain_text(upper)} %" if lower == ZERO else f"{plain_text(lower)}–{plain_text(upper)} %"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a checklist; `points` is its weight inside the question."""

    key: str
    label: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Checklist:
    levels: tuple[Level, ...]
    items: tuple[Item, ...]
    source: str = "assumption"
    kind: str = "checklist"

    @property
    def weight(self) -> Decimal:
        return sum((item.points for item in self.items), ZERO)


Rule = YesNo | Choice | Banded | Checklist


# --- reading a rule -------------------------------------------------------------------------------------------------
def parse_rule(kind: str, data: Mapping[str, Any]) -> Rule:
    """The rule of a question, checked. `data` is the JSON of `Question.rule`, Decimals as strings:

    yes_no      {"yes": "1", "no": "0"}
    choice      {"options": [{"key", "label", "fraction"}, …]}
    percentage  {"unit": "%", "bands": [{"from": "0", "fraction": "0"}, …], "better": "higher" | "lower"}
    count       the same with a unit of its own and whole bounds
    checklist   {"levels": [{"key", "label", "fraction"}, …], "items": [{"key", "label", "points"}, …]}

    Each may say where it comes from: {"source": "published" | "assumption"}. Raises RuleError at the first fault.

    >>> rule = parse_rule("percentage", {"unit": "%", "better": "higher",
    ...     "bands": [{"from": "0", "fraction": "0"}, {"from": "60", "fraction": "0.8"}]})
    >>> fraction(rule, "72.5")
    Decimal('0.8')
    >>> parse_rule("yes_no", {"yes": "1.2", "no": "0"})
    Traceback (most recent call last):
    clusters.scoring.RuleError: yes: 1,2 di luar 0 sampai 1
    """
    try:
        reader = READERS[kind]
    except (KeyError, TypeError):
        raise RuleError("", f"jenis {_short(kind)} tidak dikenal") from None
    return reader(kind, _mapping(data, "", {"source"} | KEYS[kind]))


def _read_yes_no(kind: str, data: Mapping[str, Any]) -> YesNo:
    rule = YesNo(_fraction(data, "yes", ""), _fraction(data, "no", ""), _source(data))
    if rule.yes == rule.no:
        raise RuleError("", "ya dan tidak bernilai sama")
    return rule


def _read_choice(kind: str, data: Mapping[str, Any]) -> Choice:
    options = _levels(data, "options")
    if len({option.fraction for option in options}) < 2:
        raise RuleError("options", "semua pilihan bernilai sama")
    return Choice(options, _source(data))


def _read_bands(kind: str, data: Mapping[str, Any]) -> Banded:
    steps = []
    for place, row in enumerate(_rows(data, "bands", least=2)):
        path = f"bands[{place}]"
        band = _mapping(row, path, {"from", "fraction"})
        steps.append(Step(_decimal(band.get("from"), f"{path}.from"), _fraction(band, "fraction", path)))
        if kind == "count" and steps[-1].lower % 1:
            raise RuleError(f"{path}.from", "jumlah harus bilangan bulat")
    better = data.get("better", "higher")
    if better not in ("higher", "lower"):
        raise RuleError("better", f"{_short(better)} bukan higher atau lower")
    unit = _text(data, "unit", "")
    if kind == "percentage" and unit != "%":
        raise RuleError("unit", "satuan persentase adalah %")
    if steps[0].lower != ZERO:
        raise RuleError("bands[0].from", "pita pertama dimulai dari 0")
    if kind == "percentage" and steps[-1].lower > HUNDRED:
        raise RuleError(f"bands[{len(steps) - 1}].from", "persentase berakhir pada 100")
    for place in range(1, len(steps)):
        if steps[place].lower <= steps[place - 1].lower:
            raise RuleError(f"bands[{place}].from", "pita tidak berurutan naik")
        gain = steps[place].fraction - steps[place - 1].fraction
        if gain < 0 if better == "higher" else gain > 0:
            raise RuleError(f"bands[{place}].fraction", f"nilainya berlawanan dengan arah (better: {better})")
    if steps[0].fraction == steps[-1].fraction:
        raise RuleError("bands", "semua pita bernilai sama")
    return Banded(kind, unit, tuple(steps), better, _source(data))


def _read_checklist(kind: str, data: Mapping[str, Any]) -> Checklist:
    levels = _levels(data, "levels")
    if len({level.fraction for level in levels}) < 2:
        raise RuleError("levels", "semua tingkat bernilai sama")
    items = []
    for place, row in enumerate(_rows(data, "items", least=1)):
        path = f"items[{place}]"
        item = _mapping(row, path, {"key", "label", "points"})
        points = _decimal(item.get("points"), f"{path}.points")
        if points == ZERO:
            raise RuleError(f"{path}.points", "bobot butir harus lebih dari 0")
        items.append(Item(_key(item, path), _text(item, "label", path), points))
    _once([item.key for item in items], "items")
    return Checklist(levels, tuple(items), _source(data))


READERS: dict[str, Callable[[str, Mapping[str, Any]], Rule]] = {
    "yes_no": _read_yes_no,
    "choice": _read_choice,
    "percentage": _read_bands,
    "count": _read_bands,
    "checklist": _read_checklist,
}
KEYS = {
    "yes_no": {"yes", "no"},
    "choice": {"options"},
    "percentage": {"unit", "bands", "better"},
    "count": {"unit", "bands", "better"},
    "checklist": {"levels", "items"},
}


def _levels(data: Mapping[str, Any], name: str) -> tuple[Level, ...]:
    levels = []
    for place, row in enumerate(_rows(data, name, least=2)):
        path = f"{name}[{place}]"
        level = _mapping(row, path, {"key", "label", "fraction"})
        levels.append(Level(_key(level, path), _text(level, "label", path), _fraction(level, "fraction", path)))
    _once([level.key for level in levels], name)
    return tuple(levels)


def _mapping(data: Any, path: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise RuleError(path, f"di sini diharapkan pemetaan, bukan {_short(data)}")
    for name in data:
        if name not in known:
            raise RuleError(f"{path}.{_short(name)}".lstrip("."), "kunci tidak dikenal")
    return data


def _rows(data: Mapping[str, Any], name: str, least: int) -> Sequence[Any]:
    rows = data.get(name)
    if not isinstance(rows, (list, tuple)) or not least <= len(rows) <= 100:
        raise RuleError(name, f"di sini diharapkan daftar berisi {least} sampai 100 entri")
    return rows


def _once(keys: list[str], name: str) -> None:
    for place, key in enumerate(keys):
        if key in keys[:place]:
            raise RuleError(f"{name}[{place}].key", f"{key} ditulis dua kali")


def _key(data: Mapping[str, Any], path: str) -> str:
    key = data.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise RuleError(f"{path}.key", f"{_short(key)} bukan kunci yang sah (huruf kecil, angka, _ . -)")
    return key


def _text(data: Mapping[str, Any], name: str, path: str) -> str:
    text = data.get(name)
    if not isinstance(text, str) or not text.strip() or len(text) > 300:
        raise RuleError(f"{path}.{name}".lstrip("."), "di sini diharapkan teks 1 sampai 300 huruf")
    return text.strip()


def _decimal(raw: Any, path: str) -> Decimal:
    """A Decimal from "0.25", 3 or a Decimal; a float is refused, because it has already been rounded."""
    fits = isinstance(raw, (str, int, Decimal)) and not isinstance(raw, bool) and NUMBER.fullmatch(str(raw)[:40])
    if not fits:
        raise RuleError(path, f"{_short(raw)} bukan angka desimal mulai dari 0")
    number = Decimal(raw)
    if number >= MOST:
        raise RuleError(path, f"{_short(raw)} terlalu besar")
    return number


def _fraction(data: Mapping[str, Any], name: str, path: str) -> Decimal:
    place = f"{path}.{name}".lstrip(".")
    number = _decimal(data.get(name), place)
    if number > ONE:
        raise RuleError(place, f"{plain_text(number)} di luar 0 sampai 1")
    return number


def _source(data: Mapping[str, Any]) -> str:
    source = data.get("source", "assumption")
    if source not in SOURCES:
        raise RuleError("source", f"{_short(source)} bukan published atau assumption")
    return str(source)


def _short(raw: Any) -> str:
    """A value as it may be shown in a fault: never long, never the whole of a structure."""
    text = str(raw) if isinstance(raw, (str, int, float, Decimal)) else type(raw).__name__
    return f"“{text[:30]}…”" if len(text) > 30 else f"“{text}”"


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


def levels(rule: Rule) -> tuple[Level, ...]:
    """The levels a judge may give, from the lowest fraction to the highest; bands that earn the same are one level.

    A yes/no question has two, a choice its options, a percentage or count its bands, a checklist fifths.

    >>> [level.key for level in levels(YesNo(ZERO, ONE))]
    ['yes', 'no']
    """
    if isinstance(rule, YesNo):
        found = [Level("no", "Tidak", rule.no), Level("yes", "Ya", rule.yes)]
    elif isinstance(rule, Choice):
        found = list(rule.options)
    elif isinstance(rule, Banded):
        found = _band_levels(rule)
    else:
        found = [Level(f"{part:.1f}", f"{plain_text(part * HUNDRED)} % dari bobot butir", part) for part in FIFTHS]
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


@dataclass(frozen=True, slots=True)
class Band:
    """A predicate and where it begins. Not inclusive: the total must be greater than `lower`."""

    code: str
    name: str
    lower: Decimal
    inclusive: bool
    source: str = "assumption"

    def reached(self, total: Decimal) -> bool:
        return total >= self.lower if self.inclusive else total > self.lower


NO_PREDICATE = Band("none", "Belum berpredikat", ZERO, True, "published")


def parse_bands(data: Sequence[Mapping[str, Any]]) -> tuple[Band, ...]:
    """Predicate bands from `Instrument.predicates`, in rising order:

    [{"code": "pratama", "name": "Pratama", "lower": "500", "inclusive": true, "source": "published"}, …]

    Raises RuleError at the first fault: unknown keys, a code twice, bounds that do not rise.
    """
    if not isinstance(data, (list, tuple)) or not 1 <= len(data) <= 20:
        raise RuleError("", "di sini diharapkan daftar 1 sampai 20 predikat")
    bands: list[Band] = []
    for place, row in enumerate(data):
        path = f"[{place}]"
        band = _mapping(row, path, {"code", "name", "lower", "inclusive", "source"})
        code = _key({"key": band.get("code")}, path)
        if code == NO_PREDICATE.code or code in [earlier.code for earlier in bands]:
            raise RuleError(f"{path}.code", f"{code} ditulis dua kali atau dicadangkan")
        if not isinstance(band.get("inclusive"), bool):
            raise RuleError(f"{path}.inclusive", "di sini diharapkan true atau false")
        lower = _decimal(band.get("lower"), f"{path}.lower")
        if bands and lower <= bands[-1].lower:
            raise RuleError(f"{path}.lower", "batas tidak berurutan naik")
        bands.append(Band(code, _text(band, "name", path), lower, band["inclusive"], _source(band)))
    return tuple(bands)


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
