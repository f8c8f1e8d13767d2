"""New versions of a published instrument, and the mappings between versions."""

from dataclasses import replace
from typing import Any

from django.db import transaction

from clusters import permissions
from clusters.correspondence import Line
from clusters.enums import InstrumentState, Level, Relation
from clusters.mapping import MappingData
from clusters.models import Indicator, Instrument, Mapping, MappingLine
from clusters.queries import content
from clusters.services import loading
from clusters.services.loading import UNCHANGED, subject
from kla_portal.lib.decision import require
from kla_portal.lib.versions import save_version
from trail.services import events

VERSION_CREATED = "instrument_version_created"
MAPPED, LINE_SAVED, LINE_REMOVED = "mapping_loaded", "mapping_line_saved", "mapping_line_removed"


class MappingSettled(Exception):
    """The version that a mapping leads to is published, and has another mapping than the one to be loaded."""

    def __init__(self, data: MappingData) -> None:
        super().__init__(f"{data.target} is published with another mapping from {data.source}")


@transaction.atomic
def new_version(source: Instrument, *, code: str, edition: str, name: str, by: Any) -> Instrument:
    """A draft with everything that a published instrument has, which it corrects, and the mapping from one to the other
    in which every part is the same. Raises PermissionDenied; IntegrityError when the code is taken."""
    require(permissions.can_make_version(by, source))
    data = replace(content(source), code=code, name=name, edition=edition, corrects=source.code)
    target = loading.create(data, original=source)
    mapping = Mapping.objects.create(source=source, target=target)
    MappingLine.objects.bulk_create(_same_lines(mapping, source))
    after = {"corrects": source.code, "name": name, "edition": edition}
    events.record(VERSION_CREATED, by=by, subject=subject(target), after=after)
    return target


def _same_lines(mapping: Mapping, source: Instrument) -> list[MappingLine]:
    by_level = {
        Level.CLUSTER: source.clusters.values_list("code", flat=True),
        Level.INDICATOR: Indicator.objects.filter(cluster__instrument=source)
        .order_by("cluster__position", "position", "pk")
        .values_list("number", flat=True),
        Level.QUESTION: source.questions.values_list("code", flat=True),
    }
    return [
        MappingLine(mapping=mapping, level=level, relation=Relation.SAME, source_code=code, target_code=code)
        for level, codes in by_level.items()
        for code in codes
    ]


@transaction.atomic
def load_mapping(data: MappingData, *, by: Any = None) -> str:
    """Write a checked mapping between two instruments that are there, in place of what a draft had. Returns MAPPED, or
    UNCHANGED, which writes nothing. Raises Instrument.DoesNotExist, and MappingSettled when the target is published
    with another mapping."""
    source = Instrument.objects.get(code=data.source)
    target = Instrument.objects.select_for_update(no_key=True).get(code=data.target)
    mapping, fresh = Mapping.objects.select_for_update(no_key=True).get_or_create(source=source, target=target)
    rows = mapping.lines.values_list("level", "relation", "source_code", "target_code", "note")
    kept = [Line(*row) for row in rows]
    if not fresh and (kept, mapping.note, mapping.source_url) == ([*data.lines], data.note, data.source_url):
        return UNCHANGED
    if not fresh and target.state == InstrumentState.PUBLISHED:
        raise MappingSettled(data)
    mapping.lines.all().delete()
    MappingLine.objects.bulk_create(_row(mapping, line) for line in data.lines)
    save_version(mapping, mapping.version, note=data.note, source_url=data.source_url)
    _record(MAPPED, mapping, by, after={"lines": len(data.lines)})
    return MAPPED


def _row(mapping: Mapping, line: Line) -> MappingLine:
    return MappingLine(
        mapping=mapping,
        level=line.level,
        relation=line.relation,
        source_code=line.source,
        target_code=line.target,
        note=line.note,
    )


@transaction.atomic
def save_line(mapping: Mapping, line: Line, *, replacing: MappingLine | None, version: int, by: Any) -> MappingLine:
    """Put a line into the mapping of a draft, in place of another one if given. `version` is the mapping's that was on
    the screen. Raises PermissionDenied, Stale, or IntegrityError when such a line is there already."""
    _require_draft(mapping, by)
    save_version(mapping, version)
    row = replacing or MappingLine(mapping=mapping)
    before = _told(replacing) if replacing else None
    row.level, row.relation, row.note = line.level, line.relation, line.note
    row.source_code, row.target_code = line.source, line.target
    row.save()
    _record(LINE_SAVED, mapping, by, before=before, after=_told(row))
    return row


@transaction.atomic
def remove_line(line: MappingLine, *, version: int, by: Any) -> None:
    """Take a line out of the mapping of a draft. Raises PermissionDenied, or Stale."""
    _require_draft(line.mapping, by)
    save_version(line.mapping, version)
    before = _told(line)
    line.delete()
    _record(LINE_REMOVED, line.mapping, by, before=before)


def _require_draft(mapping: Mapping, by: Any) -> None:
    """The version that the mapping leads to is held: whoever publishes it waits, or has published it and this fails."""
    mapping.target = Instrument.objects.select_for_update(no_key=True).get(pk=mapping.target_id)
    require(permissions.can_edit_mapping(by, mapping))


def _told(row: MappingLine) -> dict[str, str]:
    return {
        "level": row.level,
        "relation": row.relation,
        "source": row.source_code,
        "target": row.target_code,
        "note": row.note,
    }


def _record(action: str, mapping: Mapping, by: Any, **what: Any) -> None:
    events.record(action, by=by, subject=subject(mapping.target), detail=mapping.source.code, **what)
