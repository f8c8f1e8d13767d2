"""What the benches and the result show beside the scorecard: evidence, what was said before, and what is still open."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from clusters import scoring
from clusters.queries import Cluster, Indicator
from evaluations import permissions
from evaluations.enums import AnswerState, Verdict
from evaluations.fitting import Fault, Ground
from evaluations.models import Answer, AnswerEvidence, Evaluation, Review, Seat
from evaluations.queries.documents import Said, Standing, Verdicts, said_of
from evaluations.queries.duplicates import elsewhere
from evaluations.queries.fitting import fit_of, ground, open_to_judges, warnings
from evaluations.queries.repairs import Repair, Returned, repairs
from evaluations.queries.scorecard import QuestionScore, Scorecard
from evaluations.queries.showing import Shown, Years, shown
from evidence.enums import FileState
from evidence.formats import BY_MIME, size_text, type_label


# --- evidence -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence put to an answer. `pk` is that of the AnswerEvidence; `want` the key of what it meets.
    `said`: the judges' verdicts on it, where they were asked for.
    `warnings`: what does not fit what the question wants; `elsewhere`: the alert that another region has the same
    bytes, for judges only."""

    pk: str
    want: str
    title: str
    name: str
    facts: str
    url: str
    is_link: bool
    is_clean: bool
    is_picture: bool
    shows_inline: bool
    state_label: str
    personal_data: bool
    link: AnswerEvidence
    said: tuple[Said, ...] = ()
    warnings: tuple[Fault, ...] = ()
    elsewhere: str = ""

    @property
    def has_pages(self) -> bool:
        """Can it be looked at page by page?"""
        file = self.link.revision.file
        return bool(self.is_clean and file and file.pages)

    def verdict_in(self, stage: str) -> Said | None:
        """What the stage says of the revision that is there now."""
        return next((said for said in self.said if said.newest and said.stage == stage), None)


def _proof(link: AnswerEvidence, verdicts: Verdicts, *, closed: bool = False) -> Proof:
    """`closed`: the reader may know that it is there, but neither its title nor its name, as on the question's page."""
    revision, item, stored = link.revision, link.revision.item, link.revision.file
    clean = stored is None or stored.state == FileState.CLEAN
    form = BY_MIME.get(stored.mime) if stored else None
    agency = item.agency.short_name if item.agency else "Koordinator"
    facts = [item.get_kind_display(), type_label(stored.mime), size_text(stored.size)] if stored else ["Tautan"]
    return Proof(
        pk=str(link.pk),
        want=link.want,
        title=f"{item.get_kind_display()} (tertutup: data pribadi)" if closed else item.title,
        name="" if closed else revision.original_name,
        facts=" · ".join([*facts, agency]),
        url="" if closed else reverse("evaluations:evidence_open", args=[link.pk]) if stored else revision.url,
        is_link=stored is None,
        is_clean=clean,
        is_picture=bool(clean and stored and stored.mime.startswith("image/")),
        shows_inline=bool(clean and form and form.inline),
        state_label=FileState(stored.state).label if stored else "Tautan ke luar portal",
        personal_data=item.personal_data,
        link=link,
        said=verdicts.get(link.pk, ()),
    )


