from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from clusters.correspondence import Line
from clusters.enums import Granularity
from clusters.models import Instrument
from clusters.tests.make import make_cluster, make_instrument, make_mapping
from evaluations.enums import Stage
from evaluations.models import Cycle, Evaluation, PublishedResult
from evaluations.queries.comparison import Amount, Comparison, choices, compare
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_score

pytestmark = pytest.mark.django_db


def earlier_of(evaluation: Evaluation, instrument: Instrument, *lines: Line, **fields: Any) -> Evaluation:
    if instrument != evaluation.cycle.instrument:
        make_mapping(source=instrument, target=evaluation.cycle.instrument, lines=lines)
    cycle = make_cycle(instrument=instrument)
    Cycle.objects.filter(pk=cycle.pk).update(created_at=evaluation.cycle.created_at - timedelta(days=700))
    return make_evaluation(region=evaluation.region, cycle=cycle, **{"stage": Stage.AWARDED} | fields)


def coordinator(evaluation: Evaluation) -> User:
    return make_user(Role.COORDINATOR, evaluation.region)


def compared(evaluation: Evaluation, reader: User, *, cluster: str = "") -> Comparison:
    return compare(evaluation, choices(evaluation, reader)[0], reader, cluster=cluster)


def test_points_are_compared_as_per_cent_of_each_versions_own_maximum() -> None:
    evaluation = make_evaluation()
    earlier = earlier_of(evaluation, make_instrument(scale=5))
    make_answer(evaluation=earlier, code="1.1", value="yes")  # 100 of 100
    make_answer(evaluation=evaluation, code="1.1", value="yes")  # 200 of 200
    make_answer(evaluation=evaluation, code="2.1", value="60")  # 120 of 200
    found = compared(evaluation, coordinator(evaluation))
    assert (found.total.before, found.total.after) == (
        Amount(Decimal(100), Decimal(500)),
        Amount(Decimal(320), Decimal(1000)),
    )
    assert found.total.gain == 12
    law, birth = (row for group in found.groups for row in group.indicators[:1])
    assert (law.before, law.after, law.gain) == (
        Amount(Decimal(100), Decimal(250)),
        Amount(Decimal(200), Decimal(500)),
        0,
    )
    assert (birth.name, birth.gain) == ("Akta kelahiran", 60)
    assert (found.before.figure, found.after.figure) == ("nilai mandiri", "nilai mandiri")


def test_merged_split_new_and_gone_parts_are_rows_of_their_own() -> None:
    evaluation = make_evaluation()
    lines = (
        Line("question", "merged", "2.1", "2.1"), Line("question", "merged", "3.1", "2.1"),
        Line("question", "new", "", "3.1"), Line("question", "gone", "3.2", "", "tidak ditanya lagi"),
        Line("question", "new", "", "3.2"),
    )  # fmt: skip
    earlier = earlier_of(evaluation, make_instrument(), *lines)
    for code in ("2.1", "3.1", "3.2"):
        make_answer(evaluation=earlier, code=code, value={"2.1": "100", "3.1": "10", "3.2": "done"}[code])
    found = compared(evaluation, coordinator(evaluation), cluster="I")
    rows = {row.codes: row for row in found.questions}
    assert rows["2.1, 3.1 → 2.1"].before == Amount(Decimal(300), Decimal(300))
    assert rows["2.1, 3.1 → 2.1"].after == Amount(Decimal(0), Decimal(200))
    assert (rows["3.1"].label, rows["3.1"].before, rows["3.1"].gain) == ("Baru", None, None)
    assert [(row.codes, row.before, row.note) for row in found.gone] == [
        ("3.2", Amount(Decimal(200), Decimal(200)), "tidak ditanya lagi")
    ]


def test_judges_points_are_compared_where_both_may_be_read() -> None:
    evaluation = make_evaluation(stage=Stage.AWARDED)
    earlier = earlier_of(evaluation, evaluation.cycle.instrument)
    for each, fraction in ((earlier, "0.5"), (evaluation, "1")):
        make_score(answer=make_answer(evaluation=each, code="1.1", value="yes"), fraction=fraction)
    found = compared(evaluation, coordinator(evaluation))
    assert found.before.figure == found.after.figure == "nilai evaluasi"
    assert (found.total.before.points, found.total.after.points) == (100, 200)  # type: ignore[union-attr]


