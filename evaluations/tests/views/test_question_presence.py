"""Who else has a question open: on the reader's own side alone, and not for long."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluations.enums import Stage
from evaluations.models import Evaluation, Presence
from evaluations.services.presence import sweep_presence
from evaluations.tests.make import make_evaluation, people
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


def opened(evaluation: Evaluation, person: Any, **data: str) -> str:
    client = Client()
    client.force_login(person)
    address = reverse("evaluations:question_presence", args=[evaluation.pk, "2.1"])
    response = client.post(address, data, headers={"HX-Request": "true", "HX-Trigger-Name": "poll"})
    assert response.status_code == 200
    return response.content.decode().strip()


def test_others_are_named_while_they_are_there(evaluation: Evaluation) -> None:
    world = people(evaluation)
    operator, coordinator, reviewer = (world[who] for who in ("operator", "coordinator", "task_force"))
    assert operator and coordinator and reviewer
    assert opened(evaluation, operator) == ""
    told = opened(evaluation, coordinator)
    assert operator.full_name in told and coordinator.full_name not in told and "mengetik" not in told
    opened(evaluation, operator, typing="ya")
    assert "sedang mengetik jawaban ini" in opened(evaluation, coordinator)
    assert "mengetik" not in opened(evaluation, reviewer)  # who cannot write cannot collide
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
    assert opened(evaluation, operator) == ""
    assert sweep_presence() == 2 and Presence.objects.count() == 1
    assert not Event.objects.filter(actor=operator).exclude(action__startswith="account").exists()


def test_the_region_and_its_judges_do_not_see_each_other(evaluation: Evaluation) -> None:
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.MINISTRY_REVIEW)
    world = people(evaluation)
    operator, evaluator, province = (world[who] for who in ("operator", "evaluator", "province"))
    assert operator and evaluator and province
    assert opened(evaluation, evaluator) == "" and opened(evaluation, operator) == ""
    told = opened(evaluation, province)
    assert evaluator.full_name in told and operator.full_name not in told
