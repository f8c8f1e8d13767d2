"""A1, A11: every address, every kind of person, every stage; with and without htmx the same verdict."""

import logging
import os
import zlib
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from evaluations.enums import Stage
from tests.access.matrix import ROWS, Row
from tests.access.world import World, make_world

FLOOR = 2500
"""Fewer probes than this means that the matrix has lost rows."""
EVERYTHING = "KLA_TEST_ALL" in os.environ
Probe = Callable[[Row, str, str, dict[str, str]], int]


def url_names(resolver: Any, namespace: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from url_names(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield f"{namespace}{entry.name}"


def test_every_address_has_a_row() -> None:
    assert set(url_names(get_resolver())) == {row.name for row in ROWS}


def test_no_row_is_lost() -> None:
    probes = sum(len(row.expected(stage)) for row in ROWS for stage in row.stages)
    print(f"{probes} probes of {len(ROWS)} rows")
    assert probes >= FLOOR


@pytest.fixture
def probe(db: None) -> Iterator[Probe]:
    """Asks as one of the people of one world and gives the status. Everybody signs in once; what a request changes is
    undone after it, in the database and in the cookies."""
    world = make_world()
    sessions = {actor: signed_in(world, actor) for actor in world.people}

    def ask(row: Row, stage: str, actor: str, headers: dict[str, str]) -> int:
        case, client = world.cases[stage], Client(raise_request_exception=False)
        client.cookies = SimpleCookie(sessions[actor])
        with transaction.atomic():
            call = getattr(client, row.method)
            data = (row.data(world, case),) if row.method == "post" else ()
            status = call(reverse(row.name, args=row.args(world, case)), *data, headers=headers).status_code
            transaction.set_rollback(True)
        return int(status)

    logging.disable(logging.WARNING)  # thousands of refusals are not news here
    yield ask
    logging.disable(logging.NOTSET)


def signed_in(world: World, actor: str) -> dict[str, str]:
    """The cookies of a new session, none for nobody."""
    if (user := world.people[actor]) is None:
        return {}
    client = Client()
    client.force_login(user)
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def identify(row: Row) -> str:
    return f"{row.method} {row.name}" + (f" ({row.label})" if row.label else "")


def asked(row: Row, stage: str) -> dict[str, int]:
    """As whom this run asks, with the status that each should get. `make test-all` asks as everybody; else, of those
    stages in which an address answers somebody alike: the first, the last, and one by turns."""
    answers = {each: row.expected(each) for each in row.stages}
    if EVERYTHING:
        return answers[stage]
    found = {}
    for actor, wanted in answers[stage].items():
        alike = [each for each in row.stages if answers[each][actor] == wanted]
        turn = zlib.crc32(f"{identify(row)} {actor}".encode()) % len(alike)
        if stage in (alike[0], alike[turn], alike[-1]):
            found[actor] = wanted
    return found


@pytest.mark.parametrize("stage", Stage)
def test_everybody_gets_what_the_row_says(probe: Probe, stage: Stage) -> None:
    wrong, probes = [], 0
    for row in (row for row in ROWS if stage in row.stages):
        for actor, wanted in asked(row, stage).items():
            got = probe(row, stage, actor, {})
            probes += 1
            if got != wanted:
                wrong.append(f"{identify(row)} in {stage} as {actor}: got {got}, wanted {wanted}")
    print(f"{probes - len(wrong)} of {probes} probes as declared")
    assert not wrong, "\n".join(wrong)
    assert probes


def test_an_htmx_request_opens_nothing_more(probe: Probe) -> None:
    """The same refusals, and for nobody 401 with the way to sign-in instead of a page to be swapped in. Of those who
    are let in one is enough: that they all are is asked above."""
    wrong = []
    for row in ROWS:
        stage, let_in = next(iter(row.stages)), False
        for actor, wanted in row.expected(stage).items():
            if wanted not in (302, 403, 404):
                if let_in:
                    continue
                let_in = True
            got = probe(row, stage, actor, {"HX-Request": "true"})
            if wanted in (403, 404):
                fits = got == wanted
            elif actor in ("nobody", "retired") and wanted == 302:
                fits = got == 401
            else:
                fits = got not in (401, 403, 404)
            if not fits:
                wrong.append(f"{identify(row)} in {stage} as {actor}: got {got}, as a page {wanted}")
    assert not wrong, "\n".join(wrong)
