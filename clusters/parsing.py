"""Rules read from an instrument's data, and checked: what cannot be used raises RuleError with its place. Pure."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from clusters.rules import (
    COLUMN_TYPES,
    HUNDRED,
    KEY,
    MOST,
    NO_PREDICATE,
    NUMBER,
    ONE,
    ROLLUP_OF,
    SOURCES,
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
from kla_portal.lib.numbers import plain_text


class RuleError(ValueError):
    """A rule that cannot be used: `path` its place ("bands[2].fraction"), `problem` the fault in Indonesian."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


# --- reading a rule -------------------------------------------------------------------------------------------------
def parse_rule(kind: str, data: Mapping[str, Any]) -> Rule:
    """The rule of a question, checked. `data` is the JSON of `Question.rule`, Decimals as strings:

    yes_no      {"yes": "1", "no": "0"}
    choice      {"options": [{"key", "label", "fraction"}, …]}
    percentage  {"unit": "%", "bands": [{"from": "0", "fraction": "0"}, …], "better": "higher" | "lower"}
    count       the same with a unit of its own and whole bounds
    checklist   {"levels": [{"key", "label", "fraction"}, …], "items": [{"key", "label", "points"}, …]}
    table       {"columns": [{"key", "label", "type", "required", "options"}, …], "total": {"of", "column", "among"},
                 "unit", "bands", "better"}; a total that is a share has the unit %
    rollup      {"of": "kecamatan" | "desa", "unit": "%", "bands", "better"}

    A percentage or count of two years has {"compare": {"improved", "same", "worse"}} as well.

    Each may say where it comes from: {"source": "published" | "assumption"}. Raises RuleError at the first fault.

    >>> rule = parse_rule("percentage", {"unit": "%", "better": "higher",
    ...     "bands": [{"from": "0", "fraction": "0"}, {"from": "60", "fraction": "0.8"}]})
    >>> rule.bands[1].fraction
    Decimal('0.8')
    >>> parse_rule("yes_no", {"yes": "1.2", "no": "0"})
    Traceback (most recent call last):
    clusters.parsing.RuleError: yes: 1,2 di luar 0 sampai 1
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


def _read_banded(kind: str, data: Mapping[str, Any]) -> Banded:
    unit = _text(data, "unit", "")
    if kind == "percentage" and unit != "%":
        raise RuleError("unit", "satuan persentase adalah %")
    if kind == "count" and unit == "%":
        raise RuleError("unit", "jumlah tidak dihitung dalam %")
    bands, better = _bands(data, percentage=kind == "percentage", whole=kind == "count")
    return Banded(kind, unit, bands, better, _compare(data), _source(data))


def _compare(data: Mapping[str, Any]) -> Compare | None:
    if "compare" not in data:
        return None
    factors = _mapping(data["compare"], "compare", {"improved", "same", "worse"})
    found = Compare(*(_fraction(factors, name, "compare") for name in ("improved", "same", "worse")))
    if not found.improved >= found.same >= found.worse:
        raise RuleError("compare", "faktor tidak boleh naik dari improved ke same ke worse")
    return found


def _bands(data: Mapping[str, Any], *, percentage: bool, whole: bool) -> tuple[tuple[Step, ...], str]:
    """The bands and their direction: from 0, rising, earning in one direction."""
    steps: list[Step] = []
    for place, row in enumerate(_rows(data, "bands", least=2)):
        path = f"bands[{place}]"
        band = _mapping(row, path, {"from", "fraction"})
        steps.append(Step(_decimal(band.get("from"), f"{path}.from"), _fraction(band, "fraction", path)))
        if whole and steps[-1].lower % 1:
            raise RuleError(f"{path}.from", "jumlah harus bilangan bulat")
    better = data.get("better", "higher")
    if better not in ("higher", "lower"):
        raise RuleError("better", f"{_short(better)} bukan higher atau lower")
    if steps[0].lower != ZERO:
        raise RuleError("bands[0].from", "pita pertama dimulai dari 0")
    if percentage and steps[-1].lower > HUNDRED:
        raise RuleError(f"bands[{len(steps) - 1}].from", "persentase berakhir pada 100")
    for place in range(1, len(steps)):
        if steps[place].lower <= steps[place - 1].lower:
            raise RuleError(f"bands[{place}].from", "pita tidak berurutan naik")
        gain = steps[place].fraction - steps[place - 1].fraction
        if gain < 0 if better == "higher" else gain > 0:
            raise RuleError(f"bands[{place}].fraction", f"nilainya berlawanan dengan arah (better: {better})")
    if steps[0].fraction == steps[-1].fraction:
        raise RuleError("bands", "semua pita bernilai sama")
    return tuple(steps), better


def _read_table(kind: str, data: Mapping[str, Any]) -> Table:
    columns = tuple(_column(row, f"columns[{place}]") for place, row in enumerate(_rows(data, "columns", least=1)))
    _once([column.key for column in columns], "columns")
    total = _total(data.get("total"), {column.key: column for column in columns})
    unit = _text(data, "unit", "")
    if (unit == "%") != (total.of == "share"):
        raise RuleError("unit", "satuan % dipakai bila, dan hanya bila, total berupa share")
    bands, better = _bands(data, percentage=total.of == "share", whole=total.of == "rows")
    return Table(columns, total, unit, bands, better, _source(data))


def _column(row: Any, path: str) -> Column:
    given = _mapping(row, path, {"key", "label", "type", "required", "options"})
    shape, required = given.get("type", "text"), given.get("required", False)
    if shape not in COLUMN_TYPES:
        raise RuleError(f"{path}.type", f"{_short(shape)} bukan salah satu dari: {', '.join(COLUMN_TYPES)}")
    if required not in (True, False, "true", "false"):
        raise RuleError(f"{path}.required", "di sini diharapkan true atau false")
    options: tuple[str, ...] = ()
    if shape == "choice":
        rows = _rows(given, "options", least=2, path=path)
        options = tuple(_text({"option": text}, "option", f"{path}.options[{n}]") for n, text in enumerate(rows))
        if len(set(options)) < len(options):
            raise RuleError(f"{path}.options", "ada pilihan yang ditulis dua kali")
    elif given.get("options"):
        raise RuleError(f"{path}.options", "hanya kolom choice yang mempunyai pilihan")
    return Column(_key(given, path), _text(given, "label", path), shape, required in (True, "true"), options)


def _total(raw: Any, columns: Mapping[str, Column]) -> Total:
    given = _mapping(raw, "total", {"of", "column", "among"})
    of = given.get("of")
    needed = {"rows": (), "sum": ("column",), "share": ("column", "among")}
    if not isinstance(of, str) or of not in needed:
        raise RuleError("total.of", f"{_short(of)} bukan salah satu dari: {', '.join(needed)}")
    for name in ("column", "among"):
        key = given.get(name, "")
        if name in needed[of]:
            if not isinstance(key, str) or key not in columns or columns[key].type != "number":
                raise RuleError(f"total.{name}", f"{_short(key)} bukan kolom angka pada matriks ini")
        elif key:
            raise RuleError(f"total.{name}", f"tidak dipakai bila total dihitung dari {of}")
    return Total(of, given.get("column", ""), given.get("among", ""))


def _read_rollup(kind: str, data: Mapping[str, Any]) -> Rollup:
    of = data.get("of")
    if not isinstance(of, str) or of not in ROLLUP_OF:
        raise RuleError("of", f"{_short(of)} bukan salah satu dari: {', '.join(ROLLUP_OF)}")
    if _text(data, "unit", "") != "%":
        raise RuleError("unit", "satuan persentase wilayah adalah %")
    bands, better = _bands(data, percentage=True, whole=False)
    return Rollup(of, "%", bands, better, _source(data))


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
    "percentage": _read_banded,
    "count": _read_banded,
    "checklist": _read_checklist,
    "table": _read_table,
    "rollup": _read_rollup,
}
KEYS = {
    "yes_no": {"yes", "no"},
    "choice": {"options"},
    "percentage": {"unit", "bands", "better", "compare"},
    "count": {"unit", "bands", "better", "compare"},
    "checklist": {"levels", "items"},
    "table": {"columns", "total", "unit", "bands", "better"},
    "rollup": {"of", "unit", "bands", "better"},
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


def _rows(data: Mapping[str, Any], name: str, least: int, path: str = "") -> Sequence[Any]:
    rows = data.get(name)
    if not isinstance(rows, (list, tuple)) or not least <= len(rows) <= 100:
        raise RuleError(f"{path}.{name}".lstrip("."), f"di sini diharapkan daftar berisi {least} sampai 100 entri")
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
def parse_bands(data: Sequence[Mapping[str, Any]]) -> tuple[Band, ...]:
    """Predicate bands from `Instrument.predicates`, in rising order:

    [{"code": "pratama", "name": "Pratama", "lower": "500", "inclusive": true, "source": "published",
      "note": "", "source_url": "", "requires": [{"question": "1.1", "least": "1", "label": "Perda KLA",
      "enforced": true, "source": "assumption", "source_url": ""}]}, …]

    Raises RuleError at the first fault: unknown keys, a code twice, bounds that do not rise.
    """
    if not isinstance(data, (list, tuple)) or not 1 <= len(data) <= 20:
        raise RuleError("", "di sini diharapkan daftar 1 sampai 20 predikat")
    known = {"code", "name", "lower", "inclusive", "source", "note", "source_url", "requires"}
    bands: list[Band] = []
    for place, row in enumerate(data):
        path = f"[{place}]"
        band = _mapping(row, path, known)
        code = _key({"key": band.get("code")}, path)
        if code == NO_PREDICATE.code or code in [earlier.code for earlier in bands]:
            raise RuleError(f"{path}.code", f"{code} ditulis dua kali atau dicadangkan")
        lower = _decimal(band.get("lower"), f"{path}.lower")
        if bands and lower <= bands[-1].lower:
            raise RuleError(f"{path}.lower", "batas tidak berurutan naik")
        requires = _rows(band, "requires", least=0, path=path) if "requires" in band else ()
        bands.append(
            Band(
                code,
                _text(band, "name", path),
                lower,
                _flag(band, "inclusive", path),
                _source(band),
                _optional(band, "note", path),
                _optional(band, "source_url", path),
                tuple(_requirement(each, f"{path}.requires[{n}]") for n, each in enumerate(requires)),
            )
        )
    return tuple(bands)


def _requirement(row: Any, path: str) -> Requirement:
    given = _mapping(row, path, {"question", "least", "label", "enforced", "source", "source_url"})
    least = _fraction(given, "least", path)
    if least == ZERO:
        raise RuleError(f"{path}.least", "prasyarat harus meminta lebih dari 0")
    return Requirement(
        _text(given, "question", path),
        least,
        _text(given, "label", path),
        _flag(given, "enforced", path),
        _source(given),
        _optional(given, "source_url", path),
    )


def _flag(data: Mapping[str, Any], name: str, path: str) -> bool:
    if not isinstance(data.get(name), bool):
        raise RuleError(f"{path}.{name}", "di sini diharapkan true atau false")
    return bool(data[name])


def _optional(data: Mapping[str, Any], name: str, path: str) -> str:
    return "" if data.get(name) in (None, "") else _text(data, name, path)