def proofs(
    evaluation: Evaluation,
    answers: Iterable[Answer] | None = None,
    *,
    reader: Any = None,
    verdicts: Verdicts | None = None,
) -> dict[int, list[Proof]]:
    """The evidence attached, by answer (of those given only), oldest first. One query.

    What `reader` may not open shows no title; without a reader everything does, which only the benches may ask for.
    """
    found: dict[int, list[Proof]] = defaultdict(list)
    links = AnswerEvidence.objects.attached().with_files().filter(answer__evaluation=evaluation)
    if answers is not None:
        links = links.filter(answer__in=[answer.pk for answer in answers])
    for link in links.select_related("answer"):
        link.answer.evaluation = evaluation
        closed = reader is not None and not permissions.can_open_file(reader, link)
        found[link.answer_id].append(_proof(link, verdicts or {}, closed=closed))
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of the evidence asked for, with what meets it; without a key: whatever else was put to the answer.
    `lacks` names the data years for which nothing is there."""

    key: str
    label: str
    proofs: tuple[Proof, ...]
    optional: bool = False
    lacks: str = ""

    @property
    def met(self) -> bool:
        return bool(self.proofs)


def wanted(row: QuestionScore, there: Sequence[Proof], here: Ground | None = None) -> tuple[Wanted, ...]:
    """What the question asks for, in its order, then the rest under "Pendukung lain" if there is any. With `here` each
    document says what does not fit."""
    wants = row.question.wants
    lacks: dict[str, str] = {}
    if here is not None:
        there = [replace(proof, warnings=warnings(proof.link, wants, here, open_to_judges)) for proof in there]
        held = fit_of(row.question, [proof.link for proof in there], here, open_to_judges)
        lacks = {line.want.key: line.lacks_text for line in held.lines}
    by_want: dict[str, list[Proof]] = defaultdict(list)
    keys = {want.key for want in row.wants}
    for proof in there:
        by_want[proof.want if proof.want in keys else ""].append(proof)
    lines = [
        Wanted(want.key, want.label, tuple(by_want[want.key]), want.optional, lacks.get(want.key, ""))
        for want in row.wants
    ]
    if by_want[""]:
        lines.append(Wanted("", "Pendukung lain", tuple(by_want[""])))
    return tuple(lines)


# --- an answer, ready to be read --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Reading:
    """One question with the region's answer and evidence, as it is read on a bench and on the result."""

    row: QuestionScore
    indicator: Indicator
    cluster: Cluster
    evidence: tuple[Wanted, ...]
    years: Years
    review: Review | None = None
    repair: Repair | None = None

    @property
    def shown(self) -> Shown:
        return shown(self.row.rule, self.row.answer.value, self.years)

    @property
    def explained(self) -> str:
        return scoring.explain(self.row.rule, self.row.answer.value)

    @property
    def proofs(self) -> tuple[Proof, ...]:
        return tuple(proof for line in self.evidence for proof in line.proofs)

    @property
    def missing(self) -> tuple[Wanted, ...]:
        return tuple(line for line in self.evidence if not line.met and not line.optional)

    @property
    def warned(self) -> bool:
        """Does a document not fit, or is one that is wanted not there?"""
        return bool(self.missing) or any(proof.warnings for proof in self.proofs)

    @property
    def returned(self) -> Review | None:
        """The last review, when it sent the answer back."""
        return self.review if self.review and not self.review.approved else None

    @property
    def changed_since(self) -> bool:
        """Has the region touched answer or evidence after it was sent back? (Sending back counts one version.)"""
        return bool(self.returned and self.row.answer.version > self.returned.answer_version + 1)


def readings(
    card: Scorecard,
    evaluation: Evaluation,
    *,
    reviews: bool = False,
    reader: Any = None,
    clusters: Collection[str] | None = None,
    verdicts: Verdicts | None = None,
    here: Ground | None = None,
) -> list[Reading]:
    """Every question in order, or those of the clusters with these codes. One query for the evidence, one more for the
    last reviews when asked for. `verdicts`: what judges said of the documents, for those who may read it. `here`:
    what documents are held against, where warnings are wanted."""
    chosen = [row for row in card.clusters if clusters is None or row.cluster.code in clusters]
    answers = [row.answer for cluster in chosen for indicator in cluster.indicators for row in indicator.questions]
    there = proofs(evaluation, None if clusters is None else answers, reader=reader, verdicts=verdicts)
    said = last_reviews(evaluation) if reviews else {}
    return [
        Reading(
            row,
            indicator.indicator,
            cluster.cluster,
            wanted(row, there.get(row.answer.pk, []), here),
            evaluation.cycle.compared_years,
            said.get(row.answer.pk),
        )
        for cluster in chosen
        for indicator in cluster.indicators
        for row in indicator.questions
    ]


