"""The national admin opens a cycle from nothing, enrols, allots."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.tests.make import make_user
from clusters.tests.make import make_instrument
from evaluations.models import Cycle, Evaluation, StageWindow
from evaluations.tests.make import make_cycle, make_evaluation
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(Role.NATIONAL_ADMIN))
    return client


def form(**changed: str) -> dict[str, str]:
    instrument = make_instrument()
    given = {"name": "Evaluasi KLA 2025", "data_years": "2024, 2025", "instrument": str(instrument.pk), "once": "k"}
    return given | changed


def test_a_cycle_is_opened_once_however_often_it_is_sent(admin: Client) -> None:
    data = form(self_assessment_opens="2026-01-05T08:00", self_assessment_closes="2026-02-05T23:59")
    answers = [admin.post(reverse("evaluations:cycle_create"), data) for _ in range(2)]
    cycle = Cycle.objects.get()
    assert [answer["Location"] for answer in answers] == [cycle.get_absolute_url()] * 2
    assert cycle.data_years == [2024, 2025]
    assert StageWindow.objects.get().closes_at.isoformat() == "2026-02-05T16:59:00+00:00"


def test_only_instruments_with_questions_are_offered(admin: Client) -> None:
    make_instrument(name="Sampai pertanyaan")
    shallow = make_instrument(name="Sampai kelompok", granularity="clusters")
    page = admin.get(reverse("evaluations:cycle_create")).content.decode()
    assert "Sampai pertanyaan" in page
    assert "Sampai kelompok" not in page
    assert admin.post(reverse("evaluations:cycle_create"), form(instrument=str(shallow.pk))).status_code == 422
    assert not Cycle.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""},
        {"data_years": "dua puluh"},
        {"data_years": "1999"},
        {"instrument": "999999"},
        {"self_assessment_opens": "2026-01-05T08:00"},
        {"self_assessment_opens": "2026-02-05T08:00", "self_assessment_closes": "2026-01-05T08:00"},
        {"final_opens": "kapan-kapan", "final_closes": "2026-01-05T08:00"},
        {"final_opens": "0001-01-01T00:00", "final_closes": "2026-01-05T08:00"},
        {"final_opens": "2026-01-05T08:00", "final_closes": "2101-01-01T00:00"},
        {"final_opens": "2026-01-05T08:00", "final_closes": "9999-12-31T23:59"},
    ],
)
def test_a_wrong_form_is_refused_and_leaves_nothing(admin: Client, changed: dict[str, str]) -> None:
    response = admin.post(reverse("evaluations:cycle_create"), form(**changed))
    assert (response.status_code, Cycle.objects.count()) == (422, 0)


def test_a_name_is_given_once(admin: Client) -> None:
    make_cycle(name="Evaluasi KLA 2025")
    response = admin.post(reverse("evaluations:cycle_create"), form())
    assert (response.status_code, Cycle.objects.count()) == (422, 1)
    assert "sudah dipakai" in response.content.decode()


def test_regions_of_a_province_are_enrolled(admin: Client) -> None:
    cycle, here, far = make_cycle(), make_region("64.71"), make_region("73.71")
    address = reverse("evaluations:cycle_enrol", args=[cycle.pk, "64"])
    assert "Kota Balikpapan" in admin.get(address).content.decode()
    assert admin.post(address, {"regions": [here.pk]}).status_code == 302
    assert list(Evaluation.objects.values_list("region", flat=True)) == ["64.71"]
    again = admin.post(address, {"regions": [here.pk]}, follow=True)
    assert (again.status_code, "Semuanya sudah terdaftar." in again.content.decode()) == (200, True)
    for regions in ([far.pk], [], ["64"], ["x"]):
        assert admin.post(address, {"regions": regions}).status_code == 422
    assert Evaluation.objects.count() == 1
    assert "Semua sudah terdaftar" in admin.get(address).content.decode()


def test_an_evaluator_is_allotted_and_withdrawn(admin: Client) -> None:
    evaluation, evaluator, other = make_evaluation(), make_user(Role.EVALUATOR), make_user(Role.COORDINATOR)
    address = reverse("evaluations:evaluator_allot", args=[evaluation.pk])
    assert admin.post(address, {"evaluator": str(other.pk)}).status_code == 422
    assert admin.post(address, {"evaluator": str(evaluator.pk)}).status_code == 302
    assert admin.post(address, {"evaluator": str(evaluator.pk)}).status_code == 302
    assert evaluation.allotments.count() == 1
    assert evaluator.full_name in admin.get(address).content.decode()
    withdraw = reverse("evaluations:allotment_withdraw", args=[evaluation.pk, evaluator.pk])
    assert admin.post(withdraw).status_code == 302
    assert admin.post(withdraw).status_code == 404
    assert not evaluation.allotments.exists()


def test_a_number_no_database_holds_is_nobody(admin: Client) -> None:
    assert admin.post(f"/evaluasi/{make_evaluation().pk}/evaluator/{'9' * 23}/tarik/").status_code == 404


@pytest.mark.parametrize("size", [101, 60_000])
def test_a_search_has_a_length(admin: Client, size: int) -> None:
    make_evaluation()
    assert admin.get(reverse("evaluations:evaluation_list"), {"q": "a" * size}).status_code == 200
