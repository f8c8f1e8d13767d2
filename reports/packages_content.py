"""What goes into a package: the documents of an evaluation, frozen with the rights of whoever asks."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from evaluations import permissions
from evaluations.models import AnswerEvidence, Evaluation, EvidenceVerdict
from evaluations.queries.scorecard import QuestionScore, scorecard
from evaluations.queries.showing import shown
from evaluations.queries.work import owners_of
from evidence.enums import FileState
from evidence.formats import FORMATS, size_text
from evidence.models import EvidenceRevision
from evidence.names import ending_of
from evidence.serving import served
from kla_portal.lib.dates import long_date
from kla_portal.lib.numbers import points_text
from regions.models import Agency
from reports.enums import EntryState, PackageScope
from reports.models import Package
from reports.packages_names import path_of

COORDINATOR = "Koordinator"
"""Whose a document is that no agency holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A document at a question. Of one that is closed to the asker kind and size remain, and nothing that names it.

    path      in the ZIP, '' for what is not in it
    sha256    of the bytes that leave (`evidence.serving.served`), with their `size`
    claim     the region's answer in words and its points; `verdict` what judges said of the answer, `document` of the
              document, each '' where the asker may not know it or there is none
    """

    link: str
    revision: str
    cluster: str
    cluster_name: str
    indicator: str
    code: str
    question: str
    claim: str
    verdict: str
    want: str
    state: EntryState
    kind: str
    size: int
    title: str = ""
    number: str = ""
    dated: str = ""
    year: int | None = None
    owner: str = ""
    pages: str = ""
    url: str = ""
    document: str = ""
    sha256: str = ""
    path: str = ""
    added: str = ""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**{**stored, "state": EntryState(stored["state"])})

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @property
    def size_text(self) -> str:
        return size_text(self.size) if self.size else ""

    def shut(self) -> Self:
        """The same for somebody who may not open it."""
        return replace(
            self, state=EntryState.CLOSED, title="", number="", dated="", year=None, owner="", want="", pages="",
            url="", document="", sha256="", path="", added="",
        )  # fmt: skip

    def without(self, state: EntryState) -> Self:
        """The same, not in the package after all."""
        return self.shut() if state == EntryState.CLOSED else replace(self, state=state, path="")


@dataclass(frozen=True, slots=True)
class Offer:
    """A package that could be asked for: how many documents would be in it, their bytes, and how many would not."""

    scope: PackageScope
    part: str
    title: str
    files: int
    size: int
    links: int
    closed: int
    held_back: int

    @property
    def key(self) -> str:
        return f"{self.scope}:{self.part}"

    @property
    def size_text(self) -> str:
        return size_text(self.size)


def attached(evaluation: Evaluation, user: Any) -> list[AnswerEvidence]:
    """The documents at the evaluation's answers that are neither taken off nor deleted, oldest first. One query."""
    links = (
        AnswerEvidence.objects.visible_to(user)
        .attached()
        .with_files()
        .select_related("answer__question__indicator__cluster")
        .filter(answer__evaluation=evaluation, revision__item__deleted_at=None)
        .order_by("added_at", "pk")
    )
    found = list(links)
    for link in found:
        link.answer.evaluation = evaluation  # what the permissions have looked up once, they need not look up again
    return found


def standing(link: AnswerEvidence, revision: EvidenceRevision, user: Any) -> EntryState:
    """May these bytes be handed to `user` now? Asks the link's answer's evaluation, and no database beyond it."""
    link.revision = revision
    if not permissions.can_open_file(user, link):
        return EntryState.CLOSED
    if revision.item.deleted_at or revision.purged_at:
        return EntryState.GONE
    if revision.file is None:
        return EntryState.LINK
    if revision.file.state == FileState.QUARANTINED:
        return EntryState.QUARANTINED
    return EntryState.IN if revision.file.state == FileState.CLEAN else EntryState.WAITING


