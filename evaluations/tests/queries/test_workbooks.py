"""What is written into a workbook's cells says the same answer again when it is read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters import scoring
from clusters.enums import QuestionKind
from clusters.tests.make import PERCENTAGE, RULES, TWO_YEARS
from evaluations.queries.workbooks import cells_of, pieces_of, typed_of
from evaluations.tests.queries.drawn import VALUES

YEARS = ("Tahun 2024", "Tahun 2025")
KINDS = [kind for kind in RULES if kind != QuestionKind.TABLE]


def again(rule: scoring.Rule, value: Any, may_be_inapplicable: bool = True) -> Any:
    pieces = pieces_of(rule, YEARS, may_be_inapplicable)
    cells = cells_of(pieces, value)
    assert list(cells) == [piece.key for piece in pieces]
    stored = {piece.key: piece.stored(cells[piece.key]) for piece in pieces}
    return scoring.normalise(rule, typed_of(pieces, stored), may_be_inapplicable)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_an_answer_comes_back_as_it_was(kind: str, data: st.DataObject) -> None:
    rule = scoring.parse_rule(kind, RULES[kind])
    value = data.draw(st.one_of(st.none(), VALUES[kind], st.just(scoring.NOT_APPLICABLE)))
    assert again(rule, value) == value


@given(before=st.integers(0, 10_000), now=st.integers(0, 10_000))
def test_two_years_come_back_with_their_decimals(before: int, now: int) -> None:
    rule = scoring.parse_rule(QuestionKind.PERCENTAGE, TWO_YEARS)
    value = scoring.normalise(rule, {"before": f"{before / 100:.2f}", "now": f"{now / 100:.2f}"})
    assert again(rule, value) == value
    plain = scoring.parse_rule(QuestionKind.PERCENTAGE, PERCENTAGE)
    one = scoring.normalise(plain, f"{now / 100:.2f}")
    assert again(plain, one, may_be_inapplicable=False) == one


def test_choices_with_the_same_label_are_told_apart() -> None:
    levels = [{"key": key, "label": "Sama", "fraction": fraction} for key, fraction in (("a", "0"), ("b", "1"))]
    rule = scoring.parse_rule(QuestionKind.CHOICE, {"options": levels})
    assert [again(rule, key) for key in ("a", "b")] == ["a", "b"]


def test_an_answer_beside_the_word_that_it_does_not_apply_is_refused() -> None:
    pieces = pieces_of(scoring.parse_rule(QuestionKind.COUNT, RULES[QuestionKind.COUNT]), YEARS, True)
    with pytest.raises(ValueError, match="Pilih salah satu"):
        typed_of(pieces, {"value": "3", "inapplicable": "ya"})
    with pytest.raises(ValueError, match="tidak ada pada daftar"):
        pieces[1].stored("mungkin")
