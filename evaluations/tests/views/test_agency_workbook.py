"""An agency's questions out as a spreadsheet, and in again: looked at first, then saved row by row."""

import io
import re
from html import unescape
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clusters.enums import QuestionKind
from clusters.models import Indicator
from clusters.tests.make import ROLLUP, RULES, TWO_YEARS, make_instrument, make_question
from evaluations.enums import Stage
from evaluations.models import Answer, Assignment, Evaluation
from evaluations.queries.workbooks import HEADINGS, SHEET
from evaluations.services.answers import save_answer
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, people
from kla_portal.lib import sheets
from trail.models import Event

pytestmark = pytest.mark.django_db
OFFICE, TABLE = "disdukcapil", "2.9"
COLUMN = {heading: place for place, heading in enumerate(HEADINGS)}


@pytest.fixture
def evaluation() -> Evaluation:
    instrument = make_instrument()
    birth = Indicator.objects.get(cluster__instrument=instrument, number="2")
    more = {"2.3": TWO_YEARS, "2.4": ROLLUP}
    kinds: dict[str, str] = {"2.3": QuestionKind.PERCENTAGE, "2.4": QuestionKind.ROLLUP}
    for place, kind in enumerate(kind for kind in RULES if kind not in (QuestionKind.PERCENTAGE, QuestionKind.ROLLUP)):
        kinds[f"2.{place + 5}"] = kind
    for code, kind in kinds.items():
        make_question(
            birth, code, kind, 10, [OFFICE], [], rule=more.get(code, RULES[kind]), may_be_inapplicable=code == "2.4"
        )
    return make_evaluation(cycle=make_cycle(instrument=instrument))


def address(evaluation: Evaluation, name: str = "agency_workbook_upload") -> str:
    return reverse(f"evaluations:{name}", args=[evaluation.pk, evaluation.region.agencies.get(kind=OFFICE).pk])


@pytest.fixture
def operator(evaluation: Evaluation, client: Client) -> Client:
    user = people(evaluation)["operator"]
    assert user is not None
    client.force_login(user)
    return client


def fetched(client: Client, evaluation: Evaluation) -> bytes:
    response = client.get(address(evaluation, "agency_workbook"))
    assert response.status_code == 200
    return bytes(response.content)


