import re
from typing import Any

import pytest
from django.test import Client

from accounts.tests.make import make_user
from clusters.models import Instrument, Question
from clusters.services import editing
from clusters.tests.make import make_instrument
from trail.models import Event

pytestmark = pytest.mark.django_db
URL = "/instrumen/uji/sunting/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def draft() -> Instrument:
    instrument = make_instrument(code="uji", state="draft", digest="")
    editing.renumber(instrument)
    return instrument


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("national_admin"))
    return client


def question(code: str = "1.1") -> Question:
    return Question.objects.get(code=code)


def points(code: str, text: str, before: str = "", **more: Any) -> dict[str, Any]:
    row = question(code)
    seen = before or f"{row.version}|{int(row.max_points)}"
    return {f"points-question-{row.pk}": text, f"seen-question-{row.pk}": seen, **more}


def body(response: Any) -> str:
    return str(response.content.decode())


def test_the_summary_shows_every_group_with_its_sum(admin: Client, draft: Instrument) -> None:
    page = body(admin.get(URL))
    assert "klaster 1.000 dari 1.000" in page
    assert "indikator 500 dari 500" in page
    assert 'id="points-question' not in page
    assert "Periksa draf" in page


def test_one_group_or_all_show_their_questions(admin: Client, draft: Instrument) -> None:
    assert re.findall(r'id="question-(\d+)"', body(admin.get(f"{URL}?klaster=KEL"))) == [
        str(question(code).pk) for code in ("1.1", "1.2")
    ]
    assert len(re.findall(r'id="question-(\d+)"', body(admin.get(f"{URL}?klaster=semua")))) == 5
    assert admin.get(f"{URL}?klaster=<script>").status_code == 200


def test_points_are_saved_and_the_wrong_sum_is_told(admin: Client, draft: Instrument) -> None:
    response = admin.post(URL, points("1.1", "165", klaster="KEL"))
    assert (response.status_code, response["Location"]) == (302, f"{URL}?klaster=KEL")
    assert question().max_points == 165
    page = body(admin.get(f"{URL}?klaster=KEL"))
    assert "pertanyaan 465 dari 500: kurang 35" in page
    assert Event.objects.get().after == {"max_points": "165"}


def test_by_htmx_only_the_pieces_come_back(admin: Client, draft: Instrument) -> None:
    response = admin.post(URL, points("1.1", "165,5", klaster="KEL"), headers=HTMX)
    page = body(response)
    assert response.status_code == 200
    assert "pertanyaan 465,5 dari 500: kurang 34,5" in page
    assert 'value="2|165,5" hx-swap-oob="true"' in page
    assert set(re.findall(r'id="(sum-[a-z]+)', page)) == {"sum-instrument", "sum-cluster", "sum-indicator"}
    assert "<html" not in page


@pytest.mark.parametrize("text", ["", "nol", "0", "-1", "1,2345", "999999"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_refused_points_change_nothing(admin: Client, draft: Instrument, text: str, headers: dict[str, str]) -> None:
    response = admin.post(URL, points("1.1", text, klaster="KEL") | points("1.2", "7"), headers=headers)
    assert response.status_code == 422
    assert "field-error" in body(response)
    assert (question("1.1").max_points, question("1.2").max_points) == (200, 300)
    assert not Event.objects.exists()


def test_untouched_points_are_not_a_conflict_but_touched_ones_are(admin: Client, draft: Instrument) -> None:
    old = points("1.1", "200") | points("1.2", "310")
    editing.save_part(question(), 1, max_points=150, by=None)
    assert admin.post(URL, old).status_code == 302
    assert (question("1.1").max_points, question("1.2").max_points) == (150, 310)
    response = admin.post(URL, points("1.1", "180", before="1|200", klaster="KEL"))
    page = body(response)
    assert response.status_code == 409
    assert "sekarang tersimpan 150. Isian Anda 180 belum disimpan" in page
    assert 'value="180"' in page
    assert question().max_points == 150
    again = re.search(rf'name="seen-question-{question().pk}"[^>]* value="([^"]*)"', page)
    assert again
    assert admin.post(URL, points("1.1", "180", before=again[1])).status_code == 302
    assert question().max_points == 180


def test_buttons_move_and_keep_what_was_typed(admin: Client, draft: Instrument) -> None:
    row = question("1.2")
    given = points("1.2", "290", klaster="KEL") | points("1.1", "200") | {"move": f"question-{row.pk}:up"}
    response = admin.post(URL, given, headers=HTMX)
    page = body(response)
    assert response.status_code == 200
    assert [int(pk) for pk in re.findall(r'id="question-(\d+)"', page)] == [row.pk, question("1.1").pk]
    assert "kini nomor 1" in response["HX-Trigger"]
    assert question("1.2").max_points == 290
    assert admin.post(URL, {"move": f"question-{row.pk}:down", f"seen-question-{row.pk}": "1|300"}).status_code == 409
    assert admin.post(URL, {"move": "question-999:down"}).status_code == 404
    assert admin.post(URL, points("1.2", "1", "9" * 5000)).status_code == 302  # no version: nothing was looked at
    assert question("1.2").max_points == 290
    assert admin.post(URL, {"move": "semesta"}).status_code == 302


def test_parts_of_another_instrument_are_out_of_reach(admin: Client, draft: Instrument) -> None:
    other = make_instrument(state="draft").questions.get(code="1.1")
    given = {f"points-question-{other.pk}": "1", f"seen-question-{other.pk}": "1|200"}
    assert admin.post(URL, given).status_code == 404
    other.refresh_from_db()
    assert other.max_points == 200


@pytest.mark.parametrize(("role", "status"), [("evaluator", 404), ("coordinator", 404), ("national_admin", 200)])
def test_who_may(draft: Instrument, role: str, status: int) -> None:
    client = Client()
    client.force_login(make_user(role))
    assert client.get(URL).status_code == status


def test_a_published_version_is_not_edited(admin: Client, draft: Instrument) -> None:
    Instrument.objects.update(state="published")
    response = admin.post(URL, points("1.1", "1"))
    assert response.status_code == 403
    assert "sudah terbit" in body(response)
    assert question().max_points == 200


def test_queries_do_not_grow_with_the_questions(
    admin: Client, draft: Instrument, django_assert_max_num_queries: Any
) -> None:
    for n in range(3):
        editing.add_question(
            question().indicator, by=None, code=f"1.{n + 5}", text="X?", kind="yes_no", max_points=1,
            rule={"yes": "1", "no": "0"}, owners=["dp3a"], wants=[], source="assumption",
        )  # fmt: skip
        with django_assert_max_num_queries(11):
            admin.get(f"{URL}?klaster=semua")
