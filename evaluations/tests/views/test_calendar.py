"""The pages of the calendar: planned, told whom it locks out, extended; and what a late page looks like."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import Cycle, Evaluation, Extension, StageWindow
from evaluations.services.cycles import planned, windows_of
from evaluations.tests.make import make_answer, make_cycle, make_evaluation
from evaluations.tests.make_calendar import make_window
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin() -> Client:
    return signed_in(make_user(Role.NATIONAL_ADMIN))


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


def plan(cycle: Cycle, closes: str, **more: str) -> dict[str, str]:
    times = {"self_assessment_opens": "2025-01-01T00:00", "self_assessment_closes": closes}
    return times | {"seen": planned(windows_of(cycle))} | more


def path(cycle: Cycle) -> str:
    return reverse("evaluations:cycle_plan", args=[cycle.pk])


def test_windows_are_typed_in_wib_and_hold_at_once(admin: Client, evaluation: Evaluation) -> None:
    answer = admin.post(path(evaluation.cycle), plan(evaluation.cycle, "2090-12-01T00:00"))
    assert answer.status_code == 302
    window = StageWindow.objects.get()
    assert (window.stage, window.closes_at.isoformat()) == ("self_assessment", "2090-11-30T17:00:00+00:00")
    event = Event.objects.get(action="cycle.plan")
    assert event.after == {"self_assessment": ["2024-12-31T17:00:00+00:00", "2090-11-30T17:00:00+00:00"]}
    page = admin.get(path(evaluation.cycle)).content.decode()
    assert 'value="2090-12-01T00:00"' in page
    assert admin.post(path(evaluation.cycle), plan(evaluation.cycle, "2090-12-01T00:00")).status_code == 302
    assert Event.objects.filter(action="cycle.plan").count() == 1


def test_whom_it_locks_out_is_told_and_agreed_to_first(admin: Client, evaluation: Evaluation) -> None:
    cycle = evaluation.cycle
    spared = make_evaluation(cycle=cycle, region=make_region("64.72", name="Samarinda"))
    Extension.objects.create(
        evaluation=spared, stage=Stage.SELF_ASSESSMENT, until=timezone.now() + HOUR, reason="x", by=make_user()
    )
    past = plan(cycle, "2025-02-01T00:00")
    looked = admin.post(path(cycle), past | {"look": "1"})
    asked = admin.post(path(cycle), past)
    assert (looked.status_code, asked.status_code) == (200, 422)
    for page in (looked.content.decode(), asked.content.decode()):
        assert "<strong>1 daerah akan terkunci.</strong>" in page
        assert 'name="agreed" value="1"' in page
    wrong = admin.post(path(cycle), past | {"agreed": "2"})
    assert wrong.status_code == 422
    assert not StageWindow.objects.exists()
    assert admin.post(path(cycle), past | {"agreed": "1"}).status_code == 302
    page = admin.get(cycle.get_absolute_url()).content.decode()
    assert str(evaluation.region.name) in page
    assert "Samarinda" in page


def test_of_two_admins_the_slower_is_told(admin: Client, evaluation: Evaluation) -> None:
    slower = plan(evaluation.cycle, "2090-12-01T00:00")
    make_window(evaluation, closes=HOUR)
    answer = admin.post(path(evaluation.cycle), slower)
    assert answer.status_code == 409
    assert 'value="2090-12-01T00:00"' in answer.content.decode()
    assert "rekan Anda mengubah jadwal ini" in answer.content.decode()
    assert not Event.objects.filter(action="cycle.plan").exists()


@pytest.mark.parametrize(
    "changed",
    [{"self_assessment_closes": ""}, {"self_assessment_closes": "2024-01-01T00:00"}, {"self_assessment_closes": "x"}],
)
def test_windows_that_cannot_be_are_refused(admin: Client, evaluation: Evaluation, changed: dict[str, str]) -> None:
    answer = admin.post(path(evaluation.cycle), plan(evaluation.cycle, "2090-12-01T00:00") | changed)
    assert answer.status_code == 422
    assert not StageWindow.objects.exists()


def test_planning_asks_few_questions_however_many_regions(admin: Client, django_assert_max_num_queries: Any) -> None:
    cycle = make_cycle()
    for number in range(3):
        make_evaluation(cycle=cycle, region=make_region(f"64.7{number}"), agencies=())
    with django_assert_max_num_queries(10):
        admin.get(path(cycle))


# --- more time for one region ----------------------------------------------------------------------------------------
def giving(evaluation: Evaluation) -> str:
    return reverse("evaluations:extension_give", args=[evaluation.pk])


def test_a_region_is_given_time_once_and_told_in_both_zones(admin: Client, evaluation: Evaluation) -> None:
    make_window(evaluation, closes=-HOUR)
    said = {"stage": "self_assessment", "until": "2090-12-01T00:00", "reason": "Gangguan jaringan", "once": "k"}
    assert [admin.post(giving(evaluation), said).status_code for _ in range(2)] == [302, 302]
    given = Extension.objects.get()
    assert given.until.isoformat() == "2090-11-30T17:00:00+00:00"
    told = "1 Des 2090 00.00 WIB (01.00 WITA)"
    assert told in admin.get(giving(evaluation)).content.decode()
    coordinator = signed_in(make_user(Role.COORDINATOR, evaluation.region))
    for page in (coordinator.get("/"), coordinator.get(evaluation.get_absolute_url())):
        shown = " ".join(page.content.decode().split())
        assert f"diperpanjang sampai {told}" in shown
        assert "hanya dapat dibaca" not in shown
    assert "Gangguan jaringan" in shown
    withdrawn = admin.post(reverse("evaluations:extension_withdraw", args=[evaluation.pk, given.pk]))
    assert withdrawn.status_code == 302
    assert "hanya dapat dibaca" in coordinator.get(evaluation.get_absolute_url()).content.decode()


@pytest.mark.parametrize("changed", [{"until": "2020-01-01T00:00"}, {"reason": " "}, {"stage": "final"}, {"until": ""}])
def test_what_is_no_extension_is_refused_with_what_was_typed(
    admin: Client, evaluation: Evaluation, changed: dict[str, str]
) -> None:
    make_window(evaluation, closes=HOUR)
    said = {"stage": "self_assessment", "until": "2090-12-01T00:00", "reason": "Gangguan", "once": "k"}
    answer = admin.post(giving(evaluation), said | changed)
    assert answer.status_code == 422
    assert not Extension.objects.exists()


# --- late -------------------------------------------------------------------------------------------------------------
LATE = "ditutup"


@pytest.mark.parametrize(
    ("role", "stage", "name", "form"),
    [
        (Role.COORDINATOR, Stage.SELF_ASSESSMENT, "answer_edit", "data-autosave"),
        (Role.COORDINATOR, Stage.SELF_ASSESSMENT, "evaluation_detail", "/bagikan/"),
        (Role.TASK_FORCE, Stage.TASK_FORCE_REVIEW, "review_bench", 'name="decision"'),
        (Role.PROVINCE_VERIFIER, Stage.ADMIN_VERIFICATION, "score_bench", 'name="verdict"'),
    ],
)
def test_a_late_page_is_there_to_read_without_its_forms(role: str, stage: str, name: str, form: str) -> None:
    evaluation = make_evaluation(stage=stage)
    answer = make_answer(evaluation=evaluation, code="2.1")
    region = evaluation.region if role != Role.PROVINCE_VERIFIER else make_region(evaluation.region.parent_code)
    client = signed_in(make_user(role, region))
    arguments = [evaluation.pk, answer.question.code] if name in ("answer_edit", "score_bench") else [evaluation.pk]
    address = reverse(f"evaluations:{name}", args=arguments)
    make_window(evaluation, closes=HOUR)
    assert form in client.get(address).content.decode()
    make_window(evaluation, closes=-HOUR)
    late = client.get(address)
    assert late.status_code == 200
    assert form not in late.content.decode()
    assert f"{Stage(stage).label} {LATE}" in late.content.decode()


def test_what_is_sent_too_late_is_refused_with_a_page_that_says_so(evaluation: Evaluation) -> None:
    make_answer(evaluation=evaluation, code="2.1")
    client = signed_in(make_user(Role.COORDINATOR, evaluation.region))
    make_window(evaluation, closes=-HOUR)
    address = reverse("evaluations:answer_edit", args=[evaluation.pk, "2.1"])
    refused = client.post(address, {"value": "55", "note": "", "version": "1"})
    assert refused.status_code == 403
    assert "Di luar waktunya" in refused.content.decode()
    assert "peran" not in refused.content.decode().split("<h2")[1].lower()
