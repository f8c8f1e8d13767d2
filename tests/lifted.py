"""Only for tests: the triggers of the trail taken off for a while, as whoever owns the database could. The portal
itself has no such way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import TransactionTestCase

from trail import guards

TABLES = (guards.EVENTS, guards.CONTENTS)


@contextmanager
def lifted() -> Iterator[None]:
    """Inside, the tables of the trail can be changed and emptied like any other."""
    _switch(on=False)
    try:
        yield
    finally:
        _switch(on=True)


def _switch(*, on: bool) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A table with checks outstanding cannot be altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} {'ENABLE' if on else 'DISABLE'} TRIGGER USER")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        elif not on:
            for name in guards.present(connection):
                cursor.execute(f"DROP TRIGGER {name}")
    if on:
        guards.install(connection)


def lift_when_emptied() -> None:
    """Django empties all tables after a test that commits: that, and nothing else, is done with the triggers off."""
    emptied = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def teardown(self: Any) -> None:
        with lifted():
            emptied(self)

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[attr-defined]
