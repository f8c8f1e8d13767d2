"""What the region said in an earlier cycle, as far as it answers the questions of this one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.urls import reverse

from clusters import lineage, scoring
from clusters.correspondence import Correspondence
from clusters.enums import Level, QuestionKind
from clusters.queries import Outline, Question, outline
from evaluations import permissions
from evaluations.enums import JUDGED, Stage
from evaluations.models import Answer, AnswerEvidence, Evaluation, Score
from evidence.queries import pickable


@dataclass(frozen=True, slots=True)
class Forebear:
    """An earlier evaluation of the region, and how its questions lead to those of the present one. `adjoins`: its last
    data year is the present one's year before."""

    evaluation: Evaluation
    pairs: Correspondence
    adjoins: bool = False

    @property
    def outline(self) -> Outline:
        return outline(self.evaluation.cycle.instrument)


def _earlier(evaluation: Evaluation) -> list[tuple[Evaluation, tuple[lineage.Edge, ...]]]:
    """The region's earlier evaluations whose instrument leads to this one's, the latest first, with the way there.
    One query where there is no earlier one, else two."""
    earlier = list(
        Evaluation.objects.filter(region=evaluation.region_id, cycle__created_at__lt=evaluation.cycle.created_at)
        .with_names()
        .order_by("-cycle__created_at", "pk")
    )
    ways = lineage.forebears(evaluation.cycle.instrument) if earlier else {}
    return [(each, ways[each.cycle.instrument_id]) for each in earlier if each.cycle.instrument_id in ways]


def has_forebear(evaluation: Evaluation) -> bool:
    """Has the region an earlier evaluation whose answers lead to this one's questions? Two queries at most."""
    return bool(_earlier(evaluation))


def forebears(evaluation: Evaluation) -> Iterator[Forebear]:
    """Each of them, the latest first. Two queries at most, and two more for each way that is not kept in memory."""
    for earlier, way in _earlier(evaluation):
        pairs = lineage.along(earlier.cycle.instrument, evaluation.cycle.instrument, way)
        yield Forebear(earlier, pairs, earlier.cycle.compared_years[1] == evaluation.cycle.compared_years[0])


def forebear_of(evaluation: Evaluation) -> Forebear | None:
    """The latest of them."""
    return next(forebears(evaluation), None)


@dataclass(frozen=True, slots=True)
class Carried:
    """What an earlier cycle says to one question: its answers, each with the question it was given to. `value` fits the
    question as it is now; else it is None, and `problem` says why."""

    question: Question
    said: tuple[tuple[Answer, Question], ...]
    value: scoring.Value
    problem: str

    @property
    def source(self) -> Answer | None:
        """The answer that can be taken over."""
        return None if self.problem else self.said[0][0]

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        """The earlier answers as their own questions read them: code, answer, note."""
        return [(asked.code, scoring.describe(asked.rule, answer.value), answer.note) for answer, asked in self.said]


def carried(question: Question, forebear: Forebear, answers: dict[str, Answer]) -> Carried:
    """`answers`: those of the earlier evaluation that say something, by the code of their question."""
    codes = forebear.pairs.origins(Level.QUESTION, question.code)
    tree = forebear.outline
    said = tuple((answers[code], tree.by_code[code]) for code in codes if code in answers)
    if not codes:
        problem = "Pertanyaan ini baru; siklus sebelumnya tidak menanyakannya."
    elif not said:
        problem = "Pada siklus sebelumnya pertanyaan ini tidak dijawab."
    elif len(said) > 1:
        problem = f"Pertanyaan ini gabungan dari {' dan '.join(codes)}; jawabannya lebih dari satu, pilih sendiri."
    else:
        return Carried(question, said, *_fitting(question, said[0][1], said[0][0].value, forebear.adjoins))
    return Carried(question, said, None, problem)


