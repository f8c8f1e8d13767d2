"""Every text of one city marked with a word of its own, and who may meet which word, from the table in docs/access.md.

A word is `Knr<kind><stage number>q`: what it marks, and in which stage's evaluation it stands.
"""

import re
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluations.enums import DocumentVerdict, Stage, Verdict
from evaluations.models import AnswerEvidence, Review, Score
from evaluations.tests.make import make_answer, make_document_verdict, make_link
from evidence.enums import LinkState
from evidence.models import EvidenceRevision
from evidence.services.items import reindex
from evidence.tests.make import make_pdf, make_revision
from regions.models import Agency, Region
from reports.models import Report
from reports.services import request_report
from tests.access.world import World
from tests.security.worlds import DRAFTS
from trail.services.events import record

STAGES = tuple(Stage)
KINDS = (
    "note", "title", "file", "body", "event", "reason", "verdict", "link", "fact", "hint", "secret", "secretfact",
    "secretbody", "person", "mail",
)  # fmt: skip
WORD = re.compile(rf"Knr({'|'.join(KINDS)})([0-{len(STAGES) - 1}])q", re.IGNORECASE)
"""Nothing that a random token could spell by chance."""
SEAMS = re.compile(r"[\s\u00ad\u2010-]+")

CITY = {"operator", "other_operator", "coordinator", "task_force", "viewer"}
JUDGES = {"province", "evaluator"}
OWNERS = {"operator", "coordinator", "task_force"}


def word(kind: str, stage: str) -> str:
    assert kind in KINDS, kind
    return f"Knr{kind}{STAGES.index(Stage(stage))}q"


def words_in(text: str) -> set[tuple[str, str]]:
    """(kind, stage) of every word in a text, also where a printer has broken it over two lines."""
    return {(kind.lower(), STAGES[int(number)]) for kind, number in WORD.findall(SEAMS.sub("", text))}


def entitled(kind: str, stage: str) -> set[str]:
    """The actors who may meet a word of this kind from this stage's evaluation."""
    if kind == "person":  # whoever works with the city meets the names of its people
        return CITY | JUDGES | {"admin"}
    if kind == "mail":  # of the operator
        return {"operator", "coordinator", "admin"}
    readers = CITY | JUDGES | {"admin"}
    if stage == Stage.SELF_ASSESSMENT:
        readers = CITY - {"viewer"}
    elif stage == Stage.TASK_FORCE_REVIEW:
        readers = set(CITY)
    if kind in ("secret", "secretfact", "secretbody"):  # of personal data
        return (OWNERS | JUDGES) & readers
    if kind == "verdict" and stage != Stage.AWARDED:  # what the judges write, until the award
        return readers - CITY
    assert kind in ("note", "title", "file", "body", "event", "reason", "verdict", "link", "fact", "hint"), kind
    return readers


def mark(world: World) -> list[Report]:
    """Put a word into every text of 64.71; returns reports of all stages, as asked for by the region and by judges."""
    people = world.people
    # the names of regions and agencies are public; no word in them
    Region.objects.filter(code="64.71").update(name="Kota Balikpapan")
    for agency in Agency.objects.filter(region="64.71"):
        Agency.objects.filter(pk=agency.pk).update(name=f"Dinas {agency.kind}", short_name=agency.kind)
    for actor in CITY:
        person: Any = people[actor]
        person.full_name = f"{word('person', Stage.SELF_ASSESSMENT)} {actor}"
        if actor == "operator":
            person.email, person.phone = f"{word('mail', Stage.SELF_ASSESSMENT)}@contoh.id".lower(), "081234567890"
        person.save()
    return [report for stage in STAGES for report in _mark_case(world, stage)]