def last_reviews(evaluation: Evaluation) -> dict[int, Review]:
    """The newest review of each answer. One query."""
    rows = Review.objects.filter(answer__evaluation=evaluation).select_related("by").order_by("id")
    return {review.answer_id: review for review in rows}


# --- the task force ---------------------------------------------------------------------------------------------------
def repaired(rows: Iterable[Reading], evaluation: Evaluation) -> list[Reading]:
    """The same, those that were touched after they were sent back with what changed. One query, or none."""
    rows = list(rows)
    several = {
        row.row.question.code: Returned(row.row.answer, row.row.question.code, row.row.rule, row.returned)
        for row in rows
        if row.changed_since and row.returned
    }
    found = repairs(evaluation, several, evaluation.cycle.compared_years)
    return [replace(row, repair=found.get(row.row.question.code)) for row in rows]


@dataclass(frozen=True, slots=True)
class Share:
    """How far the review of a cluster, or of the whole, has come; in answers. `own`: does the reader review it?"""

    code: str
    name: str
    waiting: int
    returned: int
    approved: int
    empty: int
    own: bool = True

    @property
    def answered(self) -> int:
        return self.waiting + self.returned + self.approved


def _share(code: str, name: str, rows: Iterable[Reading], own: bool = True) -> Share:
    states = [reading.row.answer.state for reading in rows]
    return Share(
        code,
        name,
        states.count(AnswerState.ANSWERED),
        states.count(AnswerState.RETURNED),
        states.count(AnswerState.APPROVED),
        states.count(AnswerState.EMPTY),
        own,
    )


def review_shares(rows: list[Reading], seat: Seat | None = None) -> tuple[list[Share], Share]:
    """Per cluster, those that this seat reviews first, in order; and the whole. Without a seat all are one's own."""
    clusters = list({reading.cluster.code: reading.cluster for reading in rows}.values())
    shares = [
        _share(
            each.code,
            each.name,
            [row for row in rows if row.cluster.code == each.code],
            seat is None or permissions.reviews_cluster(seat, each.code),
        )
        for each in clusters
    ]
    return sorted(shares, key=lambda share: not share.own), _share("", "Semua klaster", rows)


@dataclass(frozen=True, slots=True)
class MemberShare:
    """How far a seated member's clusters have come. `clusters`: their names; none: all."""

    seat: Seat
    clusters: tuple[str, ...]
    approved: int
    answered: int
    waiting: int


def member_shares(shares: Sequence[Share], several: Iterable[Seat]) -> list[MemberShare]:
    """For each seat, from the shares of the clusters. No query. The chair answers for the whole."""
    found = []
    for seat in several:
        own = [share for share in shares if permissions.reviews_cluster(seat, share.code)]
        names = tuple(share.name for share in own) if len(own) < len(shares) else ()
        approved, answered, waiting = (
            sum(getattr(share, count) for share in own) for count in ("approved", "answered", "waiting")
        )
        found.append(MemberShare(seat, names, approved, answered, waiting))
    return found


# --- the judges -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Place:
    """A question in the judge's list. `state`: empty, open, carried (from an earlier stage), changed (by the region
    since its newest verdict), reopened (the region may change it now), accepted, adjusted.
    `documents`: how its documents stand in this stage; None without any, or where nobody asked."""

    row: QuestionScore
    cluster: Cluster
    indicator: Indicator
    state: str
    documents: Standing | None = None

    @property
    def judged_here(self) -> bool:
        return self.state in (Verdict.ACCEPTED, Verdict.ADJUSTED)

    @property
    def to_judge(self) -> bool:
        """Answered, and no verdict in the present stage on what it says now; and its turn."""
        return self.state in ("open", "carried", "changed")

    @property
    def label(self) -> str:
        return PLACE_LABELS[self.state][0]

    @property
    def icon(self) -> str:
        return PLACE_LABELS[self.state][1]


