"""The answer form of every kind: what is typed, what is stored of it, what is shown again, and what is refused."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from clusters import scoring
from clusters.models import Question
from clusters.tests.make import CHECKLIST, CHOICE, COMPARE, COUNT, PERCENTAGE, ROLLUP, TABLE, TWO_YEARS, YES_NO
from evaluations.forms.answers import AnswerForm
from evaluations.forms.tables import MOST_CELLS
from evaluations.models import Answer, Cycle, Evaluation
from regions.models import Region
from regions.tests.make import make_region

RULES = {
    "yes_no": ("yes_no", YES_NO),
    "choice": ("choice", CHOICE),
    "percentage": ("percentage", PERCENTAGE),
    "count": ("count", COUNT),
    "checklist": ("checklist", CHECKLIST),
    "two years": ("percentage", TWO_YEARS),
    "two counts": ("count", COUNT | {"compare": COMPARE}),
    "rollup": ("rollup", ROLLUP),
    "table": ("table", TABLE),
}


@pytest.fixture(autouse=True)
def units(monkeypatch: pytest.MonkeyPatch) -> None:
    """The region has 34 of everything; counting them is tested with the page."""
    monkeypatch.setattr("evaluations.forms.answers.units_in", lambda region, of: 34)


def an_answer(name: str, *, optional: bool = False, **fields: Any) -> Answer:
    kind, rule = RULES[name]
    question = Question(code="9.9", kind=kind, rule=rule, max_points=10, may_be_inapplicable=optional)
    evaluation = Evaluation(cycle=Cycle(name="Siklus", data_years=[2024, 2025]), region=Region(code="64.71"))
    return Answer(question=question, evaluation=evaluation, **fields)


def a_form(answer: Answer, data: dict[str, Any] | None = None) -> AnswerForm:
    sent = None
    if data is not None:
        sent = QueryDict(mutable=True)
        sent.update({"note": "", "version": "1"} | data)
    return AnswerForm(sent, answer=answer, rule=scoring.parse_rule(answer.question.kind, answer.question.rule))


def fields_of(form: AnswerForm) -> dict[str, str]:
    """What a browser without JavaScript sends of an untouched form."""
    if form.table_shown:
        sent = {cell.name: cell.text for row in form.rows for cell in row}
    else:
        sent = {field.name: str(field.value() or "") for field in form.asked}
    if "inapplicable" in form.fields and form["inapplicable"].value():
        sent["inapplicable"] = "on"
    return sent | {"note": form["note"].value()}


CASES = [
    ("yes_no", {"value": "no"}, "no"),
    ("choice", {"value": "draft"}, "draft"),
    ("percentage", {"value": "72,50 %"}, "72.5"),
    ("count", {"value": "1.250"}, "1250"),
    ("checklist", {"item_akta": "perda", "item_gizi": ""}, {"akta": "perda"}),
    ("two years", {"before": "60", "now": "72,5"}, {"before": "60", "now": "72.5"}),
    ("two years", {"before": "", "now": "72,5"}, {"now": "72.5"}),
    ("two years", {"before": "", "now": ""}, None),
    ("two counts", {"before": "1.200", "now": "3"}, {"before": "1200", "now": "3"}),
    ("rollup", {"met": "5", "of": "6"}, {"met": "5", "of": "6"}),
    ("rollup", {"met": "", "of": "34"}, None),
    ("rollup", {"met": "", "of": "30"}, {"of": "30"}),
    ("rollup", {"met": "0", "of": "34"}, {"met": "0", "of": "34"}),
    ("rollup", {"met": "", "of": ""}, None),
    (
        "table",
        {"cell-1-nama": "PAUD Melati", "cell-1-anak": "1.250,5", "cell-3-nama": "B", "cell-3-jenis": "sd"},
        [{"nama": "PAUD Melati", "anak": "1250.5"}, {"nama": "B", "jenis": "SD"}],
    ),
    ("table", {"rows": '[["A","PAUD","1-2-2024","3"],["","","",""]]'},
     [{"nama": "A", "jenis": "PAUD", "sk": "2024-02-01", "anak": "3"}]),
    ("table", {"rows": "[]"}, None),
    ("table", {"cell-1-nama": "", "cell-1-lain": "x"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "typed", "stored"), CASES)
def test_what_is_typed_is_stored_and_shown_and_stored_the_same_again(name: str, typed: Any, stored: Any) -> None:
    form = a_form(an_answer(name), typed)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["value"] == stored
    shown = a_form(an_answer(name, value=stored, note="tetap"))
    again = a_form(an_answer(name, value=stored), fields_of(shown))
    assert again.is_valid(), again.errors
    assert (again.cleaned_data["value"], again.cleaned_data["note"]) == (stored, "tetap")


@pytest.mark.parametrize(
    ("name", "typed", "field", "said"),
    [
        ("yes_no", {"value": "maybe"}, "value", "Masukkan pilihan yang valid"),
        ("percentage", {"value": "120"}, "value", "antara 0 dan 100"),
        ("count", {"value": "1,5"}, "value", "bilangan bulat"),
        ("checklist", {"item_akta": "x"}, "item_akta", "Masukkan pilihan yang valid"),
        ("two years", {"before": "abc", "now": "7"}, "before", "Isikan angka"),
        ("two years", {"before": "6", "now": "101"}, "now", "antara 0 dan 100"),
        ("rollup", {"met": "7", "of": "6"}, "met", "tidak dapat lebih banyak dari jumlah desa/kelurahan"),
        ("rollup", {"met": "1,5", "of": "6"}, "met", "bilangan bulat"),
        ("rollup", {"met": "1", "of": "enam"}, "of", "bilangan bulat"),
        ("table", {"cell-2-anak": "banyak"}, "value", "Baris 2, kolom Jumlah anak: isikan angka"),
        ("table", {"rows": '[["A","TK"]]'}, "value", "Baris 1, kolom Jenis: pilih salah satu dari: PAUD, SD."),
        ("table", {"rows": '[["A","","31-02-2024"]]'}, "value", "Baris 1, kolom Tanggal SK: isikan tanggal"),
        ("table", {"rows": json.dumps([["A"]] * 501)}, "value", "Matriks memuat 501 baris; paling banyak 500"),
        ("table", {}, "value", "tidak terkirim utuh"),
        ("table", {"rows": '{"a":1}'}, "value", "tidak terkirim utuh"),
        ("table", {"rows": "[" * 100_000}, "value", "tidak terkirim utuh"),
        ("table", {"rows": '[["1","2","3","4","5"]]'}, "value", "tidak terkirim utuh"),
        ("table", {"rows": r'[["\ud800"]]'}, "value", "tidak terkirim utuh"),
        ("table", {"rows": "[[1]]"}, "value", "tidak terkirim utuh"),
        ("yes_no", {"value": "n/a"}, "value", "Masukkan pilihan yang valid"),
    ],
)
def test_a_fault_is_told_at_its_field(name: str, typed: Any, field: str, said: str) -> None:
    form = a_form(an_answer(name), typed)
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert said in form.errors[field][0] and said in form.problem


@pytest.mark.parametrize("name", RULES)
def test_a_question_that_may_be_inapplicable_wants_the_reason(name: str) -> None:
    answer = an_answer(name, optional=True)
    asked = a_form(answer)
    mark = {"value": "n/a"} if asked.radios_shown else {"inapplicable": "on"}
    empty = {"rows": "[]"} if asked.table_shown else {}
    form = a_form(answer, empty | mark)
    assert not form.is_valid()
    assert form.errors["note"] == ["Tulis alasannya: mengapa pertanyaan ini tidak berlaku bagi daerah Anda."]
    form = a_form(answer, empty | mark | {"note": "Tidak ada puskesmas di pulau ini."})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["value"] == scoring.NOT_APPLICABLE

    shown = a_form(an_answer(name, optional=True, value="n/a", note="alasan"))
    again = a_form(answer, fields_of(shown))
    assert again.is_valid(), again.errors
    assert again.cleaned_data["value"] == "n/a"


@pytest.mark.parametrize("name", RULES)
def test_other_questions_do_not_offer_it(name: str) -> None:
    form = a_form(an_answer(name))
    assert "inapplicable" not in form.fields
    assert not form.radios_shown or "n/a" not in [radio["value"] for radio in form.radios]


def test_answered_and_inapplicable_at_once_is_a_contradiction() -> None:
    form = a_form(an_answer("two years", optional=True), {"now": "5", "inapplicable": "on", "note": "sebab"})
    assert not form.is_valid()
    assert "Pilih salah satu" in form.problem


def test_the_years_are_those_of_the_cycle() -> None:
    answer = an_answer("two years")
    assert [field.label for field in a_form(answer).asked] == ["Tahun 2024 (%)", "Tahun 2025 (%)"]
    answer.evaluation.cycle.data_years = [2025]
    assert [field.label for field in a_form(answer).asked] == ["Tahun 2024 (%)", "Tahun 2025 (%)"]


@pytest.mark.django_db
def test_the_units_of_the_region_are_counted_without_those_that_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    region = make_region()
    district = make_region(code=f"{region.code}.98")
    make_region(code=f"{district.code}.1001")
    make_region(code=f"{district.code}.1002", gone_since="2024-01-01")
    before = {of: Region.objects.within(region.code).filter(level=level, gone_since=None).count()
              for of, level in (("kecamatan", 3), ("desa", 4))}  # fmt: skip
    answer = an_answer("rollup")
    assert a_form(answer)["of"].value() == str(before["desa"]) and before["desa"] >= 1
    answer.question.rule = ROLLUP | {"of": "kecamatan"}
    assert a_form(answer)["of"].value() == str(before["kecamatan"])
    answer.value = {"met": "1", "of": "1250"}
    assert a_form(answer)["of"].value() == "1.250"


# --- tables ---------------------------------------------------------------------------------------------------------
TYPED = st.lists(
    st.tuples(
        st.text(max_size=8),
        st.sampled_from(["", "PAUD", "sd", "tk"]),
        st.sampled_from(["", "31-12-2024", "1/2/2024", "2024-02-29", "30-02-2024"]),
        st.sampled_from(["", "0", "1.250", "1,234", "12,5", "0.125", "-3"]),
    ),
    max_size=5,
)


@given(rows=TYPED, gathered=st.booleans())
def test_a_table_typed_stored_and_shown_is_stored_equal(rows: list[tuple[str, ...]], gathered: bool) -> None:
    keys = ("nama", "jenis", "sk", "anak")
    cells = {f"cell-{n}-{key}": text for n, row in enumerate(rows, 1) for key, text in zip(keys, row, strict=True)}
    form = a_form(an_answer("table"), {"rows": json.dumps(rows)} if gathered or not cells else cells)
    wrong = {f"{n}-{key}" for n, row in enumerate(rows, 1) for key, text in zip(keys, row, strict=True)
             if text in ("tk", "30-02-2024", "-3") and key != "nama"}  # fmt: skip
    assert form.is_valid() is not bool(wrong)
    if wrong:
        widget = form.fields["value"].widget
        assert set(widget.fault_cells.split()) == wrong  # type: ignore[attr-defined]
        assert [[cell.text for cell in row] for row in form.rows[: len(rows)]] == [list(row) for row in rows]
        return
    stored = form.cleaned_data["value"]
    shown = a_form(an_answer("table", value=stored))
    for sent in (fields_of(shown), {"rows": shown.gathered}):
        again = a_form(an_answer("table"), sent)
        assert again.is_valid() and again.cleaned_data["value"] == stored


def test_an_unknown_choice_stays_to_be_seen_and_is_marked() -> None:
    form = a_form(an_answer("table"), {"cell-1-nama": "A", "cell-1-jenis": "TK", "cell-1-anak": "3"})
    [wrong] = [cell for row in form.rows for cell in row if cell.wrong]
    assert (wrong.id, wrong.text, wrong.options) == ("id_value", "TK", ("PAUD", "SD", "TK"))


def test_five_hundred_rows_are_sent_in_one_field() -> None:
    rows = [{"nama": f"Lembaga {n}", "jenis": "SD", "sk": "2024-01-31", "anak": "12.5"} for n in range(500)]
    form = a_form(an_answer("table", value=rows))
    assert not form.cells_named
    again = a_form(an_answer("table"), {"rows": form.gathered})
    assert again.is_valid() and again.cleaned_data["value"] == rows
    assert len(form.gathered.encode()) < settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    small = a_form(an_answer("table", value=rows[:200]))
    assert small.cells_named
    assert len(fields_of(small)) <= MOST_CELLS + 1 < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def test_a_conflict_sends_the_same_answer_again() -> None:
    for name, typed, stored in CASES:
        form = a_form(an_answer(name), typed)
        again = a_form(an_answer(name), dict(form.resend))
        assert again.is_valid() and again.cleaned_data["value"] == stored
