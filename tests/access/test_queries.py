"""No page asks the database more than fifteen times, whoever opens it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.access.matrix import ROWS
from tests.access.world import make_world

MOST = 15
pytestmark = pytest.mark.django_db


def test_no_page_over_fifteen_queries() -> None:
    world, over, pages = make_world(), [], 0
    for actor, user in world.people.items():
        client = Client()
        if user is not None:
            client.force_login(user)
        for row in ROWS:
            stage = list(row.stages)[-1]
            if row.method != "get" or row.expected(stage)[actor] != 200:
                continue
            address = reverse(row.name, args=row.args(world, world.cases[stage]))
            client.get(address)  # the instrument is kept in memory from here on
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200, (actor, row.name)
            pages += 1
            if len(queries) > MOST:
                over.append(f"{row.name} as {actor}: {len(queries)}")
    assert not over, "\n".join(over)
    assert pages >= 150, pages
