"""The list of late agencies on paper: frozen, printed once by the worker, for those who read it on the screen."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.models import InternalDeadline
from evaluations.tests.make import make_evaluation
from kla_portal.tests.read_pdf import text_of
from reports import store
from reports.models import Letter
from reports.tasks import print_letter
from trail.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("report_store")]


@pytest.fixture
def asked(client: Client) -> Any:
    evaluation = make_evaluation()
    agency = evaluation.region.agencies.get(kind="dinkes")
    InternalDeadline.objects.create(evaluation=evaluation, agency=agency, due_at=timezone.now() - timedelta(days=2))
    client.force_login(make_user(Role.VIEWER, evaluation.region))
    for _ in range(2):
        assert client.post(reverse("reports:late_list_request", args=[evaluation.pk])).status_code == 302
    return Letter.objects.with_names().get()


def test_printed_once(asked: Letter, client: Client) -> None:
    print_letter(str(asked.job_id))
    print_letter(str(asked.job_id))
    page = client.get(asked.get_absolute_url())
    assert "PDF siap" in page.text and "Daftar perangkat daerah yang terlambat" in page.text
    with store.backend().open(asked.file_name) as file:
        words = text_of(file.read())
    assert "Perangkat daerah yang terlambat" in words and "batas internal" in words
    assert client.get(reverse("reports:letter_download", args=[asked.pk])).status_code == 200
    assert Event.objects.filter(action="late_list.request").count() == 2


@pytest.mark.parametrize(("role", "status"), [(Role.TASK_FORCE, 200), (Role.COORDINATOR, 200), (Role.OPERATOR, 403)])
def test_who_reads_it(asked: Letter, client: Client, role: str, status: int) -> None:
    agency = asked.evaluation.region.agencies.get(kind="dinkes") if role == Role.OPERATOR else None
    client.force_login(make_user(role, asked.evaluation.region, agency))
    assert client.get(asked.get_absolute_url()).status_code == status
