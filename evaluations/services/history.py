"""Results that others have published: brought in from rows that were read, and taken out again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from evaluations import permissions
from evaluations.history.reading import Row
from evaluations.models import PublishedResult
from kla_portal.lib.decision import require
from trail.services.events import record

SUBJECT = "published_results"
KEPT = 1000
"""Old texts in one Event; what changes more is a new edition of the list and no correction."""
_SHOWN = ("score", "maximum", "predicate", "note")
_BATCH = 500  # rows of one statement


@dataclass(slots=True)
class Outcome:
    """What an import does: rows added, rows changed (the stored one, and the row it gets), and those that are there."""

    added: list[Row] = field(default_factory=list)
    changed: list[tuple[PublishedResult, Row]] = field(default_factory=list)
    unchanged: int = 0

    @property
    def total(self) -> int:
        return len(self.added) + len(self.changed) + self.unchanged


def compare(rows: Sequence[Row]) -> Outcome:
    """What importing these rows would do now. One query."""
    years = {row.year for row in rows}
    stored = {_key(result): result for result in PublishedResult.objects.filter(year__in=years)}
    outcome = Outcome()
    for row in rows:
        known = stored.get(row.key)
        if known is None:
            outcome.added.append(row)
        elif _said(known) != _said(row):
            outcome.changed.append((known, row))
        else:
            outcome.unchanged += 1
    return outcome


@transaction.atomic
def import_results(rows: Sequence[Row], by: Any) -> Outcome:
    """Store the rows: new ones are added, known ones (same region, year, stage, cluster, source) get their figures.

    All or nothing; the same rows a second time change nothing. `by` None: a command on the server. Of two imports at a
    time the later one counts. One Event if anything changed. Raises PermissionDenied unless a national admin.
    """
    if by is not None:
        require(permissions.can_manage_history(by))
    outcome = compare(rows)
    wanted = [*outcome.added, *(row for _, row in outcome.changed)]
    PublishedResult.objects.bulk_create(
        [_made(row) for row in wanted],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["region", "year", "stage", "cluster_code", "source_url"],
        update_fields=list(_SHOWN),
    )
    if wanted:
        record(
            "history.import",
            by=by,
            subject=SUBJECT,
            before={"changed": [_told(old) for old, _ in outcome.changed[:KEPT]]},
            after={"added": len(outcome.added), "changed": len(outcome.changed), "unchanged": outcome.unchanged},
        )
    return outcome


@transaction.atomic
def remove_result(result: PublishedResult, by: Any) -> None:
    """Take one result out; the Event keeps what it said. Removing twice is no fault.

    Raises PermissionDenied unless `by` is a national admin.
    """
    require(permissions.can_manage_history(by))
    stored = PublishedResult.objects.select_for_update(no_key=True).filter(pk=result.pk).first()
    if stored is None:
        return
    record("history.remove", by=by, subject=SUBJECT, region=stored.region_id, before=_told(stored))
    stored.delete()


def _key(result: PublishedResult) -> tuple[str, int, str, str, str]:
    return result.region_id, result.year, result.stage, result.cluster_code, result.source_url


def _said(what: PublishedResult | Row) -> tuple[Any, ...]:
    return tuple(getattr(what, name) for name in _SHOWN)


def _made(row: Row) -> PublishedResult:
    return PublishedResult(
        region_id=row.region_code, year=row.year, stage=row.stage, cluster_code=row.cluster,
        source_url=row.source_url, **dict(zip(_SHOWN, _said(row), strict=True)),
    )  # fmt: skip


def _told(result: PublishedResult) -> dict[str, Any]:
    """A result as an Event keeps it."""
    names: Iterable[str] = ("region_id", "year", "stage", "cluster_code", "source_url", *_SHOWN)
    values = {name: getattr(result, name) for name in names}
    return {
        name: value if isinstance(value, (str, int)) or value is None else str(value) for name, value in values.items()
    }