def _fitting(question: Question, asked: Question, value: Any, adjoins: bool) -> tuple[scoring.Value, str]:
    """The earlier value as this question keeps it, or why it cannot. Where two years are compared, the last year of a
    cycle that adjoins is the year before of this one."""
    if unlike := unlikeness(question, asked):
        return None, unlike
    if (
        adjoins
        and isinstance(question.rule, scoring.Banded)
        and question.rule.compare
        and value != scoring.NOT_APPLICABLE
    ):
        value = {"before": value.get("now") if isinstance(value, dict) else value}
    try:
        found = scoring.normalise(question.rule, value, question.row.may_be_inapplicable)
    except ValueError as fault:
        return None, f"Jawaban lama tidak cocok lagi: {fault}"
    return found, "" if found is not None else "Jawaban lama kosong."


def unlikeness(question: Question, asked: Question) -> str:
    """Why no answer to the earlier question `asked` can be one to this; '' where it depends on the answer."""
    old, new = QuestionKind(asked.row.kind), QuestionKind(question.row.kind)
    if old != new:
        return f"Jenis jawabannya berubah dari {old.label.lower()} menjadi {new.label.lower()}."
    units = [getattr(each.rule, "unit", "") for each in (asked, question)]
    if units[0] != units[1]:
        return f"Satuannya berubah dari {units[0]} menjadi {units[1]}."
    if isinstance(question.rule, scoring.Rollup) and question.rule.of != getattr(asked.rule, "of", ""):
        return f"Yang dihitung sekarang {scoring.ROLLUP_OF[question.rule.of]}."
    return ""


# --- the whole evaluation -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Line:
    """A question of this evaluation with its answer here and what an earlier cycle says to it."""

    answer: Answer
    carried: Carried

    @property
    def offered(self) -> bool:
        """Stands there already, as it would be offered now."""
        row, source = self.answer, self.carried.source
        kept = (row.proposal, row.proposal_note, row.proposed_from_id)
        return source is not None and kept == (self.carried.value, source.note, source.pk)


@dataclass(frozen=True)
class Plan:
    """What of an earlier evaluation can be offered. A question answered here already is never touched."""

    forebear: Forebear
    lines: tuple[Line, ...]

    @cached_property
    def open(self) -> tuple[Line, ...]:
        """Unanswered here, and the earlier answer fits."""
        return tuple(line for line in self.lines if line.answer.value is None and not line.carried.problem)

    @cached_property
    def fresh(self) -> tuple[Line, ...]:
        """Those of the open ones that are not offered yet."""
        return tuple(line for line in self.open if not line.offered)

    @cached_property
    def done(self) -> tuple[Line, ...]:
        """Answered here."""
        return tuple(line for line in self.lines if line.answer.value is not None)

    @cached_property
    def refused(self) -> tuple[Line, ...]:
        """Unanswered here, and what the earlier cycle answered does not fit."""
        return tuple(
            line for line in self.lines if line.answer.value is None and line.carried.problem and line.carried.said
        )

    @cached_property
    def silent(self) -> int:
        """How many are unanswered here and were not asked or not answered before."""
        return len(self.lines) - len(self.open) - len(self.done) - len(self.refused)


def plan(evaluation: Evaluation, forebear: Forebear | None = None) -> Plan | None:
    """From `forebear`, or the latest earlier evaluation; None without one. Two queries more than `forebear_of`."""
    forebear = forebear or forebear_of(evaluation)
    if forebear is None:
        return None
    earlier = _by_code(forebear, Answer.objects.filter(evaluation=forebear.evaluation, value__isnull=False))
    tree = outline(evaluation.cycle.instrument)
    here = {answer.question_id: answer for answer in Answer.objects.filter(evaluation=evaluation)}
    return Plan(
        forebear,
        tuple(Line(here[question.pk], carried(question, forebear, earlier)) for question in tree.questions),
    )


def _by_code(forebear: Forebear, answers: Iterable[Answer]) -> dict[str, Answer]:
    """Those that say something, by the code of their question."""
    tree = forebear.outline
    return {tree.by_pk[answer.question_id].code: answer for answer in answers if answer.value is not None}


# --- one question ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Past:
    """What stands beside a question of the earlier cycle: the answer, its evidence still attached, its verdicts."""

    forebear: Forebear
    carried: Carried
    links: tuple[AnswerEvidence, ...]
    scores: tuple[Score, ...]


