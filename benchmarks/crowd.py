"""A whole country in the last hour before the deadline: the people, what they ask, and what must have been stored.

Imported once Django is set up. $CROWD names the file that says who may send what, $ACKS the one of what was
acknowledged; both are written and read here and by benchmarks/locustfile.py.
"""

import json
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Membership, User
from benchmarks import country
from clusters import scoring
from clusters.queries import outline
from evaluations.enums import Stage
from evaluations.models import Answer, Assignment, Cycle, Evaluation, StageWindow
from regions.models import Agency

EACH = 6
"""Questions that one person answers; nobody else does, so that every save that is acknowledged must still be there."""
SECRET = "u" * 32  # nosec - of a throw-away portal: the same in the cookie and in the form


PEOPLE = 650


def made(regions: int) -> dict[str, Any]:
    return make(regions, max(1, PEOPLE * regions // 514), Path(os.environ["CROWD"]))


def measured(repeats: int) -> dict[str, Any]:
    return measure(repeats, Path(os.environ["CROWD"]))


def compared(_: int) -> dict[str, int]:
    return compare(Path(os.environ["ACKS"]))


def make(regions: int, people: int, to: Path) -> dict[str, Any]:
    """`regions` kab/kota with all their answers, still open; `people` coordinators of them, signed in. Writes who may
    send what to `to`, and returns what was made."""
    made = country.make(regions, drafting=True)
    cycle = Cycle.objects.get(name=country.NAME)
    soon = timezone.now() + timedelta(hours=1)
    StageWindow.objects.create(
        cycle=cycle, stage=Stage.SELF_ASSESSMENT, opens_at=soon - timedelta(days=30), closes_at=soon
    )
    evaluations = list(Evaluation.objects.filter(cycle=cycle).select_related("region").order_by("region"))
    with transaction.atomic():
        _deal(evaluations)
        crowd = [_person(n, evaluations[n % len(evaluations)]) for n in range(people)]
    questions = _two_valued(cycle)
    told = []
    for n, (person, evaluation) in enumerate(crowd):
        first = (n // len(evaluations)) * EACH % len(questions)
        mine = dict(questions[first : first + EACH])
        rows = Answer.objects.filter(evaluation=evaluation, question__code__in=mine)
        told.append(
            {
                "session": _signed_in(person),
                "evaluation": str(evaluation.pk),
                "answers": [
                    {"code": code, "version": version, "values": mine[code]}
                    for code, version in rows.values_list("question__code", "version")
                ],
            }
        )
    to.write_text(json.dumps({"cookie": settings.SESSION_COOKIE_NAME, "secret": SECRET, "people": told}))
    return made | {"people": len(told)}


def _deal(evaluations: list[Evaluation]) -> None:
    """Each region has one agency besides the coordinator's own, which leads all questions."""
    agencies = Agency.objects.bulk_create(
        Agency(region=evaluation.region, kind="bappeda", name="Bappeda (pengukuran)", short_name="Bappeda ukur")
        for evaluation in evaluations
        if not evaluation.region.agencies.filter(kind="bappeda").exists()
    )
    by_region = {agency.region_id: agency for agency in agencies}
    questions = list(Answer.objects.filter(evaluation=evaluations[0]).values_list("question", flat=True))
    Assignment.objects.bulk_create(
        (
            Assignment(evaluation=evaluation, question_id=question, agency=agency, is_lead=True)
            for evaluation in evaluations
            if (agency := by_region.get(evaluation.region_id))
            for question in questions
        ),
        batch_size=5000,
    )


def _person(n: int, evaluation: Evaluation) -> tuple[User, Evaluation]:
    person = User.objects.create(username=f"ukur-{n}", full_name=f"Ukur {n}", password="!")  # nosec - nobody signs in
    Membership.objects.create(user=person, role=Role.COORDINATOR, region=evaluation.region)
    return person, evaluation


def _signed_in(person: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "accounts.backends.PortalBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    assert session.session_key
    return session.session_key


def _two_valued(cycle: Cycle) -> list[tuple[str, list[str]]]:
    """Questions answered by one radio button, with two of its values."""
    found = []
    for question in outline(cycle.instrument).questions:
        if isinstance(question.rule, scoring.YesNo):
            found.append((question.code, ["yes", "no"]))
        elif isinstance(question.rule, scoring.Choice):
            found.append((question.code, [option.key for option in question.rule.options][:2]))
    return found


# --- one person, on an empty and on a full database -------------------------------------------------------------------
def measure(repeats: int, everybody: Path) -> dict[str, Any]:
    """Seconds and queries of a saved answer and of the country's lists; `everybody` is what `make` wrote."""
    said = json.loads(everybody.read_text())
    person = said["people"][0]
    client = Client(headers={"host": "127.0.0.1"})
    client.cookies[said["cookie"]] = person["session"]
    save = list(_saves(client, person, repeats + 1))[1:]
    admin = Client(headers={"host": "127.0.0.1"})
    admin.force_login(User.objects.get(username="admin@contoh"), backend="accounts.backends.PortalBackend")
    lists = {
        name: list(_asked(admin, reverse(f"evaluations:{name}"), repeats + 1))[1:]
        for name in ("evaluation_list", "queue")
    }
    return {
        "answers": Answer.objects.count(), "evaluations": Evaluation.objects.count(),
        "save": [seconds for seconds, _ in save], "save_queries": max(queries for _, queries in save),
        "lists": {
            name: {"seconds": [one for one, _ in runs], "queries": max(queries for _, queries in runs)}
            for name, runs in lists.items()
        },
    }  # fmt: skip


def _saves(client: Client, person: dict[str, Any], times: int) -> Iterator[tuple[float, int]]:
    answer = person["answers"][0]
    path = reverse("evaluations:answer_edit", args=[person["evaluation"], answer["code"]])
    for turn in range(times):
        form = {"value": answer["values"][turn % 2], "note": f"Catatan ukur {turn}.", "version": answer["version"]}
        started = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            response = client.post(path, form, headers={"HX-Request": "true", "HX-Trigger-Name": "autosave"})
        seconds = time.perf_counter() - started
        assert response.status_code == 200, response.content[:500]
        answer["version"] = Answer.objects.get(evaluation=person["evaluation"], question__code=answer["code"]).version
        yield seconds, len([one for one in queries if not _boundary(one["sql"])])


def _boundary(sql: str) -> bool:
    return sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))


def _asked(client: Client, path: str, times: int) -> Iterator[tuple[float, int]]:
    for _ in range(times):
        started = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path)
        assert response.status_code == 200, path
        yield time.perf_counter() - started, len(queries)


# --- what was acknowledged -----------------------------------------------------------------------------------------
def compare(acknowledged: Path) -> dict[str, int]:
    """Of the saves that were acknowledged, the newest of each answer against what is stored."""
    newest: dict[tuple[str, str], tuple[int, str]] = {}
    count = 0
    for line in acknowledged.read_text().splitlines():
        evaluation, code, version, value = json.loads(line)
        count += 1
        newest[evaluation, code] = max(newest.get((evaluation, code), (0, "")), (version, value))
    rows = Answer.objects.filter(evaluation__in={evaluation for evaluation, _ in newest}).values_list(
        "evaluation_id", "question__code", "version", "value"
    )
    stored = {(str(evaluation), code): (version, value) for evaluation, code, version, value in rows}
    return {
        "acknowledged": count,
        "answers": len(newest),
        "stored": sum(stored[key] == said for key, said in newest.items()),
    }
