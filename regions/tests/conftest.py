import csv
import gzip
from collections.abc import Iterator

import pytest
from django.db import connection

from regions import codes
from regions.management.commands.load_regions import SHIPPED
from regions.models import Region


@pytest.fixture(scope="session")
def shipped() -> dict[str, str]:
    """Names by code, read from the shipped file by other means than the portal's own."""
    with gzip.open(SHIPPED, "rt", encoding="utf-8", newline="") as text:
        return {row["code"]: row["name"] for row in csv.DictReader(text)}


@pytest.fixture(scope="module")
def nation(django_db_setup: None, django_db_blocker, shipped: dict[str, str]) -> Iterator[None]:
    """All regions in the test database, for a whole module of tests that carry the `django_db` mark."""
    with django_db_blocker.unblock():
        rows = (Region(code=code, name=name, level=codes.level(code)) for code, name in shipped.items())
        Region.objects.bulk_create(rows, batch_size=2000)
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            # A DELETE would look for each of 91,599 rows through what rolled-back tests left in every referring table:
            # minutes. The tables are empty between tests, so they can be emptied at once.
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE regions_region CASCADE")
        else:
            Region.objects.all()._raw_delete(using="default")  # nothing refers to them: no need to look at each
