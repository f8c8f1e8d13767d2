"""What is typed, pasted or sent, and what is stored of it: the kinds with more than one field."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters import scoring
from clusters.scoring import NOT_APPLICABLE, Value, normalise, parse_rule
from clusters.tests.make import RULES, TWO_YEARS

TABLE = parse_rule("table", RULES["table"])
ROLLUP = parse_rule("rollup", RULES["rollup"])
YEARS = parse_rule("percentage", TWO_YEARS)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("rule", "typed", "stored"),
    [
        (YEARS, {"before": "60", "now": "72,50 %"}, {"before": "60", "now": "72.5"}),
        (YEARS, {"before": "", "now": "72"}, {"now": "72"}),
        (YEARS, {"before": "", "now": ""}, None),
        (ROLLUP, {"met": "5", "of": " 06 "}, {"met": "5", "of": "6"}),
        (ROLLUP, {"met": "", "of": "1.006"}, {"of": "1006"}),
        (ROLLUP, {}, None),
        (TABLE, [{"nama": "  PAUD   Melati ", "anak": "1.250"}], [{"nama": "PAUD Melati", "anak": "1250"}]),
        (TABLE, [{"nama": "A", "anak": "12,50"}, {"nama": " "}], [{"nama": "A", "anak": "12.5"}]),
        (TABLE, [{"jenis": "paud", "sk": "1/2/2024"}], [{"jenis": "PAUD", "sk": "2024-02-01"}]),
        (TABLE, [{"sk": "2024-02-01 00:00:00"}], [{"sk": "2024-02-01"}]),
        (TABLE, [{}, {"nama": ""}], None),
        (TABLE, [], None),
    ],
)
def test_what_was_typed_becomes_what_is_stored(rule: scoring.Rule, typed: Any, stored: Value) -> None:
    assert normalise(rule, typed) == stored
    assert normalise(rule, stored) == stored


@pytest.mark.parametrize(
    ("rule", "typed", "said"),
    [
        (YEARS, {"now": "101"}, "antara 0 dan 100"),
        (YEARS, {"later": "1"}, "tidak dapat dibaca"),
        (YEARS, "72", "tidak dapat dibaca"),
        (ROLLUP, {"met": "7", "of": "6"}, "tidak dapat lebih banyak dari jumlah desa/kelurahan"),
        (ROLLUP, {"met": "1,5", "of": "6"}, "bilangan bulat"),
        (TABLE, "nama", "baris demi baris"),
        (TABLE, [{"lain": "x"}], "kolom yang tidak dikenal"),
        (TABLE, [{"nama": "A"}, {"anak": "banyak"}], "Baris 2, kolom Jumlah anak: isikan angka"),
        (TABLE, [{"anak": "-1"}], "Baris 1, kolom Jumlah anak"),
        (TABLE, [{"jenis": "SMP"}], "pilih salah satu dari: PAUD, SD"),
        (TABLE, [{"sk": "31-02-2024"}], "kolom Tanggal SK: isikan tanggal"),
        (TABLE, [{"nama": "x" * 501}], "paling panjang 500 huruf"),
        (TABLE, [{"nama": "x"}] * 501, "paling banyak 500"),
    ],
)
def test_what_cannot_be_an_answer_is_refused_in_words(rule: scoring.Rule, typed: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        normalise(rule, typed)


def test_of_many_wrong_cells_ten_are_named_and_the_rest_counted() -> None:
    with pytest.raises(ValueError, match=r"Baris 10, .* Dan 2 kesalahan lain"):
        normalise(TABLE, [{"anak": "x"}] * 12)


def test_a_question_is_inapplicable_only_where_the_instrument_allows_it() -> None:
    for kind, data in RULES.items():
        rule = parse_rule(kind, data)
        assert normalise(rule, NOT_APPLICABLE, may_be_inapplicable=True) == NOT_APPLICABLE
        with pytest.raises(ValueError, match="berlaku bagi setiap daerah"):
            normalise(rule, NOT_APPLICABLE)
        assert scoring.fraction(rule, NOT_APPLICABLE) == 0
        assert not scoring.applies(NOT_APPLICABLE)
        assert scoring.describe(rule, NOT_APPLICABLE) == "Tidak berlaku"


@given(st.sampled_from(sorted(RULES)), ANY)
def test_whatever_is_sent_is_stored_or_refused_with_a_sentence(kind: str, raw: Any) -> None:
    rule = parse_rule(kind, RULES[kind])
    try:
        value = normalise(rule, raw)
    except ValueError as refused:
        assert str(refused).endswith(".")
        return
    assert normalise(rule, value) == value
    assert 0 <= scoring.fraction(rule, value) <= 1
    assert scoring.describe(rule, value)
    assert scoring.explain(rule, value)


LOWER = [{"from": "0", "fraction": "1"}, {"from": "20", "fraction": "0"}]
FEWER = {"better": "lower", "bands": LOWER}


@pytest.mark.parametrize(
    ("kind", "rule", "value"),
    [
        ("rollup", RULES["rollup"] | FEWER, {"met": "0"}),
        ("rollup", RULES["rollup"] | FEWER, {"of": "6"}),
        ("rollup", RULES["rollup"] | FEWER, {"met": "0", "of": "0"}),
        ("table", RULES["table"] | FEWER, [{"nama": "A"}]),
        ("percentage", TWO_YEARS | FEWER, {"before": "10"}),
    ],
)
def test_where_less_is_better_nothing_told_earns_nothing(kind: str, rule: dict[str, Any], value: Value) -> None:
    parsed = parse_rule(kind, rule)
    assert scoring.total_of(parsed, value) is None
    assert scoring.fraction(parsed, value) == 0
    assert "belum diisi" in scoring.explain(parsed, value)


CELL = st.sampled_from(["", "PAUD", "sd", 'Rukun, "Warga"', "1.000", "7,25", "0", "31-12-2024", "=1+1", "a\tb\nc"])
ROWS = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(("nama", "jenis", "sk", "anak"), CELL)), max_size=6)


@given(ROWS)
def test_a_table_is_stored_without_empty_rows_and_adds_up(rows: list[dict[str, str]]) -> None:
    try:
        value = normalise(TABLE, rows)
    except ValueError:
        return
    stored = value or []
    assert isinstance(stored, list)
    assert all(row for row in stored)
    assert len(stored) == sum(any(text.strip() for text in row.values()) for row in rows)
    if value:
        given = [Decimal(row["anak"]) for row in stored if "anak" in row]
        assert scoring.total_of(TABLE, value) == (sum(given) if given else None)


CELLS = {
    "nama": st.text(max_size=12) | st.sampled_from(["a\x1fb", "\x01", "a \x01 b", "\ud800", "1.234"]),
    "jenis": st.sampled_from(["PAUD", "sd", " Paud ", ""]),
    "sk": st.dates().map(lambda day: f"{day.day}-{day.month}-{day.year:04d}") | st.just(""),
    "anak": st.decimals(0, 10**9, places=3).map(lambda one: f"{one:f}".replace(".", ","))
    | st.sampled_from(["1.234", "1,234", "0.125", "12.345.678,5", "1.2340", ""]),
}


@given(st.lists(st.fixed_dictionaries({}, optional=CELLS), max_size=6))
def test_a_table_read_again_stays_what_it_is(rows: list[dict[str, str]]) -> None:
    stored = normalise(TABLE, rows)
    assert normalise(TABLE, stored) == stored


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("1.234", "1234"), ("1,234", "1.2340"), ("0.125", "0.125"), ("1.234.567,5", "1234567.5"), ("12.5", "12.5")],
)
def test_a_point_before_three_digits_parts_thousands(typed: str, stored: str) -> None:
    assert normalise(TABLE, [{"anak": typed}]) == [{"anak": stored}]
