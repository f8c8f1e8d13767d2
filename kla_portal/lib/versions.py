"""Optimistic locking: a row is saved only by whoever has seen its newest version."""

from typing import Any

from django.db.models import F, Model


class Stale(Exception):
    """Somebody else saved this row first. `current` is the row as it stands now."""

    def __init__(self, current: Model) -> None:
        super().__init__(f"{current._meta.label} {current.pk} has moved on")
        self.current = current


def save_version(row: Any, version: int, **changes: Any) -> None:
    """Write `changes` to `row` if its stored version still is `version`, and count the version up by one.

    One conditional UPDATE, so of any number of rivals exactly one wins. Updates `row` in place.
    Raises Stale with the stored row otherwise; then nothing is written.
    """
    manager = type(row)._default_manager
    if not manager.filter(pk=row.pk, version=version).update(**changes, version=F("version") + 1):
        raise Stale(manager.get(pk=row.pk))
    for field, value in changes.items():
        setattr(row, field, value)
    row.version = version + 1
