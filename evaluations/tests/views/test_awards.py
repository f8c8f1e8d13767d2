"""Penetapan: the computed predicate, or another with a reason that stands wherever it is shown."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, Stage
from evaluations.models import Award, Cycle, Evaluation
from evaluations.services import totals
from evaluations.services.workflow import move
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_score
from regions.tests.make import make_region
from reports import payload

pytestmark = pytest.mark.django_db
REASON = "Kabupaten ini menang banding atas verifikasi lapangan."


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def final(cycle: Cycle, code: str = "64.71") -> Evaluation:
    """160 of 1000 points at the end."""
    evaluation = make_evaluation(region=make_region(code=code), cycle=cycle, stage=Stage.FINAL)
    make_score(
        answer=make_answer(evaluation=evaluation, code="2.1", state=AnswerState.APPROVED), fraction=Decimal("0.8")
    )
    return evaluation


def address(cycle: Cycle) -> str:
    return reverse("evaluations:cycle_awards", args=[cycle.pk])


def decision(evaluation: Evaluation, **typed: str) -> dict[str, str]:
    return {"evaluation": str(evaluation.pk), "version": "0", "points": "160"} | typed


def test_the_computed_one_is_decided_for_one_and_then_waits_to_be_published() -> None:
    cycle = make_cycle()
    evaluation, client = final(cycle), client_of(make_user(Role.NATIONAL_ADMIN))
    assert "Belum diputuskan" in client.get(address(cycle)).content.decode()
    assert client.post(address(cycle), decision(evaluation)).status_code == 302
    award = Award.objects.get(evaluation=evaluation)
    assert (award.predicate, award.points, award.reason) == ("none", 160, "")
    assert "belum diterbitkan" in client.get(address(cycle)).content.decode()


def test_another_one_takes_a_reason_and_keeps_what_was_typed() -> None:
    cycle = make_cycle()
    evaluation, client = final(cycle), client_of(make_user(Role.NATIONAL_ADMIN))
    refused = client.post(address(cycle), decision(evaluation, predicate="madya"))
    assert refused.status_code == 422 and not Award.objects.exists()
    assert '<option value="madya" selected>' in refused.content.decode()
    assert client.post(address(cycle), decision(evaluation, predicate="tidak-ada", reason="x")).status_code == 422


def test_who_comes_second_sees_what_stands_and_keeps_the_text() -> None:
    cycle = make_cycle()
    evaluation, client = final(cycle), client_of(make_user(Role.NATIONAL_ADMIN))
    client.post(address(cycle), decision(evaluation))
    late = client.post(address(cycle), decision(evaluation, predicate="madya", reason=REASON))
    assert late.status_code == 409 and REASON in late.content.decode()
    assert Award.objects.get().predicate == "none"
    other_points = client.post(address(cycle), decision(evaluation, version="1", points="161"))
    assert other_points.status_code == 409


def test_what_is_not_judged_cannot_be_decided_and_says_so() -> None:
    cycle = make_cycle()
    evaluation, client = final(cycle), client_of(make_user(Role.NATIONAL_ADMIN))
    make_answer(evaluation=evaluation, code="1.1", state=AnswerState.APPROVED)
    assert "1 jawaban belum dinilai" in client.get(address(cycle)).content.decode()
    assert client.post(address(cycle), decision(evaluation)).status_code == 403
    assert client.post(address(cycle), {"evaluation": "x"}).status_code == 404


def test_the_reason_stands_wherever_the_predicate_does_and_the_recomputation_agrees() -> None:
    cycle = make_cycle()
    evaluation, admin = final(cycle), make_user(Role.NATIONAL_ADMIN)
    client = client_of(admin)
    client.post(address(cycle), decision(evaluation, predicate="madya", reason=REASON))
    evaluation = move(evaluation, "award", version=evaluation.version, by=admin)
    assert (evaluation.awarded_predicate, evaluation.award_reason) == ("madya", REASON)
    result = client.get(reverse("evaluations:evaluation_result", args=[evaluation.pk])).content.decode()
    assert REASON in result and "Ditetapkan lain dari hitungan" in result
    listed = client_of(make_user(Role.COORDINATOR, make_region(code="73.71"))).get(
        reverse("evaluations:evaluation_list")
    )
    assert "ditetapkan lain dari hitungan" in listed.content.decode()
    fresh = Evaluation.objects.with_names().get(pk=evaluation.pk)
    assert payload.build(fresh, admin)["predicates"]["awarded"]["reason"] == REASON
    assert totals.compare([fresh]).awards == totals.compare().awards == []
    Evaluation.objects.filter(pk=fresh.pk).update(award_reason="")
    assert [each.pk for each, _ in totals.compare().awards] == [fresh.pk]


def test_points_that_changed_since_the_decision_are_told() -> None:
    cycle = make_cycle()
    evaluation, client = final(cycle), client_of(make_user(Role.NATIONAL_ADMIN))
    client.post(address(cycle), decision(evaluation))
    make_score(answer=evaluation.answers.get(question__code="2.1"), stage=Stage.FINAL, fraction=Decimal("0.2"))
    assert "Nilai berubah, putuskan lagi" in client.get(address(cycle)).content.decode()


def test_filters_and_who_may_open_it() -> None:
    cycle = make_cycle()
    evaluation, client = final(cycle), client_of(make_user(Role.NATIONAL_ADMIN))
    name = str(evaluation.region)
    assert name in client.get(address(cycle) + "?keadaan=belum").content.decode()
    assert name not in client.get(address(cycle) + "?keadaan=lain").content.decode().partition("<main")[2]
    assert client_of(make_user(Role.COORDINATOR, evaluation.region)).get(address(cycle)).status_code == 403


def test_it_asks_as_much_for_three_regions_as_for_one() -> None:
    cycle, client, counts = make_cycle(), client_of(make_user(Role.NATIONAL_ADMIN)), []
    for codes in (["64.71"], ["64.72", "64.74"]):
        for code in codes:
            final(cycle, code)
        client.get(address(cycle))
        with CaptureQueriesContext(connection) as queries:
            client.get(address(cycle))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15, counts
