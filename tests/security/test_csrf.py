"""C4: nothing is changed by a request that another site made somebody's browser send."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from evaluations.enums import Stage
from tests.access.world import World, make_world
from tests.security.addresses import addresses

pytestmark = pytest.mark.django_db
UNSAFE = ("post", "put", "patch", "delete")
REFUSED = b"tidak dikirim dari portal ini"
ELSEWHERE = ("https://evil.example", "http://testserver.evil.example", "http://evil.example:80", "null")


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(quiet: None) -> World:
    return make_world()


def browser(world: World, actor: str = "coordinator") -> tuple[Client, str]:
    """Signed in, with the token of a page of ours."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    if person := world.people[actor]:
        client.force_login(person)
    page: Any = client.get("/profil/" if person else "/masuk/")
    return client, str(page.context["csrf_token"])


def one_each(world: World) -> list[tuple[str, str]]:
    """(name, path), each address once; an address that exists for the coordinator."""
    found = dict(reversed(addresses(world, (Stage.SELF_ASSESSMENT,))))
    return sorted(found.items())


def test_without_a_token_nothing_gets_in(world: World) -> None:
    wrong, sent = [], 0
    for actor in ("coordinator", "nobody"):
        client, _ = browser(world, actor)
        for name, path in one_each(world):
            for method in UNSAFE:
                for data in ({}, {"csrfmiddlewaretoken": "x" * 64}):
                    given = {"data": data} if method == "post" else {}
                    response = getattr(client, method)(path, **given)
                    sent += 1
                    if response.status_code != 403 or REFUSED not in response.content:
                        wrong.append(f"{method} {name} as {actor}: {response.status_code}")
    print(f"{sent - len(wrong)} of {sent} unsafe requests without a token rejected")
    assert not wrong, "\n".join(wrong)
    assert sent > 600


def test_from_another_site_nothing_gets_in_even_with_the_token(world: World) -> None:
    client, token = browser(world)
    wrong, sent = [], 0
    for name, path in one_each(world):
        for origin in ELSEWHERE:
            tries = [client.post(path, {"csrfmiddlewaretoken": token}, headers={"Origin": origin})]
            if origin != "null":  # over TLS a browser that sends no Origin sends a Referer
                referer = {"Referer": f"{origin.replace('http:', 'https:')}/jebakan"}
                tries.append(client.post(path, {"csrfmiddlewaretoken": token}, headers=referer, secure=True))
            for response in tries:
                sent += 1
                if response.status_code != 403 or REFUSED not in response.content:
                    wrong.append(f"{name} from {origin}: {response.status_code}")
    print(f"{sent - len(wrong)} of {sent} requests of another site rejected")
    assert not wrong, "\n".join(wrong)
    assert sent > 300


def test_with_the_token_from_our_own_page_it_gets_in(world: World) -> None:
    """Else the refusals above would mean nothing."""
    client, token = browser(world)
    refused = []
    for name, path in one_each(world):
        if name == "accounts:sign_out":
            continue
        response = client.post(path, {"csrfmiddlewaretoken": token}, headers={"Origin": "http://testserver"})
        if REFUSED in response.content:
            refused.append(name)
    assert not refused


def test_htmx_is_no_way_round(world: World) -> None:
    client, token = browser(world)
    path = f"/evaluasi/{world.cases[Stage.SELF_ASSESSMENT].evaluation.pk}/p/2.1/"
    headers = {"HX-Request": "true"}
    assert client.post(path, {}, headers=headers).status_code == 403
    assert client.post(path, {}, headers=headers | {"X-CSRFToken": "x" * 64}).status_code == 403
    assert client.post(path, {}, headers=headers | {"X-CSRFToken": token}).status_code == 422


def test_a_token_from_before_the_sign_in_is_worth_nothing(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    old = str(client.get("/masuk/").context["csrf_token"])
    person: Any = world.people["coordinator"]
    signed_in = client.post(
        "/masuk/", {"csrfmiddlewaretoken": old, "username": person.username, "password": "rahasia-sekali-1"}
    )
    assert signed_in.status_code == 302
    assert client.post("/profil/", {"csrfmiddlewaretoken": old}).status_code == 403
