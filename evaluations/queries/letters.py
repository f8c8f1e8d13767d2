"""What an agency is asked for: a letter, the same as text for a messenger, and until when."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings

from clusters import scoring
from evaluations.enums import Stage
from evaluations.models import Evaluation
from evaluations.queries.deadlines import due_for
from evaluations.queries.fitting import held_by
from evaluations.queries.missing import Gap, gaps
from evaluations.queries.scorecard import QuestionScore, scorecard
from evaluations.queries.work import owners_of, returned_answers
from evaluations.timing import timing
from kla_portal.lib.dates import long_date, zoned_date
from kla_portal.lib.numbers import points_text
from regions.models import Agency

MOST = 12
"""More questions than these a message only counts; the letter has them all."""
SHORT = 150
"""Characters of what a question wants in a message."""
ANSWER = "Jawaban atas pertanyaan ini"
AHEAD = timedelta(days=7)
OFFICE = "dp3a"
Content = dict[str, Any]
"""A letter as plain JSON, every figure and day already a text; `components/letter.html` shows it."""


def due(evaluation: Evaluation, today: date, agency: Agency | None = None) -> date:
    """Until when documents are asked for unless somebody says otherwise: the region's own deadline for the agency while
    it is to come; else a week before the stage closes, extended or not; its last day there when that is nearer
    than a week, and a week from today when nothing is planned. At most two queries."""
    own = due_for(evaluation, agency.pk) if agency else None
    if own and zoned_date(own, evaluation.region_id) >= today:
        return zoned_date(own, evaluation.region_id)
    until = timing(evaluation).until
    if until is None:
        return today + AHEAD
    closes = zoned_date(until - timedelta.resolution, evaluation.region_id)  # at 00.00 the day before was the last
    early = closes - AHEAD
    return early if early > today else closes if closes >= today else today + AHEAD


def letter(evaluation: Evaluation, agency: Agency, by: Any, *, number: str, until: date, today: date) -> Content:
    """What is still wanted of the agency, by cluster, with the points that hang on it; of documents that are closed
    to the agency nothing but that something does not fit. `locked`: how many questions lack something as well, and
    cannot be changed now. Some nine queries."""
    owners, card = owners_of(evaluation), scorecard(evaluation)
    lacking = {gap.score.question.pk: gap for gap in gaps(evaluation, card, owners, (), opens=held_by(agency))}
    open_ = _open(evaluation)
    groups, points, locked = [], [], 0
    for cluster in card.clusters:
        lines = []
        for row in (row for indicator in cluster.indicators for row in indicator.questions):
            mine = [owner for owner in owners.get(row.question.pk, ()) if owner.agency == agency]
            gap = lacking.get(row.question.pk)
            if not mine or not (wants := _wants(row, gap, leads=mine[0].is_lead)):
                continue
            if open_ is not None and row.answer.pk not in open_:
                locked += 1
            else:
                points.append(gap.at_stake if gap else row.maxima.claimed)
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
        "locked": locked,
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
        f"{content['points']} poin bergantung padanya.",
        "",
    ]
    asked = [line for group in content["groups"] for line in group["lines"]]
    for line in asked[:MOST]:
        wants = _short("; ".join(want["label"] for want in line["wants"]))
        lines.append(f"*{line['code']}* {wants} – {line['points']} poin")
    if len(asked) > MOST:
        lines.append(f"… dan {len(asked) - MOST} lainnya, lihat tautan.")
    lines += ["", f"Unggah di sini: {address}", "", f"Terima kasih. {content['signer']}"]
    return "\n".join(lines)


def _short(words: str) -> str:
    return words if len(words) <= SHORT else words[: SHORT - 1].rsplit(" ", 1)[0] + "…"


def _open(evaluation: Evaluation) -> set[int] | None:
    """The answers (pks) that can be changed now: during the review what was returned; None for all of them."""
    return returned_answers(evaluation) if evaluation.stage == Stage.TASK_FORCE_REVIEW else None


def _wants(row: QuestionScore, gap: Gap | None, *, leads: bool) -> list[Content]:
    """What to ask for: the answer, of whoever leads the question; then each document in one line, missing or to be
    mended."""
    found = [{"label": ANSWER, "demands": ""}] if leads and not row.answered else []
    for line in gap.fit.lines if gap else ():
        if request := line.request:
            found.append({"label": request, "demands": ""})
        elif not line.there and not line.want.optional:
            found.append({"label": line.want.label, "demands": line.want.demands})
    return found
