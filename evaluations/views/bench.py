"""What the judges' bench shows, whichever of its forms was sent."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest
from django.urls import reverse

from clusters import scoring
from evaluations import permissions
from evaluations.forms.documents import DOCUMENT_REASONS
from evaluations.forms.scores import SCORE_REASONS, Chosen
from evaluations.models import Evaluation, Score, needs_proof
from evaluations.queries.benches import (
    Place,
    Proof,
    Reading,
    grouped,
    level_choices,
    next_to_judge,
    places,
    reading_of,
)
from evaluations.queries.documents import Said, document, standings
from evaluations.queries.scorecard import card_of, facts

PAGE = "evaluations/score_bench.html"


def bench_address(evaluation: Evaluation, code: str, chosen: Chosen, place: str = "") -> str:
    """The bench at a question; `place`: the part of the page that takes the focus."""
    query = "&".join(part for part in (chosen.query, f"berkas={chosen.document}" if chosen.document else "") if part)
    path = reverse("evaluations:score_bench", args=[evaluation.pk, code])
    return path + (f"?{query}" if query else "") + (f"#{place}" if place else "")


@dataclass(frozen=True, slots=True)
class Tab:
    """A document of the question, with what the present stage says of it as it now is."""

    proof: Proof
    said: Said | None
    key: str = ""
    """By which key it is reached from the document shown."""


def bench_context(request: HttpRequest, evaluation: Evaluation, code: str, chosen: Chosen) -> dict[str, Any]:
    """The page about one question. Raises Http404 for a code that the instrument does not have."""
    known = facts(evaluation, with_scores=True)
    card = card_of(known)
    rows = places(card, evaluation, standings(evaluation))
    here = next((place for place in rows if place.row.question.code == code), None)
    if here is None:
        raise Http404("Pertanyaan ini tidak ada pada instrumen evaluasi ini.")
    listed = [place for place in rows if _listed(place, here, chosen)]
    at = listed.index(here)
    given = (known.verdicts or {}).get(here.row.answer.pk, ())
    reading = reading_of(here, evaluation, judge=request.user)
    here.row.answer.evaluation = evaluation
    return {
        "closed": permissions.can_score_answer(request.user, here.row.answer).reason,
        "ask": permissions.can_ask(request.user, here.row.answer),
        "reopened": permissions.reopenings(evaluation).get(here.row.answer.pk),
        "evaluation": evaluation,
        "card": card,
        "place": here,
        "reading": reading,
        "listed": listed,
        "groups": grouped(listed, here),
        "clusters": [each.cluster for each in card.clusters],
        "chosen": chosen,
        "query": chosen.query,
        "previous": listed[at - 1] if at else None,
        "following": listed[at + 1] if at + 1 < len(listed) else None,
        "unjudged": next_to_judge(rows, code, chosen.cluster),
        "number": rows.index(here) + 1,
        "current": next((score for score in given if score.stage == evaluation.stage), None),
        "earlier": [_shown(score, here) for score in given if score.stage != evaluation.stage],
        "levels": level_choices(here.row),
        "judged": sum(place.judged_here for place in rows),
        "carried": sum(place.state == "carried" for place in rows),
        "remaining": [
            place.row.answer for place in rows if place.state == "open" and place.indicator.pk == here.indicator.pk
        ],
        "score_reasons": SCORE_REASONS.items(),
        "once": uuid4(),
        "once_all": uuid4(),
        "unproven": _unproven(here, reading, evaluation.stage),
    } | _documents(request, reading, evaluation, chosen.document)


def _documents(request: HttpRequest, reading: Reading, evaluation: Evaluation, wanted: str) -> dict[str, Any]:
    """The documents of the question and the one that is shown: the one asked for, else the first without a verdict."""
    said = [proof.verdict_in(evaluation.stage) for proof in reading.proofs]
    asked = [at for at, proof in enumerate(reading.proofs) if proof.pk == wanted]
    waiting = [at for at, verdict in enumerate(said) if verdict is None]
    at = next(iter(asked + waiting), 0)
    tabs = [
        Tab(proof, verdict, {at - 1: "[", at + 1: "]"}.get(number, ""))
        for number, (proof, verdict) in enumerate(zip(reading.proofs, said, strict=True))
    ]
    if not tabs:
        return {"tabs": tabs, "tab": None}
    tab = tabs[at]
    return {
        "tabs": tabs,
        "tab": tab,
        "document": document(tab.proof.link),
        "before": [each for each in tab.proof.said if each is not tab.said],
        "judging": permissions.can_judge_document(request.user, tab.proof.link),
        "document_reasons": DOCUMENT_REASONS.items(),
        "document_once": uuid4(),
    }


def _unproven(place: Place, reading: Reading, stage: str) -> bool:
    """Does the claim stand on documents that were all rejected? (As `services.documents.require_proof` has it.)"""
    row, proving = place.row, [proof for proof in reading.proofs if proof.link.proves]
    said = [proof.verdict_in(stage) for proof in proving]
    all_rejected = bool(proving) and all(verdict and verdict.verdict == "rejected" for verdict in said)
    return all_rejected and row.claimed_fraction > 0 and needs_proof(row.question.row)


def _shown(score: Score, place: Place) -> dict[str, Any]:
    return {"score": score, "points": scoring.points(score.fraction, place.row.judged_maximum)}


def _listed(place: Place, here: Place, chosen: Chosen) -> bool:
    """The question that is open stays in the list, else nobody would know where they are."""
    if place is here:
        return True
    return (not chosen.cluster or place.cluster.code == chosen.cluster) and (not chosen.only_open or place.to_judge)
