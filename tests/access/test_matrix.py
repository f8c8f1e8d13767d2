"""A1, A11: every address, every kind of person, every stage; with and without htmx the same verdict."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from tests.access.matrix import ROWS, Row
from tests.access.world import World, make_world

FLOOR = 2500
"""Fewer probes than this means that the matrix has lost rows."""


def url_names(resolver: Any, namespace: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from url_names(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield f"{namespace}{entry.name}"


def test_every_address_has_a_row() -> None:
    assert set(url_names(get_resolver())) == {row.name for row in ROWS}


def probe(world: World, row: Row, stage: str, actor: str, headers: dict[str, str]) -> int:
    """The status this person gets; whatever the request changed is undone."""
    case = world.cases[stage]
    client = Client(raise_request_exception=False)
    with transaction.atomic():
        if user := world.people[actor]:
            client.force_login(user)
        address = reverse(row.name, args=row.args(world, case))
        call = getattr(client, row.method)
        arguments = (address, row.data(world, case)) if row.method == "post" else (address,)
        status = call(*arguments, headers=headers).status_code
        transaction.set_rollback(True)
    return int(status)


def identify(row: Row) -> str:
    return f"{row.method} {row.name}" + (f" ({row.label})" if row.label else "")


@pytest.mark.django_db
def test_everybody_gets_what_the_row_says() -> None:
    """One world for all rows: what a probe changes is rolled back."""
    world, wrong, probes = make_world(), [], 0
    for row in ROWS:
        for stage in row.stages:
            for actor, wanted in row.expected(stage).items():
                got = probe(world, row, stage, actor, {})
                probes += 1
                if got != wanted:
                    wrong.append(f"{identify(row)} in {stage} as {actor}: got {got}, wanted {wanted}")
    print(f"{probes - len(wrong)} of {probes} probes as declared")
    assert not wrong, "\n".join(wrong)
    assert probes >= FLOOR


@pytest.mark.django_db
def test_an_htmx_request_opens_nothing_more() -> None:
    """The same refusals, and for nobody 401 with the way to sign-in instead of a page to be swapped in."""
    world, wrong = make_world(), []
    for row in ROWS:
        stage = next(iter(row.stages))
        for actor, wanted in row.expected(stage).items():
            got = probe(world, row, stage, actor, {"HX-Request": "true"})
            if wanted in (403, 404):
                fits = got == wanted
            elif actor in ("nobody", "retired") and wanted == 302:
                fits = got == 401
            else:
                fits = got not in (401, 403, 404)
            if not fits:
                wrong.append(f"{identify(row)} in {stage} as {actor}: got {got}, as a page {wanted}")
    assert not wrong, "\n".join(wrong)