def _mark_case(world: World, stage: Stage) -> list[Report]:
    people, case = world.people, world.cases[stage]
    operator: Any = people["operator"]
    evaluation = case.evaluation
    evaluation.refresh_from_db()
    evaluation.region.refresh_from_db()
    if stage == Stage.AWARDED:
        evaluation.awarded_points, evaluation.awarded_predicate = Decimal("612.5"), "madya"
        evaluation.save()
    AnswerEvidence.objects.filter(answer__evaluation=evaluation).delete()
    answer = case.answer
    answer.note, answer.updated_by = f"Catatan {word('note', stage)}", operator
    answer.save()
    make_answer(evaluation=evaluation, code="1.1", note=word("note", stage), updated_by=operator)
    case.plain = _file(world, case, "file", "title", "body", personal=False)
    case.personal = _file(world, case, "secret", "secret", "secretbody", personal=True)
    link = make_revision(
        region=evaluation.region, agency=world.agency, url=f"https://contoh.id/{word('link', stage)}", by=operator,
        title=word("title", stage), personal_data=False,
    )  # fmt: skip
    EvidenceRevision.objects.filter(pk=link.pk).update(
        link_state=LinkState.BROKEN, link_note=word("link", stage), link_checked_at=timezone.now()
    )
    make_link(answer=answer, revision=link, added_by=operator)
    for personal in (False, True):  # in the library alone: never used, and deleted
        for deleted in (None, timezone.now()):
            _held(world, case, personal=personal, deleted_at=deleted)
    force: Any = people["task_force"]
    Review.objects.create(
        answer=answer, answer_version=answer.version, approved=False, reason=word("reason", stage), by=force
    )
    with transaction.atomic():
        record(
            "answer.return", by=force, subject=evaluation.subject, detail="2.1", region="64.71",
            before={"note": word("event", stage)}, after={"note": word("event", stage)}, reason=word("event", stage),
        )  # fmt: skip
        record(
            "answer.score", by=people["province"], subject=evaluation.subject, detail="2.1", region="64.71",
            after={"reason": word("verdict", stage)}, reason=word("verdict", stage),
        )  # fmt: skip
    requesters = ["coordinator"]
    Score.objects.filter(answer=answer).delete()
    if stage not in DRAFTS:
        Score.objects.create(
            answer=answer, stage=Stage.ADMIN_VERIFICATION, answer_version=answer.version, verdict=Verdict.ADJUSTED,
            level="x", fraction=Decimal("0.4"), reason=word("verdict", stage), by=people["province"],
        )  # fmt: skip
        make_document_verdict(
            link=case.plain, stage=Stage.ADMIN_VERIFICATION, verdict=DocumentVerdict.REJECTED,
            reason=word("verdict", stage), by=people["province"],
        )  # fmt: skip
        requesters.append("province")
    return [request_report(evaluation, by=people[who]) for who in requesters]


def _file(world: World, case: Any, name: str, title: str, body: str, *, personal: bool) -> AnswerEvidence:
    """A document of two revisions, all of its fields said, with a hint beside it where anybody may read of it."""
    operator: Any = world.people["operator"]
    stage = case.evaluation.stage
    revision = None
    for _ in range(2):
        revision = make_revision(
            region=case.evaluation.region, agency=world.agency, by=operator, title=word(title, stage),
            name=f"{word(name, stage)}.pdf", content=make_pdf(f"Isi {word(body, stage)}"),
            item=revision and revision.item, personal_data=personal, **_facts(stage, personal=personal),
        )  # fmt: skip
    assert revision is not None
    reindex(revision.item, revision)
    hint = "" if personal else word("hint", stage)
    return make_link(answer=case.answer, revision=revision, added_by=operator, page_hint=hint)


def _held(world: World, case: Any, *, personal: bool, deleted_at: Any) -> None:
    """A document that the library has and no answer uses."""
    stage, kind = case.evaluation.stage, "secret" if personal else "title"
    revision = make_revision(
        region=case.evaluation.region, agency=world.agency, by=world.people["operator"], title=word(kind, stage),
        name=f"{word('secret' if personal else 'file', stage)}.pdf", personal_data=personal, deleted_at=deleted_at,
        **_facts(stage, personal=personal),
    )  # fmt: skip
    reindex(revision.item, revision)


def _facts(stage: Stage, *, personal: bool) -> dict[str, Any]:
    said = word("secretfact" if personal else "fact", stage)
    return {"number": said, "signatory": said, "note": said, "tags": [said.lower()]}
