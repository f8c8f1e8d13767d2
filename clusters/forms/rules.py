"""The rule of a question as a form: for each kind its single cells and its rows, both ways."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clusters.enums import QuestionKind, Source
from clusters.forms.rows import Cell, Drawn, Group, Row, problem_of, shown, stored
from clusters.rules import ROLLUP_OF

SHARE = (Cell("fraction", "Bagian (0–1)", "fraction"),)
KEY = (Cell("key", "Kunci", "key", required=False, most=40),)
LABELLED = (Cell("label", "Label"), *SHARE, *KEY)
BETTER = Cell("better", "Arah", "select", (("higher", "Makin tinggi makin baik"), ("lower", "Makin rendah makin baik")))
UNIT = Cell("unit", "Satuan", most=40)
COMPARE = (
    Cell("compare", "Bandingkan dengan tahun sebelumnya", "check"),
    Cell("improved", "Faktor bila lebih baik", "fraction", required=False),
    Cell("same", "Faktor bila sama", "fraction", required=False),
    Cell("worse", "Faktor bila tidak lebih baik", "fraction", required=False),
)
SOURCE = Cell("source", "Sumber tangga nilai", "select", tuple(reversed(Source.choices)))
TYPES = (("text", "Teks"), ("number", "Angka"), ("date", "Tanggal"), ("choice", "Pilihan"))
TOTALS = (
    ("rows", "Jumlah baris yang lengkap"),
    ("sum", "Jumlah sebuah kolom angka"),
    ("share", "Persentase satu kolom terhadap kolom lain"),
)
BANDS = Group(
    "bands", "Pita nilai", (Cell("from", "Mulai dari", "number"), *SHARE), "Tambah pita",
    "Pita berlaku dari batas ini sampai sebelum batas berikutnya. Yang pertama mulai dari 0.",
)  # fmt: skip
OPTIONS = Group(
    "options", "Pilihan", LABELLED, "Tambah pilihan", "Bagian 1 mendapat seluruh nilai pertanyaan, 0,5 separuhnya."
)
LEVELS = Group("levels", "Tingkat", LABELLED, "Tambah tingkat", "Tingkat yang dipilih pada setiap butir.")
ITEMS = Group(
    "items", "Butir", (Cell("label", "Butir"), Cell("points", "Bobot", "number"), *KEY), "Tambah butir",
    "Bobot dibandingkan antarbutir; nilai pertanyaan dibagi menurut bobot.",
)  # fmt: skip
COLUMNS = Group(
    "columns",
    "Kolom matriks",
    (
        Cell("label", "Judul kolom"),
        Cell("type", "Isi", "select", TYPES),
        Cell("required", "Wajib", "check"),
        Cell("options", "Pilihan (satu per baris)", "lines", required=False, most=3000),
        *KEY,
    ),
    "Tambah kolom",
)
GROUPS: dict[str, tuple[Group, ...]] = {
    QuestionKind.YES_NO: (),
    QuestionKind.CHOICE: (OPTIONS,),
    QuestionKind.PERCENTAGE: (BANDS,),
    QuestionKind.COUNT: (BANDS,),
    QuestionKind.CHECKLIST: (LEVELS, ITEMS),
    QuestionKind.TABLE: (COLUMNS, BANDS),
    QuestionKind.ROLLUP: (BANDS,),
}
FIFTHS: list[Row] = [{"from": str(20 * n), "fraction": shown(f"0.{2 * n}" if n < 5 else "1")} for n in range(6)]
ROWS: dict[str, list[Row]] = {
    "options": [
        {"label": "Belum ada", "fraction": "0", "key": "belum_ada"}, {"label": "Ada", "fraction": "1", "key": "ada"},
    ],
    "levels": [
        {"label": "Tidak ada", "fraction": "0", "key": "tidak_ada"}, {"label": "Ada", "fraction": "1", "key": "ada"},
    ],
    "items": [{"label": "", "points": "1", "key": ""}],
    "columns": [{"label": "Nama", "type": "text", "required": "on", "options": "", "key": "nama"}],
    "bands": FIFTHS,
}  # fmt: skip
SINGLES = {
    "yes": "1", "no": "0", "better": "higher", "unit": "", "compare": "", "improved": "1", "same": "0,8",
    "worse": "0,5", "source": "assumption", "of": "desa", "total": "rows", "column": "", "among": "",
}  # fmt: skip


@dataclass(slots=True)
class RuleDraft:
    """A rule while it is written: whatever was typed, right or wrong. `singles` as typed, `rows` by group."""

    kind: str
    singles: dict[str, str]
    rows: dict[str, list[Row]]

    @property
    def groups(self) -> tuple[Group, ...]:
        return GROUPS[self.kind]

    def cells(self) -> tuple[Cell, ...]:
        """The single cells of this kind, in the order of the page."""
        if self.kind == QuestionKind.YES_NO:
            found: tuple[Cell, ...] = (
                Cell("yes", "Bagian bila ya", "fraction"),
                Cell("no", "Bagian bila tidak", "fraction"),
            )
        elif self.kind == QuestionKind.PERCENTAGE:
            found = (BETTER, *COMPARE)
        elif self.kind == QuestionKind.COUNT:
            found = (UNIT, BETTER, *COMPARE)
        elif self.kind == QuestionKind.TABLE:
            numbers = tuple((row["key"], row["label"]) for row in self.rows["columns"] if row["type"] == "number")
            chosen = (("", "Tidak dipakai"), *((key, label) for key, label in numbers if key))
            found = (
                Cell("total", "Yang dihitung", "select", TOTALS),
                Cell("column", "Kolom yang dijumlahkan", "select", chosen, required=False),
                Cell("among", "Dibagi dengan kolom", "select", chosen, required=False),
                UNIT,
                BETTER,
            )
        elif self.kind == QuestionKind.ROLLUP:
            found = (Cell("of", "Wilayah yang dihitung", "select", tuple(ROLLUP_OF.items())), BETTER)
        else:
            found = ()
        return (*found, SOURCE)

    def drawn(self, faults: Mapping[str, str]) -> list[Drawn]:
        return [
            Drawn(cell, f"rule-{cell.name}", self.singles[cell.name], faults.get(f"rule-{cell.name}", ""), cell.label)
            for cell in self.cells()
        ]

    def problems(self) -> dict[str, str]:
        """What is wrong with the single cells by themselves, by id."""
        found = {f"rule-{cell.name}": problem_of(cell, self.singles[cell.name]) for cell in self.cells()}
        return {key: problem for key, problem in found.items() if problem}

    def rule(self) -> dict[str, Any]:
        """The rule as `scoring.parse_rule` reads it. It may still refuse it."""
        single, kind = self.singles, self.kind
        found: dict[str, Any] = {"source": single["source"]}
        if kind == QuestionKind.YES_NO:
            return found | {"yes": stored(single["yes"]), "no": stored(single["no"])}
        for group in self.groups:
            found[group.name] = [_entry(group, row) for row in self.rows[group.name]]
        if kind in (QuestionKind.CHOICE, QuestionKind.CHECKLIST):
            return found
        found |= {"better": single["better"], "unit": single["unit"]}
        if kind in (QuestionKind.PERCENTAGE, QuestionKind.ROLLUP):
            found["unit"] = "%"
        if kind == QuestionKind.ROLLUP:
            found["of"] = single["of"]
        elif kind == QuestionKind.TABLE:
            used = {"rows": (), "sum": ("column",), "share": ("column", "among")}.get(single["total"], ())
            found["total"] = {"of": single["total"], **{name: single[name] for name in used}}
        elif single["compare"]:
            found["compare"] = {name: stored(single[name]) for name in ("improved", "same", "worse")}
        return found


def _entry(group: Group, row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cell in group.cells:
        text = row[cell.name]
        if cell.type in ("number", "fraction"):
            found[cell.name] = stored(text)
        elif cell.type == "check":
            found[cell.name] = bool(text)
        elif cell.type == "lines":
            if row["type"] == "choice":
                found[cell.name] = [line.strip() for line in text.splitlines() if line.strip()]
        else:
            found[cell.name] = text
    return found


def from_rule(kind: str, rule: Mapping[str, Any]) -> RuleDraft:
    """The form of a stored rule."""
    singles = SINGLES | {
        name: shown(rule[name]) if name in ("yes", "no") else str(rule[name])
        for name in ("yes", "no", "better", "unit", "source", "of")
        if name in rule
    }
    singles |= {name: shown(factor) for name, factor in rule.get("compare", {}).items()}
    singles["compare"] = "on" if "compare" in rule else ""
    total = rule.get("total", {})
    singles |= {"total": total.get("of", "rows"), "column": total.get("column", ""), "among": total.get("among", "")}
    rows = {group.name: [_row(group, entry) for entry in rule.get(group.name, [])] for group in GROUPS[kind]}
    return RuleDraft(kind, singles, rows)


def _row(group: Group, entry: Mapping[str, Any]) -> Row:
    found = {}
    for cell in group.cells:
        value = entry.get(cell.name, "")
        if cell.type in ("number", "fraction"):
            found[cell.name] = shown(value)
        elif cell.type == "check":
            found[cell.name] = "on" if value in (True, "true") else ""
        else:
            found[cell.name] = "\n".join(value) if isinstance(value, list) else str(value)
    return found


def read_singles(data: Mapping[str, Any]) -> dict[str, str]:
    """The single cells that were typed; those that this kind does not show keep their beginning."""
    return {
        name: str(data.get(f"rule-{name}", "" if name == "compare" else start)).strip()
        for name, start in SINGLES.items()
    }


def converted(draft: RuleDraft, kind: str) -> RuleDraft:
    """The draft as another kind: labels, fractions, bands, unit and direction are kept where the other has them."""
    if kind == draft.kind:
        return draft
    had = dict(draft.rows)
    if draft.kind == QuestionKind.YES_NO:
        both = [("Tidak", draft.singles["no"], "tidak"), ("Ya", draft.singles["yes"], "ya")]
        had["options"] = [{"label": label, "fraction": part, "key": key} for label, part, key in both]
    labelled = had.get("options") or had.get("levels")
    rows = {}
    for group in GROUPS[kind]:
        kept = labelled if group.name in ("options", "levels") else had.get(group.name)
        rows[group.name] = [dict(row) for row in (kept or ROWS[group.name])]
    singles = dict(draft.singles)
    if singles["unit"] == "%" and kind in (QuestionKind.COUNT, QuestionKind.TABLE):
        singles["unit"] = ""
    return RuleDraft(kind, singles, rows)


def place_of(path: str) -> str:
    """The id of the cell, or the name of the group, that a RuleError's path speaks of.

    >>> place_of("bands[2].fraction"), place_of("columns[0].options[1]"), place_of("compare.same"), place_of("options")
    ('bands-2-fraction', 'columns-0-options', 'rule-same', 'options')
    >>> place_of("total.of"), place_of("unit"), place_of("")
    ('rule-total', 'rule-unit', 'rule')
    """
    if found := re.match(r"([a-z]+)\[([0-9]+)\]\.?([a-z]*)", path):
        return f"{found[1]}-{found[2]}-{found[3] or 'label'}"
    if path in {group.name for groups in GROUPS.values() for group in groups}:
        return path
    if path in ("total.of", "total"):
        return "rule-total"
    return f"rule-{path.rpartition('.')[2]}" if path else "rule"
