"""What a filled-in spreadsheet would change, question by question, and making the change. Nothing that somebody else
has changed meanwhile is written over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import TextChoices

from accounts.enums import Role
from clusters import scoring
from evaluations import permissions
from evaluations.models import Answer, Assignment, Evaluation
from evaluations.queries.parts import PartRow, parts_of
from evaluations.queries.showing import shown
from evaluations.queries.workbooks import NO, YES, Piece, digest, pieces_for, tidy, typed_of
from evaluations.services.answers import save_answer
from evaluations.services.parts import mark_ready, unmark, write_note
from kla_portal.lib.versions import Stale
from regions.models import Agency

MOST_NOTE, MOST_PART_NOTE = 10_000, 2_000


@dataclass(frozen=True, slots=True)
class Line:
    """A question as the file has it: by piece what was typed and in which cell; versions and digest as written out."""

    code: str
    row: int
    typed: dict[str, str]
    places: dict[str, str]
    note: str
    ready: str
    part_note: str
    version: int
    part_version: int
    digest: str


class Fate(TextChoices):
    SAME = "same", "Tidak berubah"
    NEW = "new", "Baru"
    FAULTY = "faulty", "Salah"
    CHANGED = "changed", "Diubah orang lain"
    SAVED = "saved", "Tersimpan"

    @property
    def tone(self) -> str:
        return {"same": "neutral", "new": "info", "faulty": "loss", "changed": "attention", "saved": "good"}[self]


@dataclass(frozen=True, slots=True)
class Compared:
    """One question of the file. `why`: what is wrong, with the cell; `mine` and `theirs`: what the file says and what
    is stored, in words. The rest is what saving needs."""

    line: Line
    fate: Fate
    text: str = ""
    why: str = ""
    mine: str = ""
    theirs: str = ""
    answer: Answer | None = None
    part: Assignment | None = None
    value: Any = None
    writes_answer: bool = False
    writes_part: bool = False

    @property
    def code(self) -> str:
        return self.line.code


def compare(evaluation: Evaluation, agency: Agency, lines: Iterable[Line], by: Any) -> list[Compared]:
    """What each line would change, for `by`, as things stand now. Stores nothing."""
    rows = {row.code: row for row in parts_of(evaluation, agency, by)}
    found = []
    for line in lines:
        row = rows.get(line.code)
        if row is None:
            why = f"Baris {line.row}: pertanyaan ini tidak ada pada bagian perangkat daerah ini."
            found.append(Compared(line, Fate.FAULTY, why=why))
        else:
            found.append(_compared(evaluation, row, line, by))
    return found


def _compared(evaluation: Evaluation, row: PartRow, line: Line, by: Any) -> Compared:
    answer, part = row.score.answer, row.part
    answer.evaluation = evaluation
    answer.__dict__["parts"] = [part]  # what permissions would look up for each
    base = Compared(line, Fate.SAME, text=row.question.text, answer=answer, part=part)
    was_answer, _, was_part = line.digest.partition(":")
    writes_answer = digest([*line.typed.values(), line.note]) != was_answer
    writes_part = digest([line.ready, line.part_note]) != was_part
    if writes_answer:
        base = _of_the_answer(row, line, by, base)
        if base.fate in (Fate.FAULTY, Fate.CHANGED):
            return base
    return _of_the_part(row, line, by, base) if writes_part else base


def _of_the_answer(row: PartRow, line: Line, by: Any, base: Compared) -> Compared:
    answer = row.score.answer
    pieces = pieces_for(row.question, answer.evaluation.cycle.compared_years)
    if not pieces:
        why = f"Baris {line.row}: matriks diisi lewat lembarnya sendiri, di halaman pertanyaan ini."
        return replace(base, fate=Fate.FAULTY, why=why)
    if not (allowed := permissions.can_write_answer(by, answer)):
        return replace(base, fate=Fate.FAULTY, why=f"Baris {line.row}: {allowed.reason}")
    try:
        value = _value(row, pieces, line)
    except ValueError as fault:
        return replace(base, fate=Fate.FAULTY, why=str(fault))
    note = tidy(line.note)
    if (value, note) == (answer.value, answer.note):
        return base
    years = answer.evaluation.cycle.compared_years
    mine, theirs = (_words(row.question.rule, *said, years) for said in ((value, note), (answer.value, answer.note)))
    fate = Fate.NEW if answer.text_version <= line.version <= answer.version else Fate.CHANGED
    return replace(base, fate=fate, value=value, mine=mine, theirs=theirs, writes_answer=True)


def _value(row: PartRow, pieces: Sequence[Piece], line: Line) -> Any:
    """Raises ValueError with the cell and what is wrong there."""
    stored: dict[str, str] = {}
    for piece in pieces:
        try:
            stored[piece.key] = piece.stored(tidy(line.typed.get(piece.key, "")))
        except ValueError as fault:
            raise ValueError(f"Sel {line.places.get(piece.key, line.row)}: {fault}") from fault
    place = next((line.places[piece.key] for piece in pieces if stored[piece.key] and piece.key in line.places), None)
    try:
        typed = typed_of(pieces, stored)
        value = scoring.normalise(row.question.rule, typed, row.question.row.may_be_inapplicable)
    except ValueError as fault:
        raise ValueError(f"Sel {place or line.row}: {fault}") from fault
    if len(tidy(line.note)) > MOST_NOTE:
        raise ValueError(f"Baris {line.row}: catatan jawaban lebih dari {MOST_NOTE} huruf.")
    if not scoring.applies(value) and not tidy(line.note):
        raise ValueError(f"Baris {line.row}: tulis alasan mengapa pertanyaan ini tidak berlaku pada catatan jawaban.")
    return value


def _words(rule: scoring.Rule, value: Any, note: str, years: tuple[str, str]) -> str:
    parts = shown(rule, value, years)
    lines = [f"{line.label}: {line.text}" for line in parts.lines] or [parts.text]
    return "\n".join([*lines, *([f"Catatan: {note}"] if note else [])])


def _of_the_part(row: PartRow, line: Line, by: Any, base: Compared) -> Compared:
    said, part = tidy(line.ready).casefold(), row.part
    if said not in ("", YES, NO):
        return replace(base, fate=Fate.FAULTY, why=f"Baris {line.row}: kolom Siap diisi “ya” atau “tidak”.")
    if len(tidy(line.part_note)) > MOST_PART_NOTE:
        why = f"Baris {line.row}: catatan bagian lebih dari {MOST_PART_NOTE} huruf."
        return replace(base, fate=Fate.FAULTY, why=why)
    if (said == YES, tidy(line.part_note)) == (row.ready, part.note):
        return base
    if not (allowed := permissions.can_mark_part(by, row.score.answer, part.agency_id)):
        return replace(base, fate=Fate.FAULTY, why=f"Baris {line.row}: {allowed.reason}")
    mine, theirs = _part_words(said == YES, tidy(line.part_note)), _part_words(row.ready, part.note)
    base = replace(base, mine=_joined(base.mine, mine), theirs=_joined(base.theirs, theirs))
    if part.version != line.part_version:
        return replace(base, fate=Fate.CHANGED, writes_answer=False)
    return replace(base, fate=Fate.NEW, writes_part=True)


def _part_words(ready: bool, note: str) -> str:
    return ("Siap" if ready else "Belum siap") + (f"\nCatatan bagian: {note}" if note else "")


def _joined(one: str, other: str) -> str:
    return f"{one}\n{other}" if one else other


def apply(evaluation: Evaluation, agency: Agency, lines: Iterable[Line], by: Any) -> list[Compared]:
    """Save the lines that are new, each for itself; what became of each. A line that lost a race meanwhile is told as
    changed, and the others go on."""
    return [_saved(row, by) if row.fate == Fate.NEW else row for row in compare(evaluation, agency, lines, by)]


def _saved(row: Compared, by: Any) -> Compared:
    assert row.answer is not None and row.part is not None
    try:
        with transaction.atomic():  # a line is saved whole or not at all
            if row.writes_answer:
                save_answer(row.answer, version=row.line.version, value=row.value, note=tidy(row.line.note), by=by)
            _save_part(row, row.part, by)
    except Stale:
        why = "Diubah orang lain pada saat yang sama; yang tersimpan tidak ditimpa."
        return replace(row, fate=Fate.CHANGED, why=why)
    except PermissionDenied as refusal:
        return replace(row, fate=Fate.FAULTY, why=str(refusal))
    return replace(row, fate=Fate.SAVED)


def _save_part(row: Compared, part: Assignment, by: Any) -> None:
    """Note, then mark; the mark that the new text has just taken off is put back where the file says so."""
    ready, version = tidy(row.line.ready).casefold() == YES, part.version
    if row.writes_answer and part.ready_at is not None and (part.is_lead or not by.acts_as(Role.COORDINATOR)):
        version += 1  # as `locks.unready` has it: what the coordinator changes is the lead's
    if row.writes_part and tidy(row.line.part_note) != part.note:
        version = write_note(part, version, tidy(row.line.part_note), by).version
    if ready and (row.writes_part or row.writes_answer):
        mark_ready(part, version, by)
    elif row.writes_part and not ready:
        unmark(part, version, by)
