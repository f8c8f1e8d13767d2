"""The list, the overview of one evaluation, and one agency's part."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Evaluation
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link, people
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db


def page(client: Client, evaluation: Evaluation, who: str, name: str = "evaluation_detail", query: str = "") -> str:
    user = people(evaluation)[who]
    assert user is not None
    client.force_login(user)
    args: list[object] = [evaluation.pk]
    if name == "agency_detail":
        args.append(evaluation.region.agencies.get(kind="disdukcapil").pk)
    response = client.get(reverse(f"evaluations:{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_coordinator_sees_clusters_agencies_and_the_next_step(client: Client) -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="2.1")
    text = page(client, evaluation, "coordinator")
    assert "Serahkan ke gugus tugas" in text and "Perangkat daerah" in text
    assert "120,00" in text  # 72,5 % of question 2.1 is in the band that earns 0,6 of 200


def test_the_viewer_sees_totals_but_no_answers_in_the_draft(client: Client) -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="2.1")
    text = page(client, evaluation, "viewer")
    assert "120,00" in text and "/p/2.1/" not in text


@pytest.mark.parametrize("who", ["province", "admin"])
def test_outsiders_of_a_draft_see_progress_and_no_points(client: Client, who: str) -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="2.1")
    text = page(client, evaluation, who)
    assert "pertanyaan terjawab" in text
    assert "120,00" not in text and "/p/2.1/" not in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?klaster=I", {"2.1", "3.1", "3.2"}),
        ("?klaster=I&status=kosong", {"3.1", "3.2"}),
        ("?klaster=I&status=tanpa-bukti", {"2.1"}),
        ("?klaster=KEL", {"1.1", "1.2"}),
        ("?klaster=tidakada", {"1.1", "1.2"}),
        ("?klaster=I&status=dikembalikan", set()),
    ],
)
def test_filters_live_in_the_address(client: Client, query: str, shown: set[str]) -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="2.1")
    text = page(client, evaluation, "coordinator", query=query)
    assert {code for code in ("1.1", "1.2", "2.1", "3.1", "3.2") if f"/p/{code}/" in text} == shown


def test_the_agency_s_page_has_its_questions_only(client: Client) -> None:
    evaluation = make_evaluation()
    text = page(client, evaluation, "operator", name="agency_detail")
    assert "/p/2.1/" in text and "/p/1.2/" in text  # leads the one, takes part in the other
    assert "/p/3.1/" not in text
    assert "Unggah" in text


def test_the_list_filters_by_name_and_says_when_nothing_fits(client: Client) -> None:
    evaluation = make_evaluation()
    user = people(evaluation)["admin"]
    assert user is not None
    client.force_login(user)
    address = reverse("evaluations:evaluation_list")
    assert "Kota Balikpapan" in client.get(address, {"q": "balik"}).content.decode()
    assert "Tidak ada yang cocok" in client.get(address, {"q": "zzz"}).content.decode()


def test_query_budgets(client: Client) -> None:
    evaluation = make_evaluation()
    user = people(evaluation)["coordinator"]
    assert user is not None
    client.force_login(user)
    addresses = [
        reverse("evaluations:evaluation_detail", args=[evaluation.pk]),
        reverse("evaluations:agency_detail", args=[evaluation.pk, evaluation.region.agencies.get(kind="dinkes").pk]),
        reverse("evaluations:evaluation_list"),
    ]
    for address in addresses:
        client.get(address)
    before = [_queries(client, address) for address in addresses]
    for code in ("2.1", "3.1", "3.2"):
        make_link(answer=make_answer(evaluation=evaluation, code=code))
    for code in ("64.72", "64.74"):
        make_evaluation(
            region=make_region(code), cycle=make_cycle(instrument=evaluation.cycle.instrument), stage=Stage.AWARDED
        )
    after = [_queries(client, address) for address in addresses]
    assert before == after
    assert max(after) <= 15


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_region_s_page_tells_its_evaluations(client: Client) -> None:
    evaluation = make_evaluation(stage=Stage.AWARDED, awarded_points=640, awarded_predicate="madya")
    make_answer(evaluation=evaluation, state=AnswerState.APPROVED)
    user = people(evaluation)["far"]
    assert user is not None
    client.force_login(user)
    text = client.get(reverse("regions:region_detail", args=[evaluation.region_id])).content.decode()
    assert "640,00" in text and "Madya" in text


@pytest.mark.parametrize("name", ["agency_detail", "evaluation_detail"])
def test_what_waits_for_the_task_force_is_not_told_as_lost(client: Client, name: str) -> None:
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    answer = make_answer(evaluation=evaluation, code="2.1", value="72.5")  # 120 points claimed
    text = page(client, evaluation, "coordinator", name=name)
    told = figures(text)
    assert (told["poin menunggu telaah gugus tugas"], told["poin berisiko hilang"]) == ("120,00", "0,00")
    Answer.objects.filter(pk=answer.pk).update(state=AnswerState.RETURNED)
    text = page(client, evaluation, "coordinator", name=name)
    assert "menunggu telaah" not in text and figures(text)["poin berisiko hilang"] == "120,00"


def figures(text: str) -> dict[str, str]:
    """The big figures of a page, by their label."""
    found = re.findall(r'figure-number">([^<]*)</span><span class="figure-label">([^<]*)<', text)
    return {label: figure for figure, label in found}


def test_during_the_review_the_agency_uploads_to_what_was_returned(client: Client) -> None:
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    answer = make_answer(evaluation=evaluation, code="2.1", state=AnswerState.RETURNED)
    answer.reviews.create(answer_version=1, approved=False, reason="x", by=people(evaluation)["task_force"])
    text = page(client, evaluation, "operator", name="agency_detail")
    assert "/p/2.1/#data-dukung" in text and "/p/1.2/#data-dukung" not in text
    assert "#data-dukung" not in page(client, evaluation, "task_force", name="agency_detail")
