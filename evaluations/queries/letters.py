"""What an agency is asked for: a letter, the same as text for a messenger, and until when."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from clusters import scoring
from evaluations.enums import Stage
from evaluations.models import Evaluation
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
    """What is still wanted of the agency, by cluster, with the points that hang on it. Some seven queries."""
    groups = []
    rows = _wanted(evaluation, agency)
    card = scorecard(evaluation)
    for cluster in card.clusters:
        lines = [
            _line(row, rows[row.question.pk])
            for indicator in cluster.indicators
            for row in indicator.questions
            if row.question.pk in rows and _lacks(row, leads=rows[row.question.pk])
        ]
        if lines:
            groups.append({"code": cluster.cluster.code, "name": cluster.cluster.name, "lines": lines})
    asked = [row for row in card.questions if row.question.pk in rows and _lacks(row, leads=rows[row.question.pk])]
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
        "count": len(asked),
        "points": points_text(scoring.sum_points(_at_stake(row) for row in asked)),
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


def _wanted(evaluation: Evaluation, agency: Agency) -> Mapping[int, bool]:
    """The questions (pks) of the agency that are open now, each with whether it leads them. Two or three queries."""
    mine = {
        question: any(owner.is_lead for owner in several if owner.agency == agency)
        for question, several in owners_of(evaluation).items()
        if any(owner.agency == agency for owner in several)
    }
    if evaluation.stage != Stage.TASK_FORCE_REVIEW:
        return mine
    returned = returned_answers(evaluation)
    open_ = set(evaluation.answers.filter(pk__in=returned).values_list("question", flat=True))
    return {question: leads for question, leads in mine.items() if question in open_}


def _lacks(row: QuestionScore, *, leads: bool) -> bool:
    """Is there anything to ask for? Whoever leads a question is asked for its answer too."""
    return bool(row.missing) or (leads and not row.answered)


def _at_stake(row: QuestionScore) -> Any:
    return row.tally.at_risk if row.answered else row.maxima.claimed


def _line(row: QuestionScore, leads: bool) -> Content:
    demands = {want.key: want.demands for want in row.question.wants}
    wants = [{"label": want.label, "demands": demands.get(want.key, "")} for want in row.missing]
    if leads and not row.answered:
        wants.insert(0, {"label": "Jawaban belum diisi", "demands": ""})
    return {
        "code": row.question.code, "text": row.question.text, "wants": wants, "points": points_text(_at_stake(row)),
    }  # fmt: skip
