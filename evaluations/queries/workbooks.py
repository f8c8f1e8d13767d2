"""An agency's questions as a spreadsheet to be filled in without a line, and what stands in one that comes back.

A question has a line for each thing that is typed: one, or one for each item of a checklist, each year, each number.
Its note and its mark stand on its first line. What was written into the cells is told by a digest in a hidden column,
so that what nobody touched is never mistaken for a change.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clusters import scoring
from clusters.queries import Question
from evaluations.models import Evaluation
from evaluations.queries.exports import Sheets
from evaluations.queries.parts import PartRow
from evaluations.queries.showing import Years
from kla_portal.lib.numbers import plain_text
from kla_portal.lib.sheets import IMPOSSIBLE, Cell, Fill

SHEET, GUIDE = "Isian", "Petunjuk"
CODE, PIECE, ANSWER, NOTE, READY, PART_NOTE = (
    "Kode", "Butir", "Jawaban", "Catatan jawaban", "Siap", "Catatan bagian",
)  # fmt: skip
OF, KEY, VERSION, PART_VERSION, DIGEST = "Evaluasi", "Kunci", "Versi jawaban", "Versi bagian", "Sidik"
HEADINGS = (
    CODE, PIECE, "Pertanyaan", "Jenis", "Isian yang diterima", "Poin", ANSWER, NOTE, READY, PART_NOTE,
    OF, KEY, VERSION, PART_VERSION, DIGEST,
)  # fmt: skip
NEEDED = (CODE, ANSWER, NOTE, READY, PART_NOTE, OF, KEY, VERSION, PART_VERSION, DIGEST)
WIDTHS = {SHEET: [9, 30, 50, 14, 34, 8, 28, 34, 8, 30, 10, 10, 10, 10, 10], GUIDE: [100]}
YES, NO = "ya", "tidak"
OUT = "inapplicable"
TABLE = "Diisi lewat matriksnya sendiri di portal"
GUIDANCE = (
    "Isi kolom Jawaban, Catatan jawaban, Siap, dan Catatan bagian saja; kolom lain terkunci.",
    "Sel yang mempunyai daftar diisi dari daftarnya. Angka boleh memakai koma atau titik untuk desimal.",
    "Kolom Siap: tulis “ya” bila bagian perangkat daerah Anda untuk pertanyaan itu selesai, “tidak” bila belum.",
    "Jawaban dan catatannya ditulis penanggung jawab utama; perangkat daerah lain mengisi Siap dan Catatan bagian.",
    "Pertanyaan berjenis matriks diisi lewat lembarnya sendiri: buka pertanyaannya di portal, lalu unduh formatnya.",
    "Data dukung diunggah di portal, tidak lewat berkas ini.",
    "Setelah tersambung lagi, unggah berkas ini di halaman perangkat daerah. Portal menunjukkan dahulu perubahannya.",
    "Jawaban yang sementara itu diubah orang lain di portal tidak ditimpa; keduanya ditunjukkan.",
    "Jangan tulis data pribadi, misalnya nama anak, NIK, atau alamat rumah.",
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One cell of an answer. `choices`: (what is stored, what the cell says), where it is chosen."""

    key: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""

    def text(self, stored: str) -> str:
        """What the cell says of what is stored, of a number as people write it."""
        if self.choices:
            return dict(self.choices).get(stored, "")
        return plain_text(stored) if stored else ""

    def stored(self, text: str) -> str:
        """What the cell's text stands for. Raises ValueError for what is not in its list."""
        if not self.choices or not text:
            return text
        known = {_folded(label): stored for stored, label in self.choices}
        if _folded(text) not in known:
            raise ValueError(f"“{text[:60]}” tidak ada pada daftar pilihan.")
        return known[_folded(text)]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def pieces_of(rule: scoring.Rule, years: Years, may_be_inapplicable: bool) -> tuple[Piece, ...]:
    """The cells of a question's answer, in order; none of a table."""
    out = scoring.describe(rule, scoring.NOT_APPLICABLE)
    if isinstance(rule, scoring.Table):
        return ()
    if isinstance(rule, scoring.YesNo | scoring.Choice):
        extra = [(scoring.NOT_APPLICABLE, out)] if may_be_inapplicable else []
        return (Piece("value", "", _labelled([(step.key, step.label) for step in scoring.ladder(rule)] + extra)),)
    if isinstance(rule, scoring.Checklist):
        levels = _labelled([(level.key, level.label) for level in rule.levels])
        found = [Piece(item.key, item.label, levels) for item in rule.items]
    elif isinstance(rule, scoring.Rollup):
        unit = scoring.ROLLUP_OF[rule.of]
        found = [Piece("met", f"Jumlah {unit} yang memenuhi"), Piece("of", f"Jumlah seluruh {unit}")]
        found = [Piece(piece.key, piece.label, hint="Bilangan bulat mulai dari 0") for piece in found]
    else:
        hint = "Angka dari 0 sampai 100" if rule.kind == "percentage" else f"Bilangan bulat ({rule.unit})"
        pairs = list(zip(("before", "now"), years, strict=True)) if rule.compare else [("value", "")]
        found = [Piece(key, label, hint=hint) for key, label in pairs]
    return tuple(found + ([Piece(OUT, out, ((YES, YES),))] if may_be_inapplicable else []))