def offers(evaluation: Evaluation, user: Any, *, scopes: Iterable[PackageScope], agency: Agency | None) -> list[Offer]:
    """What `user` could ask for, with figures; of agencies only `agency` where one is given. Three queries."""
    links, leads = attached(evaluation, user), _leads(evaluation)
    groups: dict[tuple[PackageScope, str, str], list[AnswerEvidence]] = defaultdict(list)
    wanted = set(scopes)
    for link in links:
        if PackageScope.WHOLE in wanted:
            groups[PackageScope.WHOLE, "", str(evaluation.cycle)].append(link)
        cluster = link.answer.question.indicator.cluster
        if PackageScope.CLUSTER in wanted:
            groups[PackageScope.CLUSTER, cluster.code, f"{cluster.code} {cluster.name}"].append(link)
        holder = link.revision.item.agency or leads.get(link.answer.question_id)
        if PackageScope.AGENCY in wanted and holder and agency in (None, holder):
            groups[PackageScope.AGENCY, str(holder.pk), holder.name].append(link)
    order = {scope: place for place, scope in enumerate(PackageScope)}
    clusters = {link.answer.question.indicator.cluster for link in links}
    positions = {cluster.code: cluster.position for cluster in clusters}
    found = [_offer(*key, several, user) for key, several in groups.items()]
    return sorted(found, key=lambda one: (order[one.scope], positions.get(one.part, 0), one.title))


def _offer(scope: PackageScope, part: str, title: str, links: Sequence[AnswerEvidence], user: Any) -> Offer:
    states = [standing(link, link.revision, user) for link in links]
    sizes = {
        (link.answer_id, served(link.revision.file))
        for link, state in zip(links, states, strict=True)
        if state == EntryState.IN and link.revision.file
    }
    closed, links_only = states.count(EntryState.CLOSED), states.count(EntryState.LINK)
    return Offer(
        scope, part, title, len(sizes), sum(size for _, (_, size) in sizes), links_only, closed,
        len(states) - states.count(EntryState.IN) - closed - links_only,
    )  # fmt: skip


def _leads(evaluation: Evaluation) -> dict[int, Agency]:
    return {question: several[0].agency for question, several in owners_of(evaluation).items() if several[0].is_lead}


def build(evaluation: Evaluation, user: Any, scope: PackageScope, part: str) -> list[Entry]:
    """The documents of this scope as `user` may have them now, in the order of the instrument. Some ten queries,
    whatever their number. `evaluation` comes with its region and its cycle's instrument."""
    scores = bool(permissions.can_read_scores(user, evaluation))
    card, leads = scorecard(evaluation, with_scores=scores), _leads(evaluation)
    verdicts = _verdicts(evaluation) if scores else {}
    by_answer: dict[int, list[AnswerEvidence]] = defaultdict(list)
    for link in attached(evaluation, user):
        by_answer[link.answer_id].append(link)
    entries: list[Entry] = []
    taken: set[str] = set()
    years = evaluation.cycle.compared_years
    for cluster in card.clusters:
        if scope == PackageScope.CLUSTER and cluster.cluster.code != part:
            continue
        for block in cluster.indicators:
            for row in block.questions:
                place = {"cluster": cluster.cluster.code, "cluster_name": cluster.cluster.name}
                place |= {"indicator": block.indicator.number} | _of_question(row, years, scores=scores)
                paths: dict[str, str] = {}
                for link in by_answer.get(row.answer.pk, ()):
                    holder = link.revision.item.agency or leads.get(row.question.pk)
                    if scope == PackageScope.AGENCY and (holder is None or str(holder.pk) != part):
                        continue
                    entry = _entry(link, user, place, row, verdicts)
                    if entry.state == EntryState.IN:
                        entry = replace(entry, path=_path(entry, link, paths, taken))
                    entries.append(entry)
    return entries


def _of_question(row: QuestionScore, years: tuple[str, str], *, scores: bool) -> dict[str, str]:
    claim = f"{shown(row.rule, row.answer.value, years).text} ({points_text(row.tally.claimed)} poin)"
    verdict = ""
    if scores and row.score:
        stage, points = row.score.get_stage_display(), points_text(row.tally.scored)
        verdict = f"{row.score.get_verdict_display()} ({points} poin, {stage})"
    return {"code": row.question.code, "question": row.question.text, "claim": claim, "verdict": verdict}


def _entry(
    link: AnswerEvidence, user: Any, place: dict[str, str], row: QuestionScore, verdicts: Mapping[tuple[Any, Any], str]
) -> Entry:
    revision, item, file = link.revision, link.revision.item, link.revision.file
    sha256, size = served(file) if file else ("", 0)
    entry = Entry(
        **place,
        link=str(link.pk),
        revision=str(revision.pk),
        state=standing(link, revision, user),
        kind=item.get_kind_display(),
        size=size,
        want=next((want.label for want in row.wants if want.key == link.want), ""),
        title=item.title,
        number=item.number,
        dated=long_date(item.dated) if item.dated else "",
        year=item.data_year,
        owner=item.agency.short_name if item.agency else COORDINATOR,
        pages=link.page_hint,
        url=revision.url,
        document=verdicts.get((link.pk, revision.pk), ""),
        sha256=sha256,
        added=revision.created_at.isoformat(),
    )
    return entry.shut() if entry.state == EntryState.CLOSED else entry


def _path(entry: Entry, link: AnswerEvidence, paths: dict[str, str], taken: set[str]) -> str:
    """The same bytes put to two wishes of one question are one file."""
    if entry.sha256 not in paths:
        mime = link.revision.file.mime if link.revision.file else ""
        fitting = [ending for ending, form in FORMATS.items() if form.mime == mime]
        named = ending_of(link.revision.original_name)
        paths[entry.sha256] = path_of(
            cluster=entry.cluster, indicator=entry.indicator, code=entry.code, title=entry.title, year=entry.year,
            agency=entry.owner, ending=named if named in fitting else next(iter(fitting), "bin"), taken=taken,
        )  # fmt: skip
    return paths[entry.sha256]


def _verdicts(evaluation: Evaluation) -> dict[tuple[Any, Any], str]:
    """What judges said of each document as it is now, the newest stage's. One query."""
    rows = EvidenceVerdict.objects.filter(link__answer__evaluation=evaluation).order_by("at", "pk")
    return {
        (row.link_id, row.revision_id): row.get_verdict_display() + (f": {row.reason}" if row.reason else "")
        for row in rows
    }


def standing_now(package: Package, user: Any) -> list[Entry]:
    """The entries of a package as far as `user` may have them now: what is no longer theirs, or no longer sound, has
    its new state. Two queries. `package.evaluation` comes with its region and its cycle."""
    entries = [Entry.read(stored) for stored in package.entries]
    links = (
        AnswerEvidence.objects.visible_to(user)
        .attached()  # what was taken off an answer leaves with no package any more
        .select_related("answer")
        .filter(answer__evaluation=package.evaluation_id)
    )
    by_link = {str(link.pk): link for link in links}
    wanted = {entry.revision for entry in entries if entry.state == EntryState.IN}
    revisions = EvidenceRevision.objects.select_related("item", "file").filter(
        uses__answer__evaluation=package.evaluation_id
    )
    by_revision = {str(revision.pk): revision for revision in revisions} if wanted else {}
    if missing := wanted - by_revision.keys():  # a newer revision has taken its place at the answer
        former = EvidenceRevision.objects.select_related("item", "file").filter(pk__in=missing)
        by_revision |= {str(revision.pk): revision for revision in former}
    found = []
    for entry in entries:
        if entry.state == EntryState.IN:
            link, revision = by_link.get(entry.link), by_revision.get(entry.revision)
            state = EntryState.GONE
            if link and revision:
                link.answer.evaluation = package.evaluation
                state = standing(link, revision, user)
            if state != EntryState.IN:
                entry = entry.without(EntryState.GONE if state == EntryState.LINK else state)
        found.append(entry)
    return found


def fingerprint(entries: Iterable[Entry]) -> str:
    """SHA-256 of the entries, 64 hex digits."""
    text = json.dumps([entry.stored() for entry in entries], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
