"""A whole country's evaluations, made by a generator, and what scoring them costs. Imported once Django is set up.

The same seed gives the same country on both databases: every kab/kota, all answers, a verdict on each in every judged
stage, all awarded. In one region of ten questions that need not apply are said not to, which no SQL sum can follow.
"""

import csv
import io
import json
import random
import resource
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from clusters import scoring
from clusters.models import Instrument
from clusters.queries import Question, outline
from evaluations.enums import JUDGED, SCORED, AnswerState, Stage, Verdict
from evaluations.models import Answer, Cycle, Evaluation, Score
from evaluations.queries import national
from evaluations.queries.scorecard import card_of, facts
from evaluations.queries.stagewise import figures
from evaluations.scoring import Figures
from regions.enums import Level
from regions.models import Region

NAME = "Evaluasi KLA seluruh negeri (pengukuran)"
SAMPLE = 10
ROUGH = Decimal("1e-6")
"""SQLite sums binary floats, so sums are compared to six decimals; ours are exact."""


# --- the generator --------------------------------------------------------------------------------------------------
def make(regions: int, *, drafting: bool = False) -> dict[str, Any]:
    """The first `regions` kab/kota with everything; returns what was written and how long it took. `drafting`: they are
    still at their self-assessment, and nobody has judged yet."""
    started = time.perf_counter()
    luck = random.Random(2024)  # nosec - a repeatable country, no secret
    tree = outline(Instrument.objects.get(code="kla-2024"))
    by = User.objects.order_by("pk")[0]
    chosen = list(Region.objects.filter(level=Level.REGENCY, gone_since=None).order_by("code")[:regions])
    stage = Stage.SELF_ASSESSMENT if drafting else Stage.AWARDED
    with transaction.atomic():
        cycle = Cycle.objects.create(name=NAME, data_years=[2024, 2025], instrument_id=tree.pk)
        kept = [Evaluation(cycle=cycle, region=region, stage=stage, id=_id(luck)) for region in chosen]
        Evaluation.objects.bulk_create(kept)
        likely = [_likely(question) for question in tree.questions]
        givable = [scoring.levels(question.rule) for question in tree.questions]
        first = (Answer.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
        answers: list[tuple[Any, ...]] = []
        verdicts: list[tuple[Any, ...]] = []
        for n, evaluation in enumerate(kept):
            for place, question in enumerate(tree.questions):
                value, fraction = luck.choice(likely[place])
                if n % 10 == 9 and question.row.may_be_inapplicable and luck.random() < 0.5:
                    value, fraction = scoring.NOT_APPLICABLE, scoring.ZERO
                pk = first + len(answers)
                answers.append((pk, evaluation.pk, question.pk, value))
                for judged in () if value is None or drafting else JUDGED:  # what is not answered is not judged
                    level, given = "", fraction
                    if value == scoring.NOT_APPLICABLE:
                        level = scoring.NOT_APPLICABLE
                    if luck.random() < 0.3:
                        other = luck.choice(givable[place])
                        level, given = other.key, other.fraction
                    verdicts.append((pk, judged, level, given))
        now = timezone.now()
        _write(Answer, ANSWER, (_answer(row, drafting) for row in answers))
        _write(Score, SCORE, (_score(row, by.pk, now) for row in verdicts))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {
        "evaluations": len(kept), "questions": len(tree.questions), "answers": len(answers), "verdicts": len(verdicts),
        "seconds": time.perf_counter() - started,
    }  # fmt: skip


def _id(luck: random.Random) -> uuid.UUID:
    return uuid.UUID(int=luck.getrandbits(128), version=4)


def _likely(question: Question) -> list[tuple[Any, Decimal]]:
    """Answers that this question may get, each with what it earns; some give none."""
    rule = question.rule
    found: list[Any] = [None]
    if isinstance(rule, scoring.YesNo):
        found = ["yes", "yes", "no"]
    elif isinstance(rule, scoring.Choice):
        found += [option.key for option in rule.options]
    elif isinstance(rule, scoring.Checklist):
        found += [{item.key: level.key for item in rule.items} for level in rule.levels]
    elif isinstance(rule, scoring.Rollup):
        found += [{"met": str(met), "of": "12"} for met in range(0, 13, 2)]
    elif isinstance(rule, scoring.Table):
        found += [[_row(rule, n) for n in range(rows)] for rows in (1, 3, 8)]
    elif rule.compare is not None:
        found += [{"before": str(before), "now": str(now)} for before, now in ((20, 35), (60, 60), (90, 75))]
    else:
        found += [str(number) for number in (0, 3, 12, 35, 60, 88, 100)]
    return [(value, scoring.fraction(rule, value)) for value in found]


def _row(rule: scoring.Table, n: int) -> dict[str, str]:
    made = {"text": f"Lembaga {n + 1}", "number": str(7 * n + 5), "date": "2024-05-17"}
    return {
        column.key: column.options[n % len(column.options)] if column.type == "choice" else made[column.type]
        for column in rule.columns
    }


ANSWER = ("id", "evaluation_id", "question_id", "value", "note", "state", "version", "text_version", "proposal_note")
SCORE = ("answer_id", "stage", "answer_version", "verdict", "level", "fraction", "reason", "by_id", "at", "version")


def _answer(row: tuple[Any, ...], drafting: bool) -> tuple[Any, ...]:
    pk, evaluation, question, value = row
    said = AnswerState.ANSWERED if drafting else AnswerState.APPROVED
    state = AnswerState.EMPTY if value is None else said
    text = None if value is None else json.dumps(value)
    return (pk, evaluation, question, text, "", str(state), 3, 2, "")


def _score(row: tuple[Any, ...], by: int, now: Any) -> tuple[Any, ...]:
    pk, stage, level, fraction = row
    changed = bool(level) and level != scoring.NOT_APPLICABLE
    verdict = Verdict.ADJUSTED if changed else Verdict.ACCEPTED
    return (pk, str(stage), 3, str(verdict), level, str(fraction), "Diukur." if changed else "", by, now, 1)


def _write(model: Any, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY on PostgreSQL, executemany on SQLite."""
    table, names = model._meta.db_table, ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.copy_expert(
                f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({_texts(columns)}))", _Csv(rows)
            )
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
            return
        marks = ", ".join("%s" for _ in columns)
        plain = [tuple(one.hex if isinstance(one, uuid.UUID) else one for one in row) for row in rows]
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", plain)


def _texts(columns: Sequence[str]) -> str:
    """Columns whose empty text is no NULL."""
    return ", ".join(f'"{name}"' for name in columns if name in ("note", "proposal_note", "level", "reason"))


class _Csv(io.TextIOBase):
    """Rows as a file for COPY, some thousands at a time."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self.rows: Iterator[tuple[Any, ...]] = iter(rows)

    def read(self, size: int | None = -1) -> str:
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        for _, row in zip(range(2000), self.rows, strict=False):  # this way round none is taken and dropped
            writer.writerow(row)
        return buffer.getvalue()


# --- the measuring --------------------------------------------------------------------------------------------------
def measure(repeats: int) -> dict[str, Any]:
    """All totals ours, by one SQL aggregate over the verdicts, and by a scorecard for each evaluation (of a sample)."""
    cycle = Cycle.objects.select_related("instrument").get(name=NAME)
    evaluations = list(Evaluation.objects.filter(cycle=cycle).select_related("cycle__instrument").order_by("region"))
    sample = evaluations[:: max(1, len(evaluations) // SAMPLE)][:SAMPLE]
    list(national.totals(cycle))  # warm: the instrument, the connection, the database's pages
    ours: list[float] = []
    floor: list[float] = []
    naive: list[float] = []
    found: dict[uuid.UUID, dict[str, Figures]] = {}
    summed: dict[tuple[uuid.UUID, str], Decimal] = {}
    for _ in range(repeats):
        started = time.perf_counter()
        summed = _aggregate(cycle)
        floor.append(time.perf_counter() - started)
        started = time.perf_counter()
        found = {total.evaluation.pk: total.stages for total in national.totals(cycle)}
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        slow = {evaluation.pk: _one(evaluation) for evaluation in sample}
        naive.append((time.perf_counter() - started) * len(evaluations) / len(sample))
        for pk, stages in slow.items():
            if found[pk] != stages:
                raise RuntimeError(f"evaluation {pk}: the fast path and the scorecard disagree")
    agreeing = _agree(evaluations, found, summed)
    return {
        "evaluations": len(evaluations), "stages": len(SCORED), "sample": len(sample), "agreeing": agreeing,
        "numbers": sum(len(stages) for stages in found.values()) * len(outline(cycle.instrument).questions),
        "ours": ours, "floor": floor, "naive": naive,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def _aggregate(cycle: Cycle) -> dict[tuple[uuid.UUID, str], Decimal]:
    """The least the same sums could cost: the database adds up points per evaluation and stage, nothing else."""
    sql = """
        SELECT a.evaluation_id, s.stage, SUM(ROUND(s.fraction * q.max_points, 9))
        FROM evaluations_score s
        JOIN evaluations_answer a ON a.id = s.answer_id
        JOIN evaluations_evaluation e ON e.id = a.evaluation_id
        JOIN clusters_question q ON q.id = a.question_id
        WHERE e.cycle_id = %s GROUP BY a.evaluation_id, s.stage"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [cycle.pk])
        return {(uuid.UUID(str(pk)), stage): Decimal(str(total)) for pk, stage, total in cursor.fetchall()}


def _one(evaluation: Evaluation) -> dict[str, Figures]:
    known = facts(evaluation, with_scores=True)
    return {stage: figures(card_of(known, stage=stage), stage) for stage in SCORED}


def _agree(
    evaluations: Sequence[Evaluation],
    found: dict[uuid.UUID, dict[str, Figures]],
    summed: dict[tuple[uuid.UUID, str], Decimal],
) -> int:
    """How many sums agree with SQL's: all, save where points of inapplicable questions went to others."""
    apart = set(
        Score.objects.filter(answer__evaluation__in=[each.pk for each in evaluations], level=scoring.NOT_APPLICABLE)
        .values_list("answer__evaluation_id", "stage")
    )  # fmt: skip
    agreeing = 0
    for (pk, stage), total in summed.items():
        if (pk, stage) in apart:
            continue
        # A stage may carry an "n/a" of an earlier one only where it has no verdict of its own; here every stage has.
        if abs(found[pk][stage].points - total) > ROUGH:
            raise RuntimeError(f"evaluation {pk}, {stage}: ours {found[pk][stage].points}, SQL {total}")
        agreeing += 1
    return agreeing
