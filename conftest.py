"""What every test of the portal shares."""

import hypothesis
import pytest
from django.conf import settings

# A busy machine is no reason to fail: how long an example takes is not what these tests are about.
hypothesis.settings.register_profile("portal", deadline=None, print_blob=True)
hypothesis.settings.load_profile("portal")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `pg` need PostgreSQL; on SQLite they say so instead of failing."""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        skip = pytest.mark.skip(reason="needs PostgreSQL")
        for item in items:
            if item.get_closest_marker("pg"):
                item.add_marker(skip)
