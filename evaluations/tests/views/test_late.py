from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import Evaluation, InternalDeadline, StageWindow
from evaluations.queries.late import late
from evaluations.tests.make import make_evaluation

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


def overdue(evaluation: Evaluation, kind: str, days: int = 2) -> None:
    agency = evaluation.region.agencies.get(kind=kind)
    InternalDeadline.objects.create(evaluation=evaluation, agency=agency, due_at=timezone.now() - days * DAY)


def page(client: Client, evaluation: Evaluation, role: str = Role.VIEWER) -> Any:
    client.force_login(make_user(role, evaluation.region))
    return client.get(reverse("evaluations:late_list", args=[evaluation.pk]))


def test_against_the_internal_deadline_else_the_ministrys(evaluation: Evaluation) -> None:
    overdue(evaluation, "dinkes")
    assert [(row.part.agency.kind, row.internal, row.days) for row in late(evaluation)] == [("dinkes", True, 2)]
    now = timezone.now()
    StageWindow.objects.create(cycle=evaluation.cycle, stage=evaluation.stage, opens_at=now - 9 * DAY, closes_at=now)
    fresh = Evaluation.objects.get(pk=evaluation.pk)
    found = late(fresh)
    assert found[0].part.agency.kind == "dinkes" and not found[1].internal and len(found) > 1
    Evaluation.objects.update(stage=Stage.ADMIN_VERIFICATION)
    assert late(Evaluation.objects.get(pk=evaluation.pk)) == []


def test_what_a_leader_reads(client: Client, evaluation: Evaluation) -> None:
    overdue(evaluation, "dinkes")
    agency = evaluation.region.agencies.get(kind="dinkes")
    make_user(Role.OPERATOR, agency=agency, full_name="Siti Contoh", phone="0812-1111")
    shown = page(client, evaluation)
    assert shown.status_code == 200
    assert "Siti Contoh" in shown.text and "0812-1111" in shown.text and "lewat 2 hari" in shown.text
    message = shown.context["message"]
    assert "1. Dinas Kesehatan" in message or agency.short_name in message
    assert "Siti" not in message and "0812" not in message


def test_nobody_late_says_so(client: Client, evaluation: Evaluation) -> None:
    assert "Tidak ada yang terlambat" in page(client, evaluation).text


def test_an_operator_is_told_whom_it_is_for(client: Client, evaluation: Evaluation) -> None:
    client.force_login(make_user(Role.OPERATOR, agency=evaluation.region.agencies.get(kind="dinkes")))
    assert client.get(reverse("evaluations:late_list", args=[evaluation.pk])).status_code == 403


def test_as_many_queries_for_one_as_for_three(client: Client, evaluation: Evaluation) -> None:
    page(client, evaluation)
    asked = []
    for kind in ("dinkes", "disdukcapil", "dp3a"):
        overdue(evaluation, kind)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("evaluations:late_list", args=[evaluation.pk]))
        asked.append(len(queries))
    assert asked[0] == asked[2] <= 15
