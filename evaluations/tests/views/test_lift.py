"""What would lift us: who reads how much of it, that the what-if lives in the address, and that it stores nothing."""

import re
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from clusters.tests.make import PREDICATES, make_instrument
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Evaluation
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link, make_score, people
from trail.models import Event

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def lift_of(evaluation: Evaluation) -> str:
    return reverse("evaluations:evaluation_lift", args=[evaluation.pk])


def worked(**fields: str) -> Evaluation:
    """520 of 1000 claimed, 200 of them supported: 1.1, 2.1 (with one document of two), 3.2."""
    evaluation = make_evaluation(**fields)
    make_answer(evaluation=evaluation, code="1.1", value="yes")
    make_link(answer=make_answer(evaluation=evaluation, code="2.1", value="72.5"), want="data")
    make_answer(evaluation=evaluation, code="3.2", value="done")
    return evaluation


def entered(client: Client, evaluation: Evaluation, who: str = "coordinator") -> User:
    user = people(evaluation)[who]
    assert user is not None
    client.force_login(user)
    return user


def text_of(client: Client, evaluation: Evaluation, query: str = "", status: int = 200) -> str:
    response = client.get(lift_of(evaluation) + query)
    assert response.status_code == status
    return response.content.decode()


def test_the_coordinator_reads_how_far_it_is_and_what_lacks(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    page = text_of(client, evaluation)
    assert "Menuju Pratama" in page
    assert "Kurang 300,00 poin menuju Pratama</strong> menurut nilai yang didukung" in page
    assert "Menurut klaim: poin untuk Pratama sudah cukup" in page
    assert "Belum ada: Bukti perda" in page and "Belum ada: Bukti foto" in page and "320,00" in page
    assert f"/evaluasi/{evaluation.pk}/p/1.1/#data-dukung" in page
    assert "Disdukcapil (utama)" in page
    assert "3.2 " not in page, "what is supported is not at risk"


def test_a_goal_is_chosen_in_the_address_and_an_open_bound_says_so(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    page = text_of(client, evaluation, "?tujuan=nindya")
    assert "Kurang 500,00 poin menuju Nindya (harus lebih dari 700)" in page
    assert "Tujuan Nindya, 700." in page


def test_points_to_be_won_name_the_next_level_and_the_top(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    page = text_of(client, evaluation, "?daftar=raih")
    assert "Dari 60–80 % ke 80–100 %" in page
    assert '<strong class="num">+40,00</strong>; sampai 100 %: <strong class="num">+80,00</strong>' in page


def test_prerequisites_of_the_goal_stand_beside_it_and_assumptions_are_marked(client: Client) -> None:
    law = {"question": "1.1", "least": "1", "label": "Perda KLA", "enforced": True, "source": "assumption"}
    bands = [band | ({"requires": [law]} if band["code"] == "madya" else {}) for band in PREDICATES]
    evaluation = make_evaluation(cycle=make_cycle(instrument=make_instrument(predicates=bands)))
    make_answer(evaluation=evaluation, code="1.1", value="yes")
    entered(client, evaluation)
    assert "Perda KLA" not in text_of(client, evaluation, "?tujuan=pratama")
    page = text_of(client, evaluation, "?tujuan=nindya")
    assert "Perda KLA" in page and "diklaim, belum didukung" in page and "Asumsi" in page
    assert "Syarat: Perda KLA" in text_of(client, evaluation, "?tujuan=nindya&daftar=jalan")


def test_a_what_if_shows_the_new_total_and_touches_nothing(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    before = list(Answer.objects.order_by("pk").values()), Event.objects.count()
    page = text_of(client, evaluation, "?j=1.1:!~2.1:1!~3.1:1!")
    assert '<strong>700,00</strong> <span class="lift-difference">+500,00</span>' in page
    assert "predicate-madya" in page
    assert "Hak Sipil dan Kebebasan" in page
    assert "dokumen dianggap diterima" in page and "60–80 %" in page
    assert (list(Answer.objects.order_by("pk").values()), Event.objects.count()) == before
    assert client.post(lift_of(evaluation)).status_code == 405


def test_a_sent_form_becomes_a_short_address(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    sent = {"daftar": "raih", "j": "1.1:!~3.1:1", "u_2.1": "1", "d_2.1": "1", "u_3.1": "", "u_9.9": "x", "u_1.2": "?"}
    response = client.get(lift_of(evaluation), sent)
    assert response.status_code == 302
    assert response["Location"] == lift_of(evaluation) + "?daftar=raih&j=1.1:!~2.1:1!"
    assert '<option value="1" selected>' in client.get(response["Location"]).content.decode()


def test_with_htmx_the_body_comes_back_with_the_address_of_the_what_if(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    response = client.get(lift_of(evaluation), {"tujuan": "madya", "u_1.1": "", "d_1.1": "1"}, headers=HTMX)
    page = response.content.decode()
    assert response.status_code == 200
    assert response["HX-Push-Url"] == lift_of(evaluation) + "?tujuan=madya&j=1.1:!"
    assert page.lstrip().startswith('<div id="naik"') and "<html" not in page
    assert 'hx-swap-oob="innerHTML:#naik-kabar"' in page and "Didukung 400,00, Belum berpredikat" in page


def test_one_thing_or_all_of_it_is_taken_back_by_a_link(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    page = text_of(client, evaluation, "?j=1.1:!~2.1:1!")
    for rest in ("?j=1.1:!", "?j=2.1:1!"):
        assert f'href="{rest}"' in page
    assert 'href="?"' in page


@pytest.mark.parametrize(
    "query",
    ["?j=%00~::!~!~a:b", "?daftar=lain&tujuan=emas&instansi=x&klaster=y&urut=z&page=abc", "?page=999", "?u_=1&d_=1",
     "?j=" + "1.1:yes~" * 2000, "?cetak=ya&daftar=pesan", "?instansi=0&daftar=pesan"],
)  # fmt: skip
def test_an_address_that_somebody_typed_breaks_nothing(client: Client, query: str) -> None:
    evaluation = worked()
    entered(client, evaluation)
    response = client.get(lift_of(evaluation) + query, follow=True)
    assert response.status_code == 404 if "%00" in query else response.status_code == 200


def test_strange_parts_of_an_address_are_counted(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    assert "2 bagian alamat ini tidak dikenal" in text_of(client, evaluation, "?j=1.1:yes~9.9:no~2.1:1")


def test_the_ways_to_the_goal_say_how_they_were_found(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    page = text_of(client, evaluation, "?daftar=jalan")
    assert "(greedy)" in page and "tidak ada himpunan dengan pertanyaan lebih sedikit" in page
    assert "Yang tidak diketahui portal" in page
    [tried, _] = re.findall(r'<a class="btn btn-outline-primary" href="([^"]+)">.{,200}Coba sebagai simulasi', page)
    assert parse_qs(urlsplit(unescape(tried)).query)["j"] == ["1.2:1.0!"]
    assert "predicate-pratama" in text_of(client, evaluation, unescape(tried))


def test_a_message_names_questions_documents_and_points(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    page = text_of(client, evaluation, "?daftar=pesan")
    lead = evaluation.region.agencies.get(kind="disdukcapil")
    assert f"*{lead.name}*" in page
    assert "1. 2.1 Pertanyaan 2.1 tentang persentase? (120,00 poin)\n   Belum ada: Bukti foto" in page
    assert "Dari 60–80 % ke 80–100 %: +40,00, sampai 100 %: +80,00" in page
    assert f"http://testserver/evaluasi/{evaluation.pk}/instansi/{lead.pk}/" in page
    assert f"*{evaluation.region.agencies.get(kind='dinkes').name}*" not in text_of(
        client, evaluation, f"?daftar=pesan&instansi={lead.pk}"
    )


def test_the_print_has_goal_distance_and_agencies_and_no_controls(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    page = text_of(client, evaluation, "?cetak=1&j=1.1:!")
    assert "Menuju Pratama" in page and "Perkiraan per" in page and "Bila 1 hal berubah" in page
    assert evaluation.region.agencies.get(kind="dinkes").name in page
    assert "<select" not in page and "lift-controls" not in page


def test_the_head_of_region_reads_totals_alone_while_answers_are_closed(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation, "viewer")
    for query in ("", "?daftar=pesan", "?cetak=1", "?j=1.1:!", "?u_1.1=no"):
        page = text_of(client, evaluation, query)
        assert "Kurang 300,00 poin menuju Pratama" in page
        for closed in ("/p/1.1/", "Pertanyaan 1.1", "Bukti foto", "72,5"):
            assert closed not in page
    Evaluation.objects.update(stage=Stage.TASK_FORCE_REVIEW)
    assert "Pertanyaan 1.1" in text_of(client, evaluation)


@pytest.mark.parametrize("who", ["province", "evaluator", "admin"])
def test_judges_do_not_read_it_and_are_told_why(client: Client, who: str) -> None:
    evaluation = worked(stage=Stage.MINISTRY_REVIEW)
    entered(client, evaluation, who)
    assert "alat kerja daerah sendiri" in text_of(client, evaluation, status=403)


def test_what_judges_gave_stays_theirs_until_the_award(client: Client) -> None:
    evaluation = worked(stage=Stage.FINAL)
    Answer.objects.filter(evaluation=evaluation).exclude(value=None).update(state=AnswerState.APPROVED)
    answer = Answer.objects.get(evaluation=evaluation, question__code="2.1")
    make_score(answer=answer, stage=Stage.FINAL, verdict="adjusted", fraction=Decimal("0.2"), reason="Rahasia")
    entered(client, evaluation)
    page = text_of(client, evaluation, "?daftar=risiko")
    assert "Semua yang diklaim sudah didukung" in page and "40,00" not in page and "Dinilai" not in page
    Evaluation.objects.update(stage=Stage.AWARDED)
    assert "Dinilai lebih rendah oleh penilai" in text_of(client, evaluation)


def test_operators_upload_to_their_own_agency_s_questions(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation, "operator")
    page = text_of(client, evaluation)
    assert "p/2.1/#data-dukung" in page and "p/1.1/#data-dukung" not in page


@pytest.mark.parametrize("query", ["", "?daftar=raih", "?daftar=jalan", "?daftar=pesan", "?cetak=1", "?j=1.1:!"])
def test_few_queries_however_much_is_answered(client: Client, query: str) -> None:
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    entered(client, evaluation)
    make_answer(evaluation=evaluation, code="1.1")
    client.get(lift_of(evaluation) + query)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            text_of(client, evaluation, query)
        return len(queries)

    with_one = asked()
    for code in ("1.2", "2.1", "3.1"):
        make_link(answer=make_answer(evaluation=evaluation, code=code, state=AnswerState.RETURNED))
    assert asked() == with_one <= 10


@pytest.mark.parametrize("name", ["home", "evaluation_detail"])
def test_other_pages_say_the_same_distance_and_lead_here(client: Client, name: str) -> None:
    evaluation = worked()
    entered(client, evaluation)
    page = client.get(reverse(f"evaluations:{name}", args=[] if name == "home" else [evaluation.pk])).content.decode()
    assert "kurang 300,00 poin menuju Pratama" in page and f'href="{lift_of(evaluation)}"' in page
