"""An instrument as a workbook (XLSX) that officials read and edit, and back.

Reading builds the tree that the YAML form gives, each piece knowing its sheet, row and column, for the one check
(`clusters.checking`). What only sheets can get wrong is found here: sheets, headings, words, rows without a parent,
rows and cells that nothing uses.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, cast

from clusters import layout
from clusters.checking import examine
from clusters.content import InstrumentData, number_text
from clusters.enums import Granularity
from clusters.layout import Field, Sheet, Sort
from clusters.nodes import Fault, Invalid, Node, Place, short
from clusters.rules import NUMBER
from clusters.writing import Tree, tree
from kla_portal.lib import sheets

OPTIONAL_SHEETS = {sheet.name for sheet in layout.SHEETS} - {"Instrumen", "Predikat", "Klaster"}
DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]+")
HEAD_HEADINGS = ("Isian", "Nilai")


def read(file: BinaryIO | Path) -> InstrumentData:
    """The instrument in an XLSX file, checked. Raises Invalid with every fault found."""
    try:
        found = sheets.read(file)
    except sheets.Unreadable as refused:
        raise Invalid([Fault("", Place(0), str(refused))]) from None
    return understand(found)


def understand(cells: dict[str, list[list[str]]]) -> InstrumentData:
    """The same from the cells of the sheets, as `sheets.read` gives them."""
    book = _Book(cells)
    data, faults = examine(book.root())
    places = {fault.place for fault in book.faults}
    faults = [*book.faults, *(fault for fault in faults if fault.place not in places)]
    if data is None or faults:
        raise Invalid(faults, [sheet.name for sheet in layout.SHEETS])
    return data


@dataclass(slots=True)
class Row:
    """A row of a sheet: its number, its facts as a mapping of nodes, and the cells that name its parents."""

    number: int
    sheet: Sheet
    node: Node
    parents: list[Node | None] = field(default_factory=list)

    def place(self, heading: str) -> Place:
        return Place(self.number, self.sheet.name, heading)


class _Book:
    """Walks the sheets from the top down, collecting faults."""

    def __init__(self, found: dict[str, list[list[str]]]) -> None:
        self.faults: list[Fault] = []
        self.sheets: dict[str, list[list[str]]] = {}
        self.spelled: dict[int, dict[str, str]] = {}
        known = {sheet.name.casefold(): sheet.name for sheet in layout.SHEETS}
        for name, rows in found.items():
            ours = known.get(name.strip().casefold())
            if ours is not None and ours not in self.sheets:
                self.sheets[ours] = rows
            elif any(any(row) for row in rows) and name.strip().casefold() != layout.GUIDE.casefold():
                self.fault(
                    Place(1, name[:31]), "lembar ini tidak dikenal, jadi isinya akan hilang", "Hapus lembar ini."
                )

    def fault(self, place: Place, problem: str, cure: str = "") -> None:
        self.faults.append(Fault("", place, problem, cure))

    def root(self) -> Node:
        """The whole instrument, with the keys of the YAML form."""
        root = self.head()
        facts = _facts(root)
        laws, assumptions = self.rows(layout.LAWS), self.rows(layout.ASSUMPTIONS)
        if laws:
            facts["legal_basis"] = _list(layout.LAWS, laws)
        if assumptions:
            facts["assumptions"] = _list(layout.ASSUMPTIONS, assumptions)
        bands = self.rows(layout.PREDICATES)
        facts["predicates"] = _list(layout.PREDICATES, bands)
        self.hang(self.rows(layout.REQUIREMENTS), _index(bands, "code"), "requires")
        clusters = self.rows(layout.CLUSTERS)
        facts["clusters"] = _list(layout.CLUSTERS, clusters)
        below = [self.rows(sheet) for sheet in layout.SHEETS[layout.SHEETS.index(layout.INDICATORS) :]]
        granularity = facts.get("granularity")
        if granularity is not None and granularity.value == Granularity.CLUSTERS:
            for row in (row for rows in below for row in rows):
                self.fault(row.place(""), "instrumen ini hanya sampai klaster, jadi baris ini tidak dipakai", "Hapus.")
        else:
            self.below(clusters, *below)
        return root

    def below(self, clusters: list[Row], indicators: list[Row], questions: list[Row], *parts: list[Row]) -> None:
        for row in clusters:
            _facts(row.node)["indicators"] = Node(row.place("Nilai"), [])
        for row in indicators:
            _facts(row.node)["questions"] = Node(row.place("Nilai"), [])
        self.hang(indicators, _index(clusters, "code"), "indicators")
        self.hang(questions, _index(indicators, "number"), "questions")
        by_code = _index(questions, "code")
        levels, items, bands, columns, options, wants = parts
        for row in questions:
            self.ladder(row)
        for rows in (levels, items, bands, columns):
            self.hang(rows, by_code, "")
        self.hang(wants, by_code, "wants")
        self.column_options(options, columns)
        for row in questions:
            self.complete(row)

    # --- rows -------------------------------------------------------------------------------------------------------
    def head(self) -> Node:
        """The sheet whose rows are the facts: their names in the first column, what they are in the second."""
        sheet = layout.HEAD
        root = Node(Place(1, sheet.name), {})
        for number, row in enumerate(self.sheets.get(sheet.name, []), 1):
            name, value = [*(cell.strip() for cell in row), "", ""][:2]
            known = sheet.by_heading.get(name.casefold())
            if number == 1 and name.casefold() == HEAD_HEADINGS[0].casefold():
                continue
            if known is None:
                if name or value:
                    self.fault(Place(number, sheet.name), f"isian {short(name)} tidak dikenal", "Hapus baris ini.")
                continue
            place = Place(number, sheet.name, HEAD_HEADINGS[1])
            if known.key in root.cells:
                self.fault(place, f"isian {known.heading} ditulis dua kali", "Hapus salah satu.")
            root.cells[known.key] = place
            if value:
                _facts(root)[known.key] = self.cell(known, value, place)
            for extra in range(2, len(row)):
                if row[extra].strip():
                    self.fault(Place(number, sheet.name), "ada isi di luar kolom Nilai", "Hapus isi itu.")
        if sheet.name not in self.sheets:
            self.missing(sheet)
        return root

    def rows(self, sheet: Sheet) -> list[Row]:
        """The rows of a sheet that hold anything, as mappings of what is filled in."""
        rows = self.sheets.get(sheet.name)
        if not rows:
            if sheet.name not in OPTIONAL_SHEETS:
                self.missing(sheet)
            return []
        columns = self.columns(sheet, rows[0])
        found = []
        for number, cells in enumerate(rows[1:], 2):
            if any(cell.strip() for cell in cells):
                found.append(self.row(sheet, number, cells, columns))
        return found

    def missing(self, sheet: Sheet) -> None:
        self.fault(Place(1, sheet.name), "lembar ini tidak ada atau kosong", "Mulailah dari berkas yang diunduh.")

    def columns(self, sheet: Sheet, headings: list[str]) -> list[Field | None]:
        """The field of each column by its heading."""
        found: list[Field | None] = []
        for text in (heading.strip() for heading in headings):
            known = sheet.by_heading.get(text.casefold())
            if text and (known is None or known in found):
                problem = "ditulis dua kali" if known else "tidak dikenal, jadi isinya akan hilang"
                self.fault(Place(1, sheet.name, text[:40]), f"judul kolom {short(text)} {problem}", "Hapus kolom ini.")
            found.append(None if known in found else known)
        for field_ in sheet.fields:
            if field_.needed and field_ not in found:
                place = Place(1, sheet.name, field_.heading)
                self.fault(place, f"kolom {field_.heading} tidak ada", "Tambahkan kolom itu pada baris judul.")
        return found

    def row(self, sheet: Sheet, number: int, cells: list[str], columns: list[Field | None]) -> Row:
        row = Row(number, sheet, Node(Place(number, sheet.name), {}))
        there = {each.key for each in columns if each is not None}
        # a column that is missing is one fault, at its heading, whatever each row lacks for it
        row.node.cells = {
            each.key: Place(number if each.key in there else 1, sheet.name, each.heading) for each in sheet.fields
        }
        named: dict[str, Node] = {}
        outside: list[str] = []
        for place, text in enumerate(cell.strip() for cell in cells):
            known = columns[place] if place < len(columns) else None
            if not text:
                continue
            if known is None:
                if place >= len(columns) or not self.sheets[sheet.name][0][place].strip():
                    outside.append(text)
                continue
            leaf = self.cell(known, text, row.place(known.heading))
            if known in sheet.fields[: len(sheet.parents)]:
                named[known.key] = leaf
            else:
                _put(row.node, known.key, leaf)
        if outside:
            self.fault(row.place(""), f"ada isi di luar tabel: {short(outside[0])}", "Hapus, atau beri judul kolom.")
        row.parents = [named.get(each.key) for each in sheet.fields[: len(sheet.parents)]]
        for parent, each in zip(row.parents, sheet.fields, strict=False):
            if parent is None:
                self.fault(
                    row.place(each.heading), "sel ini wajib diisi", f"Isi dengan kode dari lembar {each.heading}."
                )
        return row

    def cell(self, known: Field, text: str, place: Place) -> Node:
        """A cell as the YAML form would have it."""
        text = text.replace("\r\n", "\n")
        if known.sort == Sort.NUMBER and DECIMAL_COMMA.fullmatch(text):
            return Node(place, text.replace(",", "."))
        if known.words is None:
            return Node(place, text)
        if known.sort == Sort.LIST:
            names = [name for name in re.split(r"\s*[;\n]\s*", text) if name]
            return Node(place, [Node(place, self.word(known.words, name)) for name in names])
        value = self.word(known.words, text)
        if value not in known.words:
            self.fault(
                place, f"{short(text)} bukan salah satu dari: {', '.join(known.words.values())}", "Pilih salah satunya."
            )
        return Node(place, value)

    def word(self, words: layout.Words, text: str) -> str:
        """What a word of the screen stands for; as it is when nothing."""
        spelled = self.spelled.get(id(words))
        if spelled is None:
            spelled = self.spelled[id(words)] = {label.casefold(): value for value, label in words.items()}
        return spelled.get(text.casefold(), text.casefold() if text.casefold() in words else text)

    # --- from rows to a tree ----------------------------------------------------------------------------------------
    def hang(self, rows: list[Row], index: dict[str, Row], key: str) -> None:
        """Each row into a list of the row that its cell names. `key` "": the list that the question's kind gives it."""
        for row in rows:
            named = row.parents[0]
            if named is None:
                continue
            above = index.get(str(named.value))
            if above is None:
                heading = row.sheet.fields[0].heading
                problem = f"{heading.lower()} {short(named.value)} tidak ada pada lembar {heading}"
                self.fault(named.place, problem, f"Perbaiki kodenya, atau tambahkan {heading.lower()} itu.")
                continue
            if key:
                _append(above.node, key, row.node)
            else:
                self.hang_on_rule(row, above)

    def hang_on_rule(self, row: Row, question: Row) -> None:
        kind = _kind(question)
        if kind not in layout.LADDERS:
            return  # a fault of its own
        key = layout.LADDERS[kind].get(row.sheet.name)
        if key is None:
            label = layout.KINDS[kind]
            self.fault(
                row.place(""),
                f"baris ini tidak dipakai: pertanyaan itu berjenis {label}",
                "Hapus, atau ganti jenisnya.",
            )
            return
        _append(_facts(question.node)["rule"], key, row.node)

    def ladder(self, row: Row) -> None:
        """The rule of a question, as far as its own row has it."""
        rule = _facts(row.node).setdefault("rule", Node(row.place("Jenis"), {}))
        rule.place = row.place("Jenis")
        kind = _kind(row)
        if kind not in layout.RULE_FIELDS:
            return
        for each in layout.QUESTIONS.fields:
            first, _, rest = each.key.partition(".")
            if first != "rule":
                continue
            rule.cells.setdefault(rest.split(".")[0], row.place(each.heading))
            used = rest.split(".")[0] in layout.RULE_FIELDS[kind] | {"source"}
            if not used and _has(rule, rest):
                problem = f"sel ini tidak dipakai: pertanyaan ini berjenis {layout.KINDS[kind]}"
                self.fault(row.place(each.heading), problem, "Kosongkan, atau ganti jenisnya.")

    def column_options(self, options: list[Row], columns: list[Row]) -> None:
        by_key = {(str(row.parents[0].value), _text(row, "key")): row for row in columns if row.parents[0] is not None}
        for row in options:
            question, column = row.parents
            if question is None or column is None:
                continue
            above = by_key.get((str(question.value), str(column.value)))
            option = _facts(row.node).get("option")
            if above is None:
                problem = f"kolom {short(column.value)} tidak ada pada matriks {short(question.value)}"
                self.fault(column.place, problem, "Perbaiki kodenya, atau tambahkan pada lembar Kolom.")
            elif option is None:
                self.fault(row.place("Pilihan"), "sel ini wajib diisi", "Isi.")
            else:
                _append(above.node, "options", option)

    def complete(self, row: Row) -> None:
        """A kind that needs rows of another sheet has some."""
        rule = _facts(_facts(row.node)["rule"])
        for sheet, key in layout.LADDERS.get(_kind(row), {}).items():
            if key not in rule:
                label = layout.KINDS[_kind(row)]
                problem = f"jenis {label} memerlukan baris pada lembar {sheet}, tetapi belum ada"
                self.fault(row.place("Jenis"), problem, f"Tambahkan baris dengan kode ini pada lembar {sheet}.")


