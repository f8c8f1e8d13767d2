from typing import Any

import pytest

from clusters import queries, scoring
from clusters.tests.make import make_instrument, make_question

pytestmark = pytest.mark.django_db


def test_outline_holds_the_whole_tree_in_order() -> None:
    outline = queries.outline(make_instrument())
    assert [cluster.code for cluster in outline.clusters] == ["KEL", "I"]
    assert [question.code for question in outline.questions] == ["1.1", "1.2", "2.1", "3.1", "3.2"]
    assert {question.rule.kind for question in outline.questions} == set(scoring.READERS) - {"table", "rollup"}
    assert scoring.sum_points(question.max_points for question in outline.questions) == outline.max_points == 1000
    cluster, indicator = outline.place[outline.by_code["3.1"].pk]
    assert (cluster.code, indicator.number) == ("I", "3")


def test_outline_takes_few_queries_and_a_published_one_is_kept(django_assert_num_queries: Any) -> None:
    instrument = make_instrument()
    with django_assert_num_queries(3):
        queries.outline(instrument)
    with django_assert_num_queries(0):
        queries.outline(instrument)


def test_outline_of_a_draft_is_read_anew() -> None:
    instrument = make_instrument(state="draft")
    before = len(queries.outline(instrument).questions)
    make_question(instrument.clusters.first().indicators.first(), "1.3")  # type: ignore[union-attr]
    assert len(queries.outline(instrument).questions) == before + 1
