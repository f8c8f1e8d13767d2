"""Everything that happened to an evaluation, as far as a reader may know it, with what was before and after in words.

`told_to` says which actions a reader is told of. What was before and after is shown of what `_CHANGES` names and of
nothing else, so that a new action tells no more than its label until somebody has said how.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.enums import OF_A_CITY
from clusters.diffing import Piece, marked
from clusters.queries import Outline, outline
from evaluations import permissions
from evaluations.enums import AnswerState, Stage
from evaluations.models import AnswerEvidence, Evaluation
from evaluations.queries.history import named
from evaluations.queries.showing import shown
from kla_portal.lib.dates import both_zones
from trail import words
from trail.models import Event, EventQuerySet
from trail.sealing import NOTHING
from trail.words import Told

KINDS = {
    "jawaban": ("Jawaban", ("answer.",)),
    "bagian": ("Bagian perangkat daerah", ("part.",)),
    "dokumen": ("Data dukung", ("evidence.",)),
    "langkah": ("Tahap dan susunan", ("evaluation.",)),
    "keluaran": ("Laporan, paket, dan surat", ("report.", "package.", "letter.")),
}
"""What can be chosen from, in the address: label, and how its actions begin."""
EMPTY = "–"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed, as text; `old` and `new` are the same in pieces, those marked that differ."""

    label: str
    before: str
    after: str

    @property
    def sides(self) -> tuple[list[Piece], list[Piece]]:
        return marked(self.before, self.after)

    @property
    def old(self) -> list[Piece]:
        return self.sides[0]

    @property
    def new(self) -> list[Piece]:
        return self.sides[1]


def told_to(reader: Any, evaluation: Evaluation) -> list[str]:
    """The actions that this person may be told of: the region of its own work, who judges of verdicts."""
    if reader.acts_as(*OF_A_CITY):
        return words.actions(Told.OPEN, Told.REGION)
    judging = permissions.can_read_scores(reader, evaluation)
    return words.actions(Told.OPEN, Told.JUDGES) if judging else words.actions(Told.OPEN)


def everything(evaluation: Evaluation, reader: Any) -> EventQuerySet:
    """What happened to the evaluation, newest first, for somebody who reads its answers."""
    return Event.objects.about(evaluation.subject).filter(action__in=told_to(reader, evaluation))


def chosen_kind(kind: str, reader: Any, evaluation: Evaluation) -> list[str]:
    """The actions of one of `KINDS` that this reader is told of."""
    return [action for action in told_to(reader, evaluation) if action.startswith(KINDS[kind][1])]


def in_words(events: Iterable[Any], evaluation: Evaluation, reader: Any) -> list[Any]:
    """The events with `label`, `who`, `why`, `erased`, `url` and `changes` for the screen. One query beside those of
    the instrument.

    Who judges is told what changed since the submission; what a region had written before is its own.
    """
    found = list(events)
    tree = outline(evaluation.cycle.instrument)
    titles = _titles(found, reader)
    own, since = reader.acts_as(*OF_A_CITY), evaluation.submitted_at
    for event in found:
        named(event, reader)
        event.url = words.address(event.subject, event.detail) if event.detail in tree.by_code else ""
        open_ = own or (since is not None and event.at >= since)
        event.changes = _changes(event, evaluation, tree, titles) if open_ else []
        event.why = event.reason if open_ else ""
        event.erased = event.said is None and event.content_digest != NOTHING
    return found


def _titles(events: list[Any], reader: Any) -> Mapping[str, str]:
    """By link: the document's title, as far as this person may open it. One query, none without documents."""
    keys = {_link(event) for event in events if event.action.startswith("evidence.")} - {""}
    if not keys:
        return {}
    links = AnswerEvidence.objects.filter(pk__in=keys).select_related(
        "revision__item__agency", "revision__file", "answer__question", "answer__evaluation__region",
        "answer__evaluation__cycle",
    )  # fmt: skip
    return {
        str(link.pk): link.revision.item.title
        for link in links
        if not link.revision.item.personal_data or permissions.can_open_file(reader, link)
    }