PLACE_LABELS = {
    "empty": ("Tidak dijawab", "dash-circle"),
    "open": ("Belum dinilai", "circle"),
    "carried": ("Berlaku dari tahap sebelumnya", "clock-history"),
    "changed": ("Berubah sejak dinilai", "arrow-repeat"),
    "reopened": ("Sedang dibuka bagi daerah", "hourglass-split"),
    Verdict.ACCEPTED: ("Klaim diterima", "check-circle-fill"),
    Verdict.ADJUSTED: ("Dinilai lain", "pencil-square"),
}


def places(card: Scorecard, evaluation: Evaluation, documents: Mapping[int, Standing] | None = None) -> list[Place]:
    """Every question in order with its state in the present stage. `documents` by answer. One query."""
    told, opened = documents or {}, permissions.reopenings(evaluation)
    return [
        Place(
            row,
            cluster.cluster,
            indicator.indicator,
            "reopened" if row.answer.pk in opened else _state(row, evaluation.stage),
            told.get(row.answer.pk),
        )
        for cluster in card.clusters
        for indicator in cluster.indicators
        for row in indicator.questions
    ]


def _state(row: QuestionScore, stage: str) -> str:
    if not row.answered:
        return "empty"
    if row.outrun:
        return "changed"
    if row.score is None:
        return "open"
    return str(row.score.verdict) if row.score.stage == stage else "carried"


@dataclass(frozen=True, slots=True)
class Part:
    """An indicator in the judge's list; `open` where the question shown stands."""

    indicator: Indicator
    places: tuple[Place, ...]
    open: bool

    @property
    def to_judge(self) -> int:
        return sum(place.to_judge for place in self.places)


@dataclass(frozen=True, slots=True)
class Group:
    """A cluster in the judge's list."""

    cluster: Cluster
    parts: tuple[Part, ...]

    @property
    def open(self) -> bool:
        return any(part.open for part in self.parts)

    @property
    def to_judge(self) -> int:
        return sum(part.to_judge for part in self.parts)


def grouped(listed: Iterable[Place], here: Place) -> list[Group]:
    """The list by cluster and indicator, in order; those without a question in it are left out."""
    tree: dict[int, dict[int, list[Place]]] = defaultdict(lambda: defaultdict(list))
    for place in listed:
        tree[place.cluster.pk][place.indicator.pk].append(place)
    return [
        Group(
            next(iter(parts.values()))[0].cluster,
            tuple(Part(rows[0].indicator, tuple(rows), any(row is here for row in rows)) for rows in parts.values()),
        )
        for parts in tree.values()
    ]


def reading_of(place: Place, evaluation: Evaluation, *, judge: Any) -> Reading:
    """One question of the list, ready to be read by this judge: with the verdicts on its documents, what does not fit
    and which of them another region has too. Four to six queries."""
    answer = place.row.answer
    verdicts = said_of(evaluation, [answer.pk], reader=judge)
    there = proofs(evaluation, [answer], verdicts=verdicts).get(answer.pk, [])
    told = elsewhere([proof.link for proof in there], evaluation, judge)
    there = [replace(proof, elsewhere=told.get(proof.link.pk, "")) for proof in there]
    lines = wanted(place.row, there, ground(evaluation))
    return Reading(place.row, place.indicator, place.cluster, lines, evaluation.cycle.compared_years)


def next_to_judge(rows: list[Place], after: str, cluster: str = "") -> Place | None:
    """The next question to judge after the one with code `after`, going round; those of `cluster` come first."""
    codes = [place.row.question.code for place in rows]
    start = codes.index(after) + 1 if after in codes else 0
    round_ = [place for place in rows[start:] + rows[:start] if place.to_judge and place.row.question.code != after]
    return next((place for place in round_ if place.cluster.code == cluster), round_[0] if round_ else None)


@dataclass(frozen=True, slots=True)
class LevelChoice:
    """A level that a judge may give, with the points it earns here. `claimed`: the same as the region's claim."""

    level: scoring.Level
    points: object
    claimed: bool


def level_choices(row: QuestionScore) -> list[LevelChoice]:
    return [
        LevelChoice(level, scoring.points(level.fraction, row.judged_maximum), level.fraction == row.claimed_fraction)
        for level in scoring.levels(row.rule)
    ]
