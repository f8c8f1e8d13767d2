"""Different services at once, which all write into the one trail: none waits for another in a circle."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.enums import Role
from accounts.models import User
from accounts.services.invitations import renew
from accounts.services.people import set_password
from accounts.tests.make import make_user
from evaluations.models import Answer, AnswerEvidence, Evaluation
from evaluations.services.answers import save_answer
from evaluations.services.attaching import attach_link, detach
from evaluations.services.cycles import allot
from evaluations.services.reviews import approve_all
from evaluations.services.seats import set_seat
from evaluations.tests.make import make_answer, make_cycle, make_evaluation
from kla_portal.lib.versions import Stale
from reports.services import request_report
from trail.models import Event
from trail.services import checking

ROUNDS = 6


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_many_services_at_once_neither_deadlock_nor_leave_a_gap() -> None:
    cycle = make_cycle()
    drafted = make_evaluation(cycle=cycle)
    reviewed = make_evaluation(cycle=make_cycle(instrument=cycle.instrument), stage="task_force_review")
    coordinator, force = make_user(Role.COORDINATOR, drafted.region), make_user(Role.TASK_FORCE, drafted.region)
    admin = make_user(Role.NATIONAL_ADMIN)
    for code in ("1.1", "2.1"):
        make_answer(evaluation=reviewed, code=code)
    acts: list[Callable[[int], Any]] = [
        lambda n: save_answer(
            (answer := _answer(drafted, "2.1")), version=answer.version, value=str(n), note="", by=coordinator
        ),
        lambda n: detach(_linked(_answer(drafted, "1.1"), n, coordinator), by=coordinator),
        lambda n: approve_all(reviewed, seen=_seen(reviewed), by=force),
        lambda n: set_seat(drafted, force, is_chair=n % 2 == 0, by=coordinator),
        lambda n: allot(reviewed, make_user(Role.EVALUATOR), by=admin),
        lambda n: set_password(User.objects.get(pk=coordinator.pk), f"kata-sandi-panjang-{n}"),
        lambda n: renew(User.objects.get(pk=coordinator.pk), by=admin),
        lambda n: request_report(Evaluation.objects.with_names().get(pk=drafted.pk), coordinator),
    ]
    faults: list[BaseException] = []

    def work(act: Callable[[int], Any]) -> None:
        try:
            for n in range(ROUNDS):
                try:
                    act(n)
                except Stale:
                    continue
        except BaseException as fault:  # told by the test
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults
    written = Event.objects.values_list("action", flat=True)
    assert {"answer.save", "evidence.attach", "evidence.detach", "answer.approve", "evaluation.allot"} <= set(written)
    assert checking.check().faults == []


def _seen(evaluation: Evaluation) -> list[tuple[int, int]]:
    return list(Answer.objects.filter(evaluation=evaluation).values_list("pk", "version"))


def _linked(answer: Answer, n: int, by: Any) -> AnswerEvidence:
    address = f"https://contoh.go.id/{n}"
    return attach_link(answer, address, title=f"Tautan {n}", personal_data=False, want="", by=by)


def _answer(evaluation: Evaluation, code: str) -> Answer:
    answers = Answer.objects.select_related("question", "evaluation__region")
    return answers.get(evaluation=evaluation, question__code=code)
