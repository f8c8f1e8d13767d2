"""Smallest valid rows for tests. Every argument can be overridden; nothing else happens."""

import itertools
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from clusters.models import Instrument
from clusters.tests.make import make_instrument
from evaluations.enums import AnswerState, DocumentVerdict, Stage, Verdict
from evaluations.models import (
    Allotment,
    Answer,
    AnswerEvidence,
    Cycle,
    Evaluation,
    EvidenceVerdict,
    PublishedResult,
    Score,
    Seat,
)
from evaluations.services.cycles import enrol
from evidence.tests.make import make_revision
from regions.models import Region
from regions.tests.make import make_agency, make_region

_n = itertools.count(1)

ANSWERS: dict[str, Any] = {"yes_no": "yes", "percentage": "72.5", "count": "3", "rollup": {"met": "5", "of": "6"}}
"""An answer that fits, by kind; choices, checklists and tables take theirs from the rule."""
CELLS = {"text": "Kelurahan Manggar", "number": "72.5", "date": "2024-12-31"}


def make_cycle(*, instrument: Instrument | None = None, **fields: Any) -> Cycle:
    fields.setdefault("name", f"Evaluasi KLA {next(_n)}")
    fields.setdefault("data_years", [2024, 2025])
    return Cycle.objects.create(instrument=instrument or make_instrument(), **fields)


def make_evaluation(
    *,
    region: Region | None = None,
    cycle: Cycle | None = None,
    agencies: tuple[str, ...] = ("dp3a", "disdukcapil", "dinkes"),
    **fields: Any,
) -> Evaluation:
    """An enrolled city with its agencies, all answers empty; `stage` and other fields as given."""
    region = region or make_region()
    have = set(region.agencies.values_list("kind", flat=True))
    for kind in agencies:
        if kind not in have:
            make_agency(region=region, kind=kind)
    [evaluation] = enrol(cycle or make_cycle(), [region], by=make_user(Role.NATIONAL_ADMIN))
    if fields:
        Evaluation.objects.filter(pk=evaluation.pk).update(**fields)
        evaluation.refresh_from_db()
    return evaluation


def make_signed(evaluation: Evaluation) -> Evaluation:
    """With what a submission needs besides approved answers: the chair's word, and a declaration."""
    chair = make_user(Role.TASK_FORCE, evaluation.region)
    Seat.objects.update_or_create(evaluation=evaluation, is_chair=True, defaults={"member": chair})
    declaration = make_revision(region=evaluation.region)
    Evaluation.objects.filter(pk=evaluation.pk).update(
        signed_off_at=timezone.now(), signed_off_by=chair, declaration=declaration
    )
    evaluation.refresh_from_db()
    return evaluation


def fitting_value(answer: Answer) -> Any:
    """A value that the question's rule accepts."""
    rule = answer.question.rule
    if answer.question.kind == "choice":
        return rule["options"][-1]["key"]
    if answer.question.kind == "checklist":
        return {rule["items"][0]["key"]: rule["levels"][-1]["key"]}
    if answer.question.kind == "table":
        return [
            {
                column["key"]: column["options"][0] if column["type"] == "choice" else CELLS[column["type"]]
                for column in rule["columns"]
            }
        ]
    if "compare" in rule:
        return {"before": "60", "now": "72.5"} if rule["unit"] == "%" else {"before": "3", "now": "4"}
    return ANSWERS[answer.question.kind]


def make_answer(*, evaluation: Evaluation | None = None, code: str = "", **fields: Any) -> Answer:
    """The answer to question `code` (default: the first) with a fitting value, waiting for the task force."""
    evaluation = evaluation or make_evaluation()
    answers = Answer.objects.select_related("question", "evaluation__region").filter(evaluation=evaluation)
    found = (
        answers.order_by(
            "question__indicator__cluster__position", "question__indicator__position", "question__position"
        ).first()
        if not code
        else answers.get(question__code=code)
    )
    assert found is not None
    for field, value in ({"value": fitting_value(found), "state": AnswerState.ANSWERED} | fields).items():
        setattr(found, field, value)
    found.save()
    return found


def make_link(*, answer: Answer | None = None, **fields: Any) -> AnswerEvidence:
    """A clean PDF attached to an answer."""
    answer = answer or make_answer()
    fields.setdefault("revision", None)
    revision = fields.pop("revision") or make_revision(region=answer.evaluation.region)
    fields.setdefault("added_by", revision.created_by)
    return AnswerEvidence.objects.create(answer=answer, revision=revision, **fields)


def make_score(*, answer: Answer, **fields: Any) -> Score:
    fields.setdefault("stage", Stage.ADMIN_VERIFICATION)
    fields.setdefault("answer_version", answer.version)
    fields.setdefault("verdict", Verdict.ACCEPTED)
    fields.setdefault("fraction", Decimal(1))
    fields.setdefault("by", None)
    fields["by"] = fields["by"] or make_user(Role.PROVINCE_VERIFIER)
    return Score.objects.create(answer=answer, **fields)


def make_document_verdict(*, link: AnswerEvidence, **fields: Any) -> EvidenceVerdict:
    """The document accepted in the evaluation's present stage."""
    fields.setdefault("stage", link.answer.evaluation.stage)
    fields.setdefault("revision", link.revision)
    fields.setdefault("verdict", DocumentVerdict.ACCEPTED)
    fields.setdefault("by", None)
    fields["by"] = fields["by"] or make_user(Role.PROVINCE_VERIFIER)
    return EvidenceVerdict.objects.create(link=link, **fields)


def make_published(**fields: Any) -> PublishedResult:
    """A final result of Balikpapan as somebody has published it."""
    fields.setdefault("region", None)
    fields["region"] = fields["region"] or make_region()
    given = {"year": 2022, "stage": "final", "score": Decimal("732.00"), "predicate": "nindya"}
    given |= {"maximum": Decimal(1000), "source_url": f"https://contoh.go.id/{next(_n)}"}
    return PublishedResult.objects.create(**given | fields)


def people(evaluation: Evaluation) -> dict[str, User | None]:
    """One person per role and place, seen from an evaluation: the columns of the access matrix."""
    region = evaluation.region
    province = make_region(code=region.parent_code)
    sister = make_region(code=f"{province.code}.02" if region.code != f"{province.code}.02" else f"{province.code}.03")
    far = make_region(code="73.71" if province.code != "73" else "12.71")
    lead = region.agencies.get(kind="disdukcapil")
    other = region.agencies.get(kind="dinkes")
    allotted = make_user(Role.EVALUATOR)
    Allotment.objects.create(evaluation=evaluation, evaluator=allotted)
    return {
        "operator": make_user(Role.OPERATOR, region, lead),
        "other_operator": make_user(Role.OPERATOR, region, other),
        "coordinator": make_user(Role.COORDINATOR, region),
        "task_force": make_user(Role.TASK_FORCE, region),
        "viewer": make_user(Role.VIEWER, region),
        "unit_operator": make_user(Role.UNIT_OPERATOR, make_region(code=f"{region.code}.01")),
        "province": make_user(Role.PROVINCE_VERIFIER, province),
        "evaluator": allotted,
        "idle_evaluator": make_user(Role.EVALUATOR),
        "admin": make_user(Role.NATIONAL_ADMIN),
        "sister": make_user(Role.COORDINATOR, sister),
        "far": make_user(Role.COORDINATOR, far),
        "far_province": make_user(Role.PROVINCE_VERIFIER, make_region(code=far.parent_code)),
        "retired": make_user(),
        "nobody": None,
    }
