"""The rules that an instrument carries as data: how a question earns, where a predicate begins. Read and checked here.

Pure, like `clusters.scoring`, which applies them and through which the rest of the portal reaches them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kla_portal.lib.numbers import plain_text

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
MOST = Decimal(10) ** 12
"""No count, target or number of points reaches this: it only keeps nonsense out."""
SOURCES = ("published", "assumption")
KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")


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
    >>> rule.bands[1].fraction
    Decimal('0.8')
    >>> parse_rule("yes_no", {"yes": "1.2", "no": "0"})
    Traceback (most recent call last):
    clusters.rules.RuleError: yes: 1,2 di luar 0 sampai 1
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


# --- predicates -----------------------------------------------------------------------------------------------------
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
