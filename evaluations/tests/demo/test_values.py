"""What invented cities answer fits the shipped instrument. No database."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

import clusters
from clusters import scoring
from clusters.loading import read
from clusters.models import Question as Row
from clusters.queries import Question
from evaluations.demo.values import plausible

SHIPPED = Path(clusters.__file__).parent / "instruments" / "kla-2024.yaml"
UNITS = {"kecamatan": 6, "desa": 34}


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return [
        Question(Row(code=each.code, kind=each.kind), scoring.parse_rule(each.kind, each.rule), ())
        for each in read(SHIPPED.read_bytes()).questions
    ]


@pytest.mark.parametrize("seed", range(5))
def test_every_answer_is_one_that_could_have_been_typed(questions: list[Question], seed: int) -> None:
    for question in questions:
        value = plausible(question, Random(f"{seed} {question.code}"), UNITS)
        assert scoring.normalise(question.rule, value) == value, question.code
        assert 0 <= scoring.fraction(question.rule, value) <= 1
        if isinstance(value, list):
            assert scoring.total_of(question.rule, value), question.code


def test_cities_are_rather_good_than_bad_and_no_two_alike(questions: list[Question]) -> None:
    for question in questions:
        if isinstance(question.rule, scoring.Banded | scoring.Table | scoring.Rollup):
            earned = [scoring.fraction(question.rule, plausible(question, Random(n), UNITS)) for n in range(40)]
            assert sum(earned) / len(earned) >= Decimal("0.5"), question.code
            assert len(set(earned)) > 1, question.code


def test_names_in_a_table_do_not_repeat(questions: list[Question]) -> None:
    for question in questions:
        if isinstance(question.rule, scoring.Table) and question.rule.total.of == "rows":
            rows = plausible(question, Random(1), UNITS)
            assert isinstance(rows, list)
            first = question.rule.columns[0].key
            names = Counter(row[first] for row in rows)
            assert len(rows) == len(names) or question.code == "6.5", (question.code, names)


def test_the_same_chance_gives_the_same_answer(questions: list[Question]) -> None:
    for question in questions:
        assert plausible(question, Random(7), UNITS) == plausible(question, Random(7), UNITS)