def _list(sheet: Sheet, rows: list[Row]) -> Node:
    return Node(Place(1, sheet.name), [row.node for row in rows])


def _facts(node: Node) -> dict[str, Node]:
    return cast(dict[str, Node], node.value)


def _append(above: Node, key: str, entry: Node) -> None:
    rows = _facts(above).setdefault(key, Node(entry.place, []))
    cast(list[Node], rows.value).append(entry)


def _put(node: Node, path: str, leaf: Node) -> None:
    """A leaf at a path inside a mapping, with mappings on the way."""
    first, _, rest = path.partition(".")
    if rest:
        _put(_facts(node).setdefault(first, Node(leaf.place, {})), rest, leaf)
    else:
        _facts(node)[first] = leaf


def _has(node: Node, path: str) -> bool:
    first, _, rest = path.partition(".")
    inside = node.value.get(first) if isinstance(node.value, dict) else None
    return inside is not None and (not rest or _has(inside, rest))


def _text(row: Row, key: str) -> str:
    found = _facts(row.node).get(key)
    return str(found.value) if found is not None else ""


def _kind(row: Row) -> str:
    return _text(row, "kind")


def _index(rows: list[Row], key: str) -> dict[str, Row]:
    """The first row of each code."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(_text(row, key), row)
    found.pop("", None)
    return found


# --- writing --------------------------------------------------------------------------------------------------------
def write(data: InstrumentData) -> bytes:
    """The instrument as XLSX, which `read` reads back as the same content."""
    widths = {sheet.name: [each.width for each in sheet.fields] for sheet in layout.SHEETS}
    return sheets.write(lay_out(data), {**widths, layout.GUIDE: [24, 110], layout.HEAD.name: [20, 80]})


def lay_out(data: InstrumentData) -> dict[str, list[list[sheets.Cell]]]:
    """The cells of each sheet."""
    root = tree(data)
    rows: dict[str, list[list[sheets.Cell]]] = {layout.GUIDE: _guide()}
    rows |= {sheet.name: [[each.heading for each in sheet.fields]] for sheet in layout.SHEETS}
    rows[layout.HEAD.name] = [[*HEAD_HEADINGS], *_head(root)]
    for sheet, thing, parents in _things(root):
        own = sheet.fields[len(parents) :]
        rows[sheet.name].append([*parents, *(_cell(each, thing) for each in own)])
    return rows


def _head(root: Tree) -> Iterator[list[sheets.Cell]]:
    for each in layout.HEAD.fields:
        yield [each.heading, _cell(each, root)]


def _things(root: Tree) -> Iterator[tuple[Sheet, Tree, list[str]]]:
    """Every thing of an instrument with its sheet and the codes of its parents, in order."""
    for law in root.get("legal_basis", []):
        yield layout.LAWS, law, []
    for assumption in root.get("assumptions", []):
        yield layout.ASSUMPTIONS, assumption, []
    for band in root["predicates"]:
        yield layout.PREDICATES, band, []
        for requirement in band.get("requires", []):
            yield layout.REQUIREMENTS, requirement, [band["code"]]
    for cluster in root["clusters"]:
        yield layout.CLUSTERS, cluster, []
        for indicator in cluster.get("indicators", []):
            yield layout.INDICATORS, indicator, [cluster["code"]]
            for question in indicator["questions"]:
                yield layout.QUESTIONS, question, [indicator["number"]]
                yield from _parts(question)


def _parts(question: Tree) -> Iterator[tuple[Sheet, Tree, list[str]]]:
    by_name = {sheet.name: sheet for sheet in layout.SHEETS}
    code, rule = question["code"], question["rule"]
    for name, key in layout.LADDERS.get(question["kind"], {}).items():
        for entry in rule.get(key, []):
            yield by_name[name], entry, [code]
            for option in entry.get("options", []):
                yield layout.COLUMN_OPTIONS, {"option": option}, [code, entry["key"]]
    for want in question.get("wants", []):
        yield layout.WANTS, want, [code]


def _cell(known: Field, thing: Tree) -> sheets.Cell:
    value: Any = thing
    for part in known.key.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    if isinstance(value, list):
        return "; ".join((known.words or {}).get(entry, entry) for entry in value)
    if not isinstance(value, str):  # a draft's rule may be of any shape
        return ""
    if known.words is not None:
        return known.words.get(value, value)
    if known.sort == Sort.NUMBER and NUMBER.fullmatch(value) and number_text(Decimal(value)) == value:
        return Decimal(value)
    return sheets.IMPOSSIBLE.sub("\ufffd", value)


def _guide() -> list[list[sheets.Cell]]:
    """For the person who opens the file; never read back."""
    about: list[list[sheets.Cell]] = [[sheet.name, sheet.about] for sheet in layout.SHEETS]
    return [
        ["Lembar", "Isi"],
        *about,
        ["Angka", "Bagian dan faktor terletak antara 0 dan 1. Nilai, bagian, dan bobot boleh berdesimal."],
        ["Kode", "Kode adalah teks: 1.10 bukan 1.1. Baris dihubungkan dengan kode induknya pada kolom pertama."],
        ["Jenis", "; ".join(layout.KINDS.values())],
        ["Penanggung jawab", "; ".join(layout.OWNERS.values())],
        ["Jenis dokumen", "; ".join(layout.DOCUMENTS.values())],
        ["Mengimpor", "Semua kesalahan disebut dengan lembar, baris, dan kolomnya. Lembar Petunjuk ini tidak dibaca."],
    ]  # fmt: skip
