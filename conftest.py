"""What every test of the portal shares."""

from pathlib import Path

import hypothesis
import pytest
from django.conf import settings

from tests.lifted import lift_when_emptied

# A busy machine is no reason to fail: how long an example takes is not what these tests are about.
hypothesis.settings.register_profile("portal", deadline=None, print_blob=True)
hypothesis.settings.load_profile("portal")


collect_ignore = ["tests/dying.py"]
"""A program, which reads its orders when it starts."""
WALKS = {Path(__file__).parent / "tests" / name for name in ("access", "security")}


def pytest_sessionstart() -> None:
    lift_when_emptied()


@pytest.hookimpl(tryfirst=True)  # before pytest looks at the marks itself
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `pg` need PostgreSQL; on SQLite they say so instead of failing. Marks what the parts of `make test`
    choose by: `database` for what touches one, `view` for what does so through a page, `walk` for what goes through
    every address of the portal."""
    skip = pytest.mark.skip(reason="needs PostgreSQL")
    on_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    for item in items:
        if item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")
            if "views" in item.path.parts or item.path.stem.startswith("test_views"):
                item.add_marker("view")
        if WALKS & set(item.path.parents):
            item.add_marker("walk")
        if on_sqlite and item.get_closest_marker("pg"):
            item.add_marker(skip)