def _link(event: Event) -> str:
    told = (event.after or event.before) if isinstance(event.after or event.before, dict) else {}
    key = str(told.get("id") or told.get("document") or "")
    try:
        return str(UUID(key))
    except ValueError:
        return ""


def _changes(event: Any, evaluation: Evaluation, tree: Outline, titles: Mapping[str, str]) -> list[Change]:
    before = event.before if isinstance(event.before, dict) else {}
    after = event.after if isinstance(event.after, dict) else {}
    found: list[Change] = []
    if event.action == "answer.save":
        found = _answer(before, after, evaluation, tree, event.detail)
    elif event.action.startswith("evidence.") and (title := titles.get(_link(event))):
        found = [Change("Dokumen", "", title)]
    for key, (label, text) in _CHANGES.get(event.action, {}).items():
        was, now = text(before.get(key), evaluation), text(after.get(key), evaluation)
        if was != now:
            found.append(Change(label, was, now))
    return found


def _answer(
    before: Mapping[str, Any], after: Mapping[str, Any], evaluation: Evaluation, tree: Outline, code: str
) -> list[Change]:
    sides = [_value(side.get("value"), evaluation, tree, code) for side in (before, after)]
    found = [Change("Jawaban", *sides)] if sides[0] != sides[1] else []
    notes = str(before.get("note") or ""), str(after.get("note") or "")
    return found + ([Change("Penjelasan", *notes)] if notes[0] != notes[1] else [])


def _value(value: Any, evaluation: Evaluation, tree: Outline, code: str) -> str:
    """A value as the trail keeps it: as stored, or of a table its rows that differ."""
    if isinstance(value, dict) and set(value) == {"rows", "changed"}:
        rows = ", ".join(value["changed"])
        return f"{value['rows']} baris" + (f"; berbeda pada baris {rows}" if rows else "")
    if code not in tree.by_code:
        return EMPTY
    try:
        said = shown(tree.by_code[code].rule, value, evaluation.cycle.compared_years)
    except (ValueError, KeyError, TypeError):  # of another version of the question
        return EMPTY
    return "\n".join([said.text, *(f"{line.label}: {line.text}" for line in said.lines)])


def _plain(value: Any, evaluation: Evaluation) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _stage(value: Any, evaluation: Evaluation) -> str:
    return str(Stage(value).label) if value in Stage.values else ""


def _state(value: Any, evaluation: Evaluation) -> str:
    return str(AnswerState(value).label) if value in AnswerState.values else ""


def _until(value: Any, evaluation: Evaluation) -> str:
    try:
        return both_zones(datetime.fromisoformat(value), evaluation.region_id) if value else ""
    except (ValueError, TypeError):
        return ""


_Text = Callable[[Any, Evaluation], str]
_STEP: dict[str, tuple[str, _Text]] = {"stage": ("Tahap", _stage)}
_CHANGES: dict[str, dict[str, tuple[str, _Text]]] = {
    "answer.save": {"on_behalf_of": ("Atas nama", _plain), "unready": ("Tanda siap dilepas", _plain)},
    "answer.approve": {"state": ("Keadaan", _state)},
    "answer.return": {"state": ("Keadaan", _state)},
    "answer.assign": {"lead": ("Penanggung jawab", _plain), "helpers": ("Pembantu", _plain)},
    "answer.reopen": {"until": ("Terbuka sampai", _until)},
    "part.ready": {"agency": ("Perangkat daerah", _plain), "on_behalf_of": ("Atas nama", _plain)},
    "part.unready": {"agency": ("Perangkat daerah", _plain), "on_behalf_of": ("Atas nama", _plain)},
    "part.note": {"agency": ("Perangkat daerah", _plain), "note": ("Catatan", _plain)},
    "part.finish": {"agency": ("Perangkat daerah", _plain), "questions": ("Pertanyaan", _plain)},
    "evidence.attach": {"page": ("Halaman rujukan", _plain)},
    "evidence.point": {"page": ("Halaman rujukan", _plain)},
    "evaluation.extend": {"until": ("Sampai", _until)},
    **{
        f"evaluation.{step}": _STEP for step in ("hand_in", "call_back", "submit", "verify", "review", "visit", "award")
    },
}
"""By action: what of before and after is shown, under which name, and how it is written."""