@pytest.mark.parametrize("hidden", ["now", "before"])
def test_where_one_sides_verdicts_are_closed_the_claims_are_compared(hidden: str) -> None:
    evaluation = make_evaluation(stage=Stage.FINAL if hidden == "now" else Stage.AWARDED)
    earlier = earlier_of(
        evaluation, evaluation.cycle.instrument, stage=Stage.FINAL if hidden == "before" else Stage.AWARDED
    )
    for each in (earlier, evaluation):
        make_score(answer=make_answer(evaluation=each, code="1.1", value="yes"), fraction="0.5")
    found = compared(evaluation, coordinator(evaluation))
    assert found.before.figure == found.after.figure == "nilai mandiri"
    assert (found.total.before.points, found.total.after.points) == (200, 200)  # type: ignore[union-attr]


def test_only_what_the_reader_may_read_can_be_chosen() -> None:
    evaluation = make_evaluation(stage=Stage.MINISTRY_REVIEW)
    earlier = earlier_of(evaluation, make_instrument())
    judge = make_user(Role.EVALUATOR)
    evaluation.allotments.create(evaluator=judge)
    assert choices(evaluation, judge) == []
    earlier.allotments.create(evaluator=judge)
    assert [choice.evaluation for choice in choices(evaluation, judge)] == [earlier]


def test_questions_are_for_those_who_read_the_answers_of_both() -> None:
    evaluation = make_evaluation()
    earlier_of(evaluation, make_instrument())
    assert compared(evaluation, coordinator(evaluation), cluster="I").questions
    viewer = make_user(Role.VIEWER, evaluation.region)
    assert not compared(evaluation, viewer, cluster="I").questions


# --- published years ------------------------------------------------------------------------------------------------
def published(evaluation: Evaluation, scores: dict[str, str], **fields: Any) -> None:
    """2022 by its clusters: KEL 500, LAMA and UDIK together what is I now."""
    old = Instrument.objects.create(
        code="kla-uji-2022", name="2022", edition="2022", granularity=Granularity.CLUSTERS, state="published",
        max_points=1000, digest="d" * 64, predicates=evaluation.cycle.instrument.predicates,
    )  # fmt: skip
    for code, points in {"KEL": 500, "LAMA": 100, "UDIK": 400}.items():
        make_cluster(old, code=code, name=f"Klaster {code}", max_points=points)
    lines = tuple(Line("cluster", "merged", code, "I") for code in ("LAMA", "UDIK"))
    make_mapping(source=old, target=evaluation.cycle.instrument, lines=lines)
    for code, score in scores.items():
        fields = {"stage": "final", "source_url": "https://contoh.go.id/a"} | fields
        PublishedResult.objects.create(
            region=evaluation.region, year=2022, cluster_code=code, score=Decimal(score), **fields
        )


def test_a_published_year_stands_as_the_earlier_side_by_its_clusters() -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="1.1", value="yes")
    published(evaluation, {"": "640.5", "KEL": "250", "LAMA": "50", "UDIK": "300.5"})
    found = compared(evaluation, coordinator(evaluation))
    assert found.before.label == "Hasil terpublikasi 2022 (hasil akhir)"
    assert found.total.before == Amount(Decimal("640.5"), Decimal(1000))
    kel, first = (group.row for group in found.groups)
    assert (kel.before, kel.gain) == (Amount(Decimal(250), Decimal(500)), -10)
    assert first.before == Amount(Decimal("350.5"), Decimal(500))
    assert (first.relation, first.codes, found.groups[0].indicators) == ("merged", "LAMA, UDIK → I", ())


def test_of_a_merger_that_is_half_known_nothing_is_said() -> None:
    evaluation = make_evaluation()
    published(evaluation, {"KEL": "250", "LAMA": "50"})
    found = compared(evaluation, coordinator(evaluation))
    assert found.groups[1].row.before == Amount(None, Decimal(500))
    assert (found.groups[1].row.gain, found.total.gain) == (None, None)


def test_a_year_without_cluster_scores_or_without_its_instrument_is_no_choice() -> None:
    evaluation = make_evaluation()
    published(evaluation, {"": "640"})
    PublishedResult.objects.create(
        region=evaluation.region,
        year=2021,
        cluster_code="KEL",
        score=Decimal(1),
        stage="final",
        source_url="https://a.go.id/",
    )
    assert choices(evaluation, coordinator(evaluation)) == []
