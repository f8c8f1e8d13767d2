"""With a session of an hour ago, every step that is not to be undone asks for the password again; the others do not."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tests.make import PASSWORD
from evaluations.enums import Stage
from evaluations.models import Seat
from evaluations.stages import STEPS
from evaluations.tests.make import people
from evaluations.tests.test_stages import ROLES, ready
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("action", STEPS)
def test_a_step_an_hour_after_signing_in(action: str) -> None:
    step = STEPS[action]
    evaluation = ready(step.source)
    everybody = people(evaluation)
    Seat.objects.filter(evaluation=evaluation).update(member=everybody["task_force"])
    if action == "sign_off":
        type(evaluation).objects.filter(pk=evaluation.pk).update(signed_off_at=None)
    user = next(everybody[who] for who, role in ROLES.items() if role in step.roles)
    assert user is not None
    address = reverse("evaluations:stage_move", args=[evaluation.pk, action])
    form = {"version": evaluation.version, "once": f"kunci-{action}"}
    client = Client()
    client.force_login(user)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            assert client.get(address).status_code == 200
            clock.shift(timedelta(minutes=20))
        asked = client.post(address, form)
        assert asked.status_code == (401 if step.asks_again else 302)
        evaluation.refresh_from_db()
        events = Event.objects.filter(action=f"evaluation.{action}")
        if step.asks_again:
            assert (evaluation.stage, events.count()) == (step.source, 0)
            given = dict(asked.context["kept"]) | {"pastikan-asked": "1", "pastikan-password": PASSWORD}
            assert client.post(address, given).status_code == 302
            evaluation.refresh_from_db()
    assert (evaluation.stage, events.count()) == (step.target, 1)


def test_what_cannot_be_undone_is_what_asks() -> None:
    assert {step.action for step in STEPS.values() if not step.asks_again} == {"hand_in", "call_back"}
    assert next(step for step in STEPS.values() if step.source == Stage.FINAL).asks_again