def past(answer: Answer, forebear: Forebear, *, with_scores: bool) -> Past | None:
    """What may be read of the earlier evaluation its caller has asked; which files, it asks for each.

    None where no earlier cycle asked anything of the kind. Two queries, three with the verdicts.
    """
    question = outline(answer.evaluation.cycle.instrument).by_pk[answer.question_id]
    codes = forebear.pairs.origins(Level.QUESTION, question.code)
    if not codes:
        return None
    rows = Answer.objects.filter(evaluation=forebear.evaluation, question__code__in=codes).select_related("question")
    there = {row.pk: row for row in rows}
    links = AnswerEvidence.objects.attached().with_files().filter(answer__in=there, revision__item__deleted_at=None)
    found_links = list(links)
    for row in there.values():
        row.evaluation = forebear.evaluation
    for link in found_links:
        link.answer = there[link.answer_id]
    told = carried(question, forebear, _by_code(forebear, there.values()))
    scores = Score.objects.filter(answer__in=there).order_by("answer") if with_scores else []
    ordered = sorted(scores, key=lambda score: JUDGED.index(Stage(score.stage)))
    return Past(forebear, told, tuple(found_links), tuple(ordered))


@dataclass(frozen=True, slots=True)
class Proof:
    """A piece of the earlier cycle's evidence. `closed`: its reader may only know that it is there; `attached`: its
    document stands at the present answer already, in whichever revision; `pickable`: they may put it to an answer."""

    link: AnswerEvidence
    closed: bool
    attached: bool
    pickable: bool

    @property
    def title(self) -> str:
        item = self.link.revision.item
        return f"{item.get_kind_display()} (tertutup: data pribadi)" if self.closed else item.title

    @property
    def url(self) -> str:
        """Where it opens, '' for what is closed."""
        revision = self.link.revision
        if self.closed:
            return ""
        return reverse("evaluations:evidence_open", args=[self.link.pk]) if revision.file_id else revision.url

    @property
    def usable(self) -> bool:
        return self.pickable and not self.attached


@dataclass(frozen=True, slots=True)
class Panel:
    """The earlier cycle beside a question, as one person sees it. `writable`: may they take the answer over?"""

    past: Past
    proofs: tuple[Proof, ...]
    scores: tuple[tuple[Score, Decimal], ...]
    writable: bool
    same: bool

    @property
    def evaluation(self) -> Evaluation:
        return self.past.forebear.evaluation

    @property
    def carried(self) -> Carried:
        return self.past.carried

    @property
    def can_take(self) -> bool:
        """Is there anything to be taken over?"""
        return self.takes_answer or any(proof.usable for proof in self.proofs)

    @property
    def takes_answer(self) -> bool:
        """Can the answer itself be taken over, and does that change anything?"""
        return self.writable and self.carried.source is not None and not self.same


def panel(answer: Answer, reader: Any) -> Panel | None:
    """What `reader` may see of the earlier cycle beside this question; None where nothing is, or nothing for them.

    One query without an earlier cycle, else seven at most.
    """
    forebear = forebear_of(answer.evaluation)
    if forebear is None or not permissions.can_read_answers(reader, forebear.evaluation):
        return None
    there = past(answer, forebear, with_scores=bool(permissions.can_read_scores(reader, forebear.evaluation)))
    if there is None:
        return None
    attached = set(AnswerEvidence.objects.attached().filter(answer=answer).values_list("revision__item_id", flat=True))
    items = {link.revision.item_id for link in there.links}
    free = set(pickable(reader).filter(pk__in=items).values_list("pk", flat=True)) if items else set()
    proofs = (
        Proof(
            link,
            not permissions.can_open_file(reader, link),
            link.revision.item_id in attached,
            link.revision.item_id in free,
        )
        for link in there.links
    )
    worth = {old.pk: asked.max_points for old, asked in there.carried.said}
    source = there.carried.source
    return Panel(
        there,
        tuple(proofs),
        tuple(
            (score, scoring.points(score.fraction, worth[score.answer_id]))
            for score in there.scores
            if score.answer_id in worth
        ),
        bool(permissions.can_write_answer(reader, answer)),
        source is not None and (answer.value, answer.note) == (there.carried.value, source.note or answer.note),
    )