def changed(content: bytes, **cells: str) -> bytes:
    """The file with other texts, as a program writes it: `{code}__{heading}` of the question's first line."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book[SHEET]
    for named, text in cells.items():
        code, heading = named.replace("_", ".", 1).split("__")
        row = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == code)
        row[COLUMN[heading.replace("_", " ")]].value = text
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(client: Client, evaluation: Evaluation, content: bytes) -> Any:
    file = SimpleUploadedFile("lembar.xlsx", content, sheets.MIME)
    return client.post(address(evaluation), {"file": file})


def told(response: Any) -> dict[str, str]:
    """By question: what became of it."""
    text = response.content.decode()
    row = r'<tr><th scope="row"><a class="num"[^>]*>([^<]+)</a>.*?</th><td>.*?<span>([^<]+)</span>'
    return dict(re.findall(row, text, re.S))


def lines(response: Any) -> str:
    found = re.search(r'name="lines" value="([^"]*)"', response.content.decode())
    assert found is not None
    return unescape(found[1])


def of(evaluation: Evaluation, code: str) -> Answer:
    return Answer.objects.select_related("question", "evaluation").get(evaluation=evaluation, question__code=code)


def test_what_comes_back_untouched_changes_nothing(operator: Client, evaluation: Evaluation) -> None:
    """All kinds of questions, notes that look like formulas, and marks."""
    for code in Answer.objects.filter(evaluation=evaluation).values_list("question__code", flat=True):
        make_answer(evaluation=evaluation, code=code, note='=HYPERLINK("http://x")\n+1 – @a')
    Assignment.objects.filter(evaluation=evaluation).update(note="-2+3\n=x")
    content = fetched(operator, evaluation)
    assert b"<f>" not in content
    for file in (content, changed(content)):  # as it was sent, and as another program has written it
        response = send(operator, evaluation, file)
        assert response.status_code == 200 and told(response) == {}
        assert "Tidak berubah" in response.content.decode() and b'name="lines"' not in response.content
    assert not Event.objects.filter(action__in=["answer.save", "part.note"]).exists()


def test_the_rail_of_the_sheet(operator: Client, evaluation: Evaluation) -> None:
    book = openpyxl.load_workbook(io.BytesIO(fetched(operator, evaluation)))
    sheet = book[SHEET]
    rows = {row[0].value: row for row in reversed(list(sheet.iter_rows(min_row=2)))}
    assert sheet.protection.sheet and book["Daftar pilihan"].sheet_state == "hidden"
    assert all(sheet.column_dimensions[letter].hidden for letter in "KLMNO")
    assert not rows["2.1"][COLUMN["Jawaban"]].protection.locked and rows["2.1"][0].protection.locked
    assert rows["1.2"][COLUMN["Jawaban"]].protection.locked  # helped with, not led
    assert not rows["1.2"][COLUMN["Catatan bagian"]].protection.locked
    chosen = rows["2.5"][COLUMN["Jawaban"]].coordinate
    assert any(chosen in rule.sqref for rule in sheet.data_validations.dataValidation)


def test_rows_are_looked_at_then_saved_each_for_itself(operator: Client, evaluation: Evaluation) -> None:
    content = changed(
        fetched(operator, evaluation),
        **{
            "2_1__Jawaban": "72,5", "2_1__Siap": "ya", "2_3__Jawaban": "seratus", "2_4__Catatan_bagian": "Menyusul",
            "2_5__Jawaban": "Ya", "2_6__Jawaban": "Tidak ada di daftar", "2_9__Jawaban": "x",
            "1_2__Jawaban": "Perda",
        },
    )  # fmt: skip
    someone = people_of(evaluation, "coordinator")
    save_answer(of(evaluation, "2.5"), version=1, value="no", note="lebih dulu", by=someone)
    looked = send(operator, evaluation, content)
    fates = told(looked)
    faulty = dict.fromkeys(("2.3", "2.6", "1.2"), "Salah")
    assert fates == faulty | {"2.1": "Baru", "2.4": "Baru", "2.5": "Diubah orang lain", TABLE: "Salah"}
    text = looked.content.decode()
    assert "lebih dulu" in text and re.search(r"Sel G\d+: “Tidak ada di daftar”", text)
    assert of(evaluation, "2.1").value is None  # nothing is stored yet
    saved = operator.post(address(evaluation), {"lines": lines(looked)})
    assert saved.status_code == 200
    assert told(saved) == {"2.1": "Tersimpan", "2.4": "Tersimpan"}
    assert of(evaluation, "2.1").value == "72.5" and of(evaluation, "2.5").value == "no"
    part = Assignment.objects.get(evaluation=evaluation, question__code="2.1", agency__kind=OFFICE)
    assert part.ready_at is not None
    assert Assignment.objects.get(evaluation=evaluation, question__code="2.4").note == "Menyusul"
    again = operator.post(address(evaluation), {"lines": lines(looked)})  # sent twice
    assert "Tersimpan</span>" not in again.content.decode()
    assert Event.objects.filter(action="answer.save", detail="2.1").count() == 1


def people_of(evaluation: Evaluation, who: str) -> Any:
    return people(evaluation)[who]


def test_a_mark_that_the_file_says_survives_the_new_text(operator: Client, evaluation: Evaluation) -> None:
    make_answer(evaluation=evaluation, code="2.1", value="50")
    operator.post(
        reverse("evaluations:part_edit", args=[evaluation.pk, "2.1", evaluation.region.agencies.get(kind=OFFICE).pk]),
        {"do": "ready", "version": 1},
    )
    looked = send(operator, evaluation, changed(fetched(operator, evaluation), **{"2_1__Jawaban": "60"}))
    saved = operator.post(address(evaluation), {"lines": lines(looked)})
    assert told(saved) == {"2.1": "Tersimpan"}
    assert Assignment.objects.get(evaluation=evaluation, question__code="2.1").ready_at is not None


def test_the_coordinator_saves_a_line_of_an_agency_that_helps_whole(client: Client, evaluation: Evaluation) -> None:
    client.force_login(people_of(evaluation, "coordinator"))
    Assignment.objects.filter(evaluation=evaluation, question__code="2.1").update(
        is_lead=False, ready_at=evaluation.created_at
    )
    file = changed(fetched(client, evaluation), **{"2_1__Jawaban": "60", "2_1__Catatan_bagian": "Menyusul"})
    saved = client.post(address(evaluation), {"lines": lines(send(client, evaluation, file))})
    assert told(saved) == {"2.1": "Tersimpan"}
    assert of(evaluation, "2.1").value == "60"
    assert Assignment.objects.get(evaluation=evaluation, question__code="2.1").note == "Menyusul"


def test_a_race_after_the_look_overwrites_nothing(operator: Client, evaluation: Evaluation) -> None:
    looked = send(operator, evaluation, changed(fetched(operator, evaluation), **{"2_1__Jawaban": "60"}))
    save_answer(of(evaluation, "2.1"), version=1, value="10", note="", by=people_of(evaluation, "coordinator"))
    saved = operator.post(address(evaluation), {"lines": lines(looked)})
    assert told(saved) == {"2.1": "Diubah orang lain"}
    assert of(evaluation, "2.1").value == "10"


@pytest.mark.parametrize("fault", ["other", "twice", "no workbook", "not a sheet"])
def test_a_file_that_is_none_is_refused(operator: Client, evaluation: Evaluation, fault: str) -> None:
    content = fetched(operator, evaluation)
    if fault == "other":
        content = changed(content, **{"2_1__Evaluasi": "00000000-0000-4000-8000-000000000000"})
    elif fault == "twice":
        content = changed(content, **{"2_3__Kunci": "value", "2_3__Kode": "2.1"})
    elif fault == "no workbook":
        content = sheets.write({"Isian": [["Kode", "Jawaban"], ["2.1", "5"]]})
    else:
        content = b"bukan xlsx"
    response = send(operator, evaluation, content)
    assert response.status_code == 422 and b"Tidak ada yang disimpan" in response.content


@pytest.mark.parametrize("sent", ["", "nonsense", "[1]", '[{"code": "2.1"}]', "[" * 5000])
def test_carried_lines_that_were_tampered_with_are_refused(operator: Client, evaluation: Evaluation, sent: str) -> None:
    assert operator.post(address(evaluation), {"lines": sent}).status_code == 422
    assert not Event.objects.filter(action="answer.save").exists()


@pytest.mark.parametrize("who", ["other_operator", "task_force", "viewer"])
def test_it_is_the_agency_s_own(client: Client, evaluation: Evaluation, who: str) -> None:
    client.force_login(people_of(evaluation, who))
    for name in ("agency_workbook", "agency_workbook_upload"):
        assert client.get(address(evaluation, name)).status_code == 403


def test_after_the_hand_in_nothing_new_is_taken(operator: Client, evaluation: Evaluation) -> None:
    content = changed(fetched(operator, evaluation), **{"2_1__Jawaban": "60"})
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.TASK_FORCE_REVIEW)
    response = send(operator, evaluation, content)
    assert told(response) == {"2.1": "Salah"} and "terkunci" in response.content.decode()
