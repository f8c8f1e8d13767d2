"""The triggers that make the trail append-only, whoever asks: the portal, its commands, a console with its password.

Events: no UPDATE, no DELETE, no TRUNCATE. Side rows: no UPDATE; a DELETE only of one that an event `trail.erase` names.
There is no switch that lifts them; who owns the database can drop them, and `check_trail` says when they are gone.
"""

from typing import Any

ERASE = "trail.erase"
REFUSED = "the trail is append-only"
EVENTS, CONTENTS = "trail_event", "trail_eventcontent"

_NAMED = (
    "EXISTS (SELECT 1 FROM trail_event AS told JOIN trail_event AS gone ON gone.id = OLD.event_id "  # nosec
    f"WHERE told.subject = 'event:' || gone.seq AND told.action = '{ERASE}')"
)
# What "INSERT OR REPLACE" removes, SQLite removes without asking a trigger on DELETE.
_SQLITE = {
    "trail_event_update": f"BEFORE UPDATE ON {EVENTS}",
    "trail_event_delete": f"BEFORE DELETE ON {EVENTS}",
    "trail_event_replace": f"BEFORE INSERT ON {EVENTS} "  # nosec - constants
    f"WHEN EXISTS (SELECT 1 FROM {EVENTS} WHERE id = NEW.id OR seq = NEW.seq)",
    "trail_content_update": f"BEFORE UPDATE ON {CONTENTS}",
    "trail_content_delete": f"BEFORE DELETE ON {CONTENTS} WHEN NOT {_NAMED}",
    "trail_content_replace": f"BEFORE INSERT ON {CONTENTS} "  # nosec - constants
    f"WHEN EXISTS (SELECT 1 FROM {CONTENTS} WHERE event_id = NEW.event_id)",
}
_POSTGRESQL = {
    "trail_event_change": f"BEFORE UPDATE OR DELETE ON {EVENTS} FOR EACH ROW",
    "trail_event_truncate": f"BEFORE TRUNCATE ON {EVENTS} FOR EACH STATEMENT",
    "trail_content_change": f"BEFORE UPDATE OR DELETE ON {CONTENTS} FOR EACH ROW",
    "trail_content_truncate": f"BEFORE TRUNCATE ON {CONTENTS} FOR EACH STATEMENT",
}
_REFUSE = f"""
CREATE OR REPLACE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = '{CONTENTS}' THEN
        IF {_NAMED.replace("OLD.event_id", "(to_jsonb(OLD) ->> 'event_id')::bigint")} THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def install(connection: Any) -> None:
    """Set the triggers. Safe to repeat."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_REFUSE)
        for name, when in _of(connection).items():
            if name in present(connection):
                continue
            if connection.vendor == "postgresql":
                cursor.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION trail_refuse()")
            else:
                cursor.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END")


def present(connection: Any) -> set[str]:
    """The names of the triggers that are in force on the tables of the trail."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = ANY (%s::regclass[]) AND NOT tgisinternal "
                "AND tgenabled IN ('O', 'A')",
                [[EVENTS, CONTENTS]],
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'trail_event%'")
        return {row[0] for row in cursor.fetchall()}


def missing(connection: Any) -> list[str]:
    """The names of those that should be there and are not."""
    return sorted(set(_of(connection)) - present(connection))


def _of(connection: Any) -> dict[str, str]:
    return _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE
