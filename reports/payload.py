"""The content of a report, frozen: plain JSON that the printing needs and nothing beside it.

Built once, when the report is asked for, with the asker's rights; the worker prints it without looking anything up, so
a later change of an answer changes neither the report nor its fingerprint.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.text import Truncator

from clusters import scoring
from clusters.enums import Source
from clusters.models import Instrument
from evaluations import permissions
from evaluations.enums import DRAFTING, Verdict
from evaluations.models import AnswerEvidence, Evaluation, Score
from evaluations.queries import showing
from evaluations.queries.scorecard import QuestionScore, Scorecard, Tally, scorecard
from evaluations.queries.showing import Years, shown
from kla_portal.lib.dates import ZONES, zone_of
from kla_portal.lib.numbers import decimal_text
from regions.models import Region

PRINTED_ROWS = 30
"""A table with more rows than this is named with their number, and not printed."""
LONGEST = 4000
"""Characters of a note or reason that are printed; the portal keeps the rest."""
CLOCK = "made_on"
"""The one key of a payload that is not content."""


class Shown(NamedTuple):
    """Which of the figures beside the claim the reader may know and there are."""

    scored: bool
    supported: bool


def build(evaluation: Evaluation, user: Any) -> dict[str, Any]:
    """Everything the report of `evaluation` says to a reader with the rights of `user`, who may read its answers.

    Evaluated scores, verdicts and reasons are in it only if `user` may read them (`audience.scores`); neither are
    supported points once judges are at work, for they follow from the verdicts. Of evidence that holds personal data it
    has the kind and the number, never a title or a file name. Points are decimal strings, None what is not to be known.
    `evaluation` comes with its region and its cycle's instrument.
    """
    scores = bool(permissions.can_read_scores(user, evaluation))
    card = scorecard(evaluation, with_scores=scores)
    show = Shown(scored=scores and card.judged > 0, supported=scores or evaluation.stage in DRAFTING)
    evidence = _evidence(evaluation, user)
    years = evaluation.cycle.compared_years
    return {
        "evaluation": str(evaluation.pk),
        "audience": {"scores": scores},
        "demo": settings.DEMO,
        CLOCK: timezone.now().astimezone(ZONES[zone_of(evaluation.region_id)]).date().isoformat(),
        "region": _region(evaluation),
        "cycle": {"name": evaluation.cycle.name, "years": evaluation.cycle.years_text},
        "stage": {"code": evaluation.stage, "label": evaluation.get_stage_display()},
        "instrument": _instrument(evaluation.cycle.instrument, card),
        "bands": [
            {"code": band.code, "label": band.name, "lower": str(band.lower), "inclusive": band.inclusive}
            for band in card.outline.bands
        ],
        "total": _tally(card.total, show=show),
        "counts": {"questions": card.count, "answered": card.answered, "judged": card.judged if show.scored else 0},
        "predicates": _predicates(evaluation, card, show=show),
        "clusters": [
            {
                "code": part.cluster.code,
                "name": part.cluster.name,
                "tally": _tally(part.tally, show=show),
                "answered": part.answered,
                "questions": part.count,
                "indicators": [
                    {
                        "number": block.indicator.number,
                        "name": block.indicator.name,
                        "tally": _tally(block.tally, show=show),
                        "questions": [
                            _question(entry, show=show, years=years, evidence=evidence.get(entry.answer.pk, []))
                            for entry in block.questions
                        ],
                    }
                    for block in part.indicators
                ],
            }
            for part in card.clusters
        ],
    }


def fingerprint(payload: dict[str, Any], edition: str) -> str:
    """SHA-256 of the content and of the edition of the document's layout, 64 hex digits; the clock is left out.

    The same content in another order of keys has the same fingerprint.
    """
    content = {key: value for key, value in payload.items() if key != CLOCK}
    canonical = json.dumps([edition, content], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def frozen(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload as it comes back from the database, so that a fingerprint taken before equals one taken after."""
    read: dict[str, Any] = json.loads(json.dumps(payload, cls=DjangoJSONEncoder))
    return read


def _points(value: Decimal) -> str:
    """Without trailing zeros and exponent: '12.5', '0', whatever number of decimals the database gave back."""
    exact = value.normalize()
    return f"{exact:f}" if exact else "0"


def _tally(tally: Tally, *, show: Shown) -> dict[str, str | None]:
    return {
        "maximum": _points(tally.maximum),
        "claimed": _points(tally.claimed),
        "supported": _points(tally.supported) if show.supported else None,
        "scored": _points(tally.scored) if show.scored else None,
    }


def _region(evaluation: Evaluation) -> dict[str, str]:
    region = evaluation.region
    above = Region.objects.ancestors_of(region.code).first()
    return {"code": region.code, "name": region.name, "province": above.name if above else ""}


def _instrument(instrument: Instrument, card: Scorecard) -> dict[str, Any]:
    return {
        "code": instrument.code,
        "name": instrument.name,
        "edition": instrument.edition,
        "digest": instrument.digest,
        "maximum": _points(instrument.max_points),
        "assumed": sum(entry.question.row.source == Source.ASSUMPTION for entry in card.questions),
        "assumptions": [_stated(entry, "text", "source_url") for entry in instrument.assumptions],
        "legal_basis": [_stated(entry, "title", "url") for entry in instrument.legal_basis],
    }


