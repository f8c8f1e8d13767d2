"""What an agency is asked for: a letter, the same as text for a messenger, and until when."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from clusters import scoring
from evaluations.enums import Stage
from evaluations.models import Evaluation
from evaluations.queries.fitting import held_by
from evaluations.queries.missing import Gap, gaps
from evaluations.queries.scorecard import QuestionScore, scorecard
from evaluations.queries.work import owners_of, returned_answers
from kla_portal.lib.dates import long_date, zoned_date
from kla_portal.lib.numbers import points_text
from regions.models import Agency

MOST = 12
"""More questions than these a message only counts; the letter has them all."""
SHORT = 110
"""Characters of a question in a message."""
AHEAD = timedelta(days=7)
OFFICE = "dp3a"
Content = dict[str, Any]
"""A letter as plain JSON, every figure and day already a text; `components/letter.html` shows it."""


def due(evaluation: Evaluation, today: date) -> date:
    """Until when documents are asked for unless somebody says otherwise: a week before the stage is planned to close;
    the closing itself when that is nearer than a week, and a week from today when nothing is planned. One query."""
    window = evaluation.cycle.windows.filter(stage=evaluation.stage).order_by("closes_at").first()
    if window is None:
        return today + AHEAD
    closes = zoned_date(window.closes_at, evaluation.region_id)
    early = closes - AHEAD
    return early if early > today else closes if closes >= today else today + AHEAD


def letter(evaluation: Evaluation, agency: Agency, by: Any, *, number: str, until: date, today: date) -> Content:
    """What is still wanted of the agency, by cluster, with the points that hang on it; of documents that are closed
    to the agency nothing but that something does not fit. Some nine queries."""
    owners, card = owners_of(evaluation), scorecard(evaluation)
    lacking = {gap.score.question.pk: gap for gap in gaps(evaluation, card, owners, (), opens=held_by(agency))}
    open_ = _open(evaluation)
    groups, points = [], []
    for cluster in card.clusters:
        lines = []
        for row in (row for indicator in cluster.indicators for row in indicator.questions):
            mine = [owner for owner in owners.get(row.question.pk, ()) if owner.agency == agency]
            if not mine or (open_ is not None and row.answer.pk not in open_):
                continue
            gap = lacking.get(row.question.pk)
            if wants := _wants(row, gap, leads=mine[0].is_lead):
                points.append(_at_stake(row, gap))
                text = {"code": row.question.code, "text": row.question.text, "points": points_text(points[-1])}
                lines.append(text | {"wants": wants})
        if lines:
            groups.append({"code": cluster.cluster.code, "name": cluster.cluster.name, "lines": lines})
    office = Agency.objects.filter(region=evaluation.region_id, kind=OFFICE).order_by("pk").first()
    return {
        "region": evaluation.region.name,
        "office": office.name if office else "",
        "agency": agency.name,
        "cycle": evaluation.cycle.name,
        "years": evaluation.cycle.years_text,
        "number": number,
        "date": long_date(today),
        "until": long_date(until),
        "groups": groups,
        "count": len(points),
        "points": points_text(scoring.sum_points(points)),
        "signer": by.full_name,
        "phone": by.phone,
        "demo": settings.DEMO,
    }


def text(content: Content, address: str) -> str:
    """The letter in short, for a messenger. `address`: where the agency uploads."""
    lines = [
        f"*Yth. {content['agency']}*",
        f"Permintaan data dukung {content['cycle']}, {content['region']}.",
        f"Mohon dipenuhi paling lambat *{content['until']}*: {content['count']} pertanyaan, "
        f"{content['points']} poin dipertaruhkan.",
    ]
    left = MOST
    for group in content["groups"]:
        if not left:
            break
        lines += ["", f"*{group['code']} {group['name']}*"]
        for line in group["lines"][:left]:
            lines.append(f"{line['code']} {_short(line['text'])} ({line['points']} poin)")
            lines += [f"   - {want['label']}" for want in line["wants"]]
        left -= len(group["lines"][:left])
    if content["count"] > MOST:
        lines += ["", f"… dan {content['count'] - MOST} pertanyaan lain; daftar lengkap ada di portal."]
    lines += ["", f"Unggah di sini: {address}", "", f"Terima kasih. {content['signer']}"]
    return "\n".join(lines)


def _short(words: str) -> str:
    return words if len(words) <= SHORT else words[: SHORT - 1].rsplit(" ", 1)[0] + "…"


def _open(evaluation: Evaluation) -> set[int] | None:
    """The answers (pks) that can be changed now: during the review what was returned; None for all of them."""
    return returned_answers(evaluation) if evaluation.stage == Stage.TASK_FORCE_REVIEW else None


def _wants(row: QuestionScore, gap: Gap | None, *, leads: bool) -> list[Content]:
    """What to ask for: the answer, of whoever leads the question; what is missing; what does not fit."""
    found = [{"label": "Jawaban belum diisi", "demands": ""}] if leads and not row.answered else []
    if gap is not None:
        found += [{"label": want.label, "demands": want.demands} for want in gap.missing]
        missing = {want.key for want in gap.missing}
        remarks = [remark for remark in gap.remarks if remark.want.key not in missing]
        found += [{"label": f"{remark.want.label}: {remark.text}", "demands": ""} for remark in remarks]
    return found


def _at_stake(row: QuestionScore, gap: Gap | None) -> Decimal:
    """Of a question without an answer all that it can earn; else what is unproven, or proven by what does not fit."""
    return row.maxima.claimed if not row.answered else gap.points if gap else Decimal(0)