def _labelled(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """With labels that tell the choices apart."""
    labels = [_folded(label) for _, label in pairs]
    return tuple((key, label if labels.count(_folded(label)) == 1 else f"{label} [{key}]") for key, label in pairs)


def cells_of(pieces: Iterable[Piece], value: Any) -> dict[str, str]:
    """By piece: what its cell says of a stored answer."""
    if value == scoring.NOT_APPLICABLE:
        return {p.key: YES if p.key == OUT else p.text(value) if p.key == "value" and p.choices else "" for p in pieces}
    stored: Mapping[str, str] = value if isinstance(value, Mapping) else {"value": value or ""}
    return {piece.key: piece.text(stored.get(piece.key, "")) for piece in pieces}


def typed_of(pieces: Sequence[Piece], stored: Mapping[str, str]) -> Any:
    """What `scoring.normalise` takes, from what the pieces stand for. Raises ValueError for an answer that is given and
    said not to apply."""
    given = {key: text for key, text in stored.items() if text and key != OUT}
    if stored.get(OUT):
        if given:
            raise ValueError("Anda mengisi jawaban dan menandai pertanyaan tidak berlaku. Pilih salah satu.")
        return scoring.NOT_APPLICABLE
    if [piece.key for piece in pieces if piece.key != OUT] == ["value"]:
        return given.get("value")
    return given


def tidy(text: str) -> str:
    """A cell's text as it is compared: line breaks as one sign, nothing around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def digest(texts: Iterable[str]) -> str:
    told = json.dumps([tidy(text) for text in texts], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def pieces_for(question: Question, years: Years) -> tuple[Piece, ...]:
    return pieces_of(question.rule, years, question.row.may_be_inapplicable)


def workbook(evaluation: Evaluation, rows: Sequence[PartRow]) -> tuple[Sheets, dict[str, Fill]]:
    """The sheets, and what of them is to be filled in."""
    lines: list[list[Cell]] = [list(HEADINGS)]
    open_: set[tuple[int, int]] = set()
    choices: dict[tuple[int, int], tuple[str, ...]] = {}
    column = {heading: place for place, heading in enumerate(HEADINGS)}
    for row in rows:
        pieces = pieces_for(row.question, evaluation.cycle.compared_years)
        first = len(lines)
        lines += _lines(evaluation, row, pieces)
        if not row.markable:
            continue
        open_ |= {(first, column[READY]), (first, column[PART_NOTE])}
        choices[first, column[READY]] = (YES, NO)
        if row.part.is_lead and pieces:
            open_ |= {(first, column[NOTE])} | {(first + at, column[ANSWER]) for at in range(len(pieces))}
            for at, piece in enumerate(pieces):
                if piece.choices:
                    choices[first + at, column[ANSWER]] = tuple(label for _, label in piece.choices)
    hidden = frozenset(column[heading] for heading in (OF, KEY, VERSION, PART_VERSION, DIGEST))
    guide: list[list[Cell]] = [["Petunjuk"]]
    guide += [[text] for text in GUIDANCE]
    return {SHEET: lines, GUIDE: guide}, {SHEET: Fill(hidden, frozenset(open_), choices)}


def _lines(evaluation: Evaluation, row: PartRow, pieces: Sequence[Piece]) -> list[list[Cell]]:
    answer, part = row.score.answer, row.part
    said = cells_of(pieces, answer.value) if pieces else {"": TABLE}
    note, part_note = IMPOSSIBLE.sub("", answer.note), IMPOSSIBLE.sub("", part.note)
    ready = YES if row.ready else NO
    sign = f"{digest([*said.values(), note])}:{digest([ready, part_note])}"
    found: list[list[Cell]] = []
    for at, (key, text) in enumerate(said.items()):
        piece = pieces[at] if pieces else Piece("", "")
        allowed = " / ".join(label for _, label in piece.choices) or piece.hint
        head: list[Cell] = [row.code, piece.label, row.question.text, row.question.row.get_kind_display(), allowed]
        once: list[Cell] = [row.question.max_points.normalize(), text, note, ready, part_note]
        if at:
            head[2:4], once = ["", ""], ["", text, "", "", ""]
        hidden: list[Cell] = [str(evaluation.pk), key, str(answer.version), str(part.version), sign]
        found.append([*head, *once, *hidden])
    return found