def _stated(entry: Any, words: str, source: str) -> dict[str, str]:
    """A line of the instrument, plain or with its source, as text and source ('' if none is named)."""
    if isinstance(entry, dict):
        return {"text": str(entry.get(words, "")), "source": str(entry.get(source) or "")}
    return {"text": str(entry), "source": ""}


def _predicates(evaluation: Evaluation, card: Scorecard, *, show: Shown) -> dict[str, Any]:
    def named(band: scoring.Band) -> dict[str, str]:
        return {"code": band.code, "label": band.name}

    def stands(standing: scoring.Standing) -> dict[str, str]:
        return named(standing.predicate) | {"held": standing.sentence}

    known = {band.code: band for band in (scoring.NO_PREDICATE, *card.outline.bands)}
    awarded = known.get(evaluation.awarded_predicate)
    return {
        "claimed": stands(card.standing_claimed),
        "supported": stands(card.standing_supported) if show.supported else None,
        "scored": stands(card.standing_scored) if show.scored else None,
        "awarded": None if awarded is None else named(awarded) | _award(evaluation),
    }


def _award(evaluation: Evaluation) -> dict[str, str | None]:
    """The points awarded, and the reason for another predicate than they give, where there is one."""
    points = {"points": None if evaluation.awarded_points is None else _points(evaluation.awarded_points)}
    return points | ({"reason": _cut(evaluation.award_reason)} if evaluation.award_reason else {})


def _question(entry: QuestionScore, *, show: Shown, years: Years, evidence: list[dict[str, Any]]) -> dict[str, Any]:
    question, answer, score = entry.question, entry.answer, entry.score if show.scored else None
    behalf = answer.on_behalf_of
    read = shown(entry.rule, answer.value, years)
    return {
        "code": question.code,
        "text": question.text,
        "assumed": question.row.source == Source.ASSUMPTION,
        "answered": answer.value is not None,
        "answer": read.text,
        "applies": read.applies,
        "years": _years(entry.rule, read),
        "table": None if read.table is None else _table(read.table),
        "note": _cut(answer.note),
        "behalf": behalf.name if behalf else "",
        "tally": _tally(entry.tally, show=show),
        "verdict": None if score is None else _verdict(score),
        "missing": [want.label for want in entry.missing],
        "evidence": evidence,
    }


def _years(rule: scoring.Rule, read: showing.Shown) -> list[str]:
    """The two years of a comparison, each with its figure; nothing for other answers."""
    compared = isinstance(rule, scoring.Banded) and rule.compare is not None
    return [f"{line.label}: {line.text}" for line in read.lines] if compared else []


def _table(table: showing.ShownTable) -> dict[str, Any]:
    """A table's rows as text, without rows when there are too many to print."""
    printed = table.count <= PRINTED_ROWS
    return {
        "columns": [{"label": column.label, "number": column.type == "number"} for column in table.columns],
        "count": table.count,
        "rows": [list(row) for row in table.rows] if printed else [],
        "sums": list(table.sums) if printed and any(table.sums) else [],
    }


def _verdict(score: Score) -> dict[str, Any]:
    return {
        "label": score.get_verdict_display(),
        "adjusted": score.verdict == Verdict.ADJUSTED,
        "stage": score.get_stage_display(),
        "reason": _cut(score.reason),
    }


def _cut(text: str) -> str:
    return Truncator(text.strip()).chars(LONGEST, truncate=" … (selengkapnya di portal)")


def _evidence(evaluation: Evaluation, user: Any) -> dict[int, list[dict[str, Any]]]:
    """Lines of evidence by answer: first what may be named, then per kind how many hold personal data."""
    links = (
        AnswerEvidence.objects.visible_to(user)
        .attached()
        .with_files()
        .filter(answer__evaluation=evaluation)
        .order_by("added_at", "pk")
    )
    by_answer: defaultdict[int, list[AnswerEvidence]] = defaultdict(list)
    for link in links:
        by_answer[link.answer_id].append(link)
    return {answer: _lines(many) for answer, many in by_answer.items()}


def _lines(links: Iterable[AnswerEvidence]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    personal: Counter[str] = Counter()
    for link in links:
        revision, item = link.revision, link.revision.item
        if item.personal_data:
            personal[item.get_kind_display()] += 1
            continue
        file = revision.file
        lines.append(
            {
                "title": item.title,
                "kind": item.get_kind_display(),
                "count": 1,
                "personal": False,
                "about": _size(file.size) if file else (urlsplit(revision.url).hostname or "tautan"),
                "sha256": file.sha256[:12] if file else "",
            }
        )
    lines += [
        {"title": "", "kind": kind, "count": count, "personal": True, "about": "", "sha256": ""}
        for kind, count in sorted(personal.items())
    ]
    return lines


def _size(size: int) -> str:
    """'812 B', '14,2 KB', '3,1 MB'."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{decimal_text(Decimal(size) / 1000, 1)} KB"
    return f"{decimal_text(Decimal(size) / 1_000_000, 1)} MB"
