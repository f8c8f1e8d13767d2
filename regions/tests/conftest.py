import csv
import gzip
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import transaction

from regions.management.commands.load_regions import SHIPPED


@pytest.fixture(scope="session")
def shipped() -> dict[str, str]:
    """Names by code, read from the shipped file by other means than the portal's own."""
    with gzip.open(SHIPPED, "rt", encoding="utf-8", newline="") as text:
        return {row["code"]: row["name"] for row in csv.DictReader(text)}


@pytest.fixture(scope="module")
def nation(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """All regions in the database, for a module of tests without the `django_db` mark; rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_regions", verbosity=0)
        yield
        transaction.set_rollback(True)
