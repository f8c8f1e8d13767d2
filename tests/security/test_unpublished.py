"""A9: until a result is awarded, nothing of it reaches anybody outside: no points, no predicate, not that it exists.

Every page that can be asked for is asked for twice by everybody from outside: while the evaluation is at its very
beginning, and when it is judged to the end, with totals kept and released to its region and the predicate decided. The
answers must be the same to the letter, name it nowhere, and be kept by no cache.
"""

import logging
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone

from evaluations.enums import JUDGED, Stage
from evaluations.models import Award, Evaluation, Score
from tests.access.world import World, make_world
from tests.security.addresses import addresses

pytestmark = pytest.mark.django_db
OUTSIDE = ("sister", "far_province", "unit_operator", "idle_evaluator")
CHANGES = re.compile(
    rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|csrfmiddlewaretoken\" value=\"\w+\"|X-CSRFToken[^}]*}"
)
"""What differs between any two openings of a page."""
LEAST = 900


@pytest.fixture
def world() -> Iterator[World]:
    logging.disable(logging.WARNING)
    yield make_world()
    logging.disable(logging.NOTSET)


def begun(evaluation: Evaluation) -> None:
    """Nobody has said anything of it yet."""
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.SELF_ASSESSMENT)
    Award.objects.filter(evaluation=evaluation).delete()
    Score.objects.filter(answer__evaluation=evaluation).delete()


def judged(evaluation: Evaluation) -> None:
    """Everything has been said of it, but in public."""
    for stage in JUDGED[:-1]:
        evaluation.stage_totals.create(
            stage=stage, points=Decimal("731.5"), claimed=Decimal("745.5"), supported=Decimal("701.5"),
            predicate="nindya", released_at=timezone.now(),
        )  # fmt: skip
    Award.objects.filter(evaluation=evaluation).update(points=Decimal("731.5"), computed="nindya", predicate="nindya")


def paths(world: World) -> list[str]:
    """Every address once, with the arguments of the judged evaluation; the secret that one page makes anew each time
    is another matter."""
    return [path for name, path in addresses(world, (Stage.FINAL,)) if name != "accounts:totp_setup"]


def pages(world: World, actor: str, asked: list[str]) -> dict[str, tuple[int, bytes, str]]:
    """Status, body and what it says of caching, by path."""
    client, found = Client(raise_request_exception=False), {}
    client.force_login(world.people[actor])  # type: ignore[arg-type]
    for path in asked:
        with transaction.atomic():
            response: Any = client.get(path)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            transaction.set_rollback(True)
        found[path] = (response.status_code, CHANGES.sub(b"", body), response.headers.get("Cache-Control", ""))
        secret = str(world.cases[Stage.FINAL].evaluation.pk).encode()
        assert response.status_code != 200 or secret not in body, f"{actor} finds it in {path}"
    return found


def test_outside_nothing_tells_a_judged_evaluation_from_one_just_begun(world: World) -> None:
    evaluation = world.cases[Stage.FINAL].evaluation
    same = asked = 0
    wrong = []
    with time_machine.travel(timezone.now(), tick=False):
        for actor in OUTSIDE:
            with transaction.atomic():
                judged(evaluation)
                after = pages(world, actor, paths(world))
                transaction.set_rollback(True)
            shown = [path for path, (status, *_) in after.items() if status != 404]
            with transaction.atomic():
                begun(evaluation)
                before = pages(world, actor, shown)
                transaction.set_rollback(True)
            for path, (status, body, kept) in after.items():
                asked += 1
                if status != 404 and before[path][:2] != (status, body) and not body.startswith((b"PK", b"%PDF")):
                    wrong.append(f"{actor}: {path} {before[path][0]} → {status}")
                elif status == 200 and "no-store" not in kept and "private" not in kept:
                    wrong.append(f"{actor}: {path} may be kept by a cache: {kept!r}")
                else:
                    same += 1
    print(f"{same} of {asked} pages from outside tell nothing of an unpublished result")
    assert not wrong, "\n".join(wrong[:40])
    assert asked >= LEAST
