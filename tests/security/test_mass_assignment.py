"""A7: a form changes what it shows and nothing else, whatever is sent along with it.

Every form is sent rightly filled, and with it every field of every model, poisoned. Then the database is compared with
what it was, row by row and field by field.
"""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from evaluations.models import Answer, AnswerEvidence, Assignment
from evidence.enums import EvidenceKind
from evidence.tests.make import make_upload
from regions.models import Agency
from tests.access.world import World
from tests.security.addresses import addresses
from tests.security.filling import ADMIN, MINISTRY, REVIEW, SELF, far_region, one, question
from tests.security.post import Post
from tests.security.posts import POSTS, seen_holders, sister_region
from tests.security.worlds import Foreign, inside, make_wide_world

pytestmark = pytest.mark.django_db
APPS = ("trail", "accounts", "regions", "clusters", "evidence", "evaluations", "reports")
SIDE = {"sessions.session", "trail.once", "axes.accessattempt"}
"""Tables that keep no business of anybody's."""
BAD = {"BooleanField": "on", "DateField": "2031-01-01", "DateTimeField": "2031-01-01T00:00", "JSONField": '{"x": 1}'}
Attempt = tuple[str, str, list[Any], dict[str, Any]]
Rows = dict[str, dict[Any, dict[str, Any]]]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def snapshot() -> Rows:
    return {
        model._meta.label_lower: {row["pk"]: row for row in model._default_manager.values("pk", *_columns(model))}
        for model in apps.get_models()
        if model._meta.label_lower not in SIDE
    }


def _columns(model: type[models.Model]) -> list[str]:
    return [column.attname for column in model._meta.concrete_fields]


TRAIL = {"trail.event", "trail.eventcontent", "trail.chain"}
"""Written by every change, whatever a form says."""


def poison(world: World, foreign: Foreign) -> dict[str, str]:
    """A value for every field of every model, by name and by column; keys are those of another city's rows."""
    keys = {
        "evaluation": foreign.evaluation.pk, "answer": foreign.answer.pk, "evaluationevidence": foreign.link.pk,
        "region": foreign.evaluation.region_id, "agency": foreign.evaluation.region.agencies.get(kind="disdukcapil").pk,
        "user": world.people["far_province"].pk, "evidenceitem": foreign.link.revision.item_id,
        "evidencerevision": foreign.link.revision_id, "storedfile": foreign.link.revision.file_id,
        "job": foreign.report.job_id, "instrument": world.followed.source_id,
        "cycle": world.cases["awarded"].evaluation.cycle_id,
        "question": world.followed.source.questions.first().pk, "mapping": world.followed.pk,
    }  # fmt: skip
    found = {"is_staff": "on", "is_superuser": "on", "groups": "1", "kota": keys["region"], "status": "approved"}
    for model in (model for label in APPS for model in apps.get_app_config(label).get_models()):
        for column in model._meta.concrete_fields:
            for name in {column.name, column.attname}:
                found[name] = str(_bad(column, keys))
    return found


def _bad(column: Any, keys: dict[str, Any]) -> Any:
    if column.is_relation:
        return keys.get(column.related_model._meta.model_name, 1)
    if column.choices:
        return list(column.choices)[-1][0]
    kind = column.get_internal_type()
    if "Integer" in kind or "Decimal" in kind or "AutoField" in kind:
        return 31337
    return BAD.get(kind, "RACUN")


def faults_of(before: Rows, after: Rows, post: Post, bad: dict[str, str]) -> list[str]:
    """What changed that the form does not declare."""
    allowed = {line.partition(":")[0]: set(line.partition(":")[2].split()) for line in post.changes}
    faults = []
    for label, rows in after.items():
        if label == "trail.chain":  # its head moves on with every event
            continue
        old = before[label]
        if label not in TRAIL:
            if rows.keys() - old.keys() and f"+{label}" not in allowed:
                faults.append(f"made {label}")
            if old.keys() - rows.keys() and f"-{label}" not in allowed:
                faults.append(f"removed {label}")
        for key in rows.keys() & old.keys():
            changed = {name for name in rows[key] if rows[key][name] != old[key][name]}
            if more := changed - allowed.get(label, set()):
                faults.append(f"changed {label}: {sorted(more)}")
        for key in rows.keys() - old.keys():
            for name, value in rows[key].items():
                if not isinstance(value, bool | None) and str(value) == bad.get(name):
                    faults.append(f"{label}.{name} took {value!r}")
    return faults


def strangers() -> list[str]:
    """Rows that tie two territories together; there must never be one."""
    found = [
        f"evidence {link.pk}"
        for link in AnswerEvidence.objects.select_related("answer__evaluation", "revision__item__agency")
        if link.revision.item.region_id != link.answer.evaluation.region_id
        or (link.revision.item.agency and link.revision.item.agency.region_id != link.answer.evaluation.region_id)
    ]
    found += [
        f"assignment {row.pk}"
        for row in Assignment.objects.select_related("evaluation", "agency")
        if row.agency.region_id != row.evaluation.region_id
    ]
    memberships = Membership.objects.exclude(agency=None).select_related("agency")
    found += [f"membership {row.pk}" for row in memberships if row.agency.region_id != row.region_id]
    answers = Answer.objects.exclude(on_behalf_of=None).select_related("on_behalf_of", "evaluation")
    found += [f"answer {row.pk}" for row in answers if row.on_behalf_of.region_id != row.evaluation.region_id]
    return found


def client_of(world: World, actor: str) -> Client:
    client = Client(raise_request_exception=False)
    if person := world.people[actor]:
        client.force_login(person)
    return client


def test_every_form_is_among_them() -> None:
    """An address that takes POST and is not in the list above fails here. (The style guide's forms lead nowhere.)"""
    world, _ = make_wide_world()
    client = client_of(world, "coordinator")
    taking = set()
    for name, path in dict(addresses(world, (SELF, ADMIN))).items():
        with transaction.atomic():
            if name not in ("accounts:sign_out", "style_guide") and client.post(path).status_code != 405:
                taking.add(name)
            transaction.set_rollback(True)
    assert taking | {"accounts:sign_out"} == {post.name for post in POSTS}


def test_a_form_changes_what_it_shows_and_nothing_else() -> None:
    world, foreign = make_wide_world()
    wrong, sent, idle = [], 0, []
    for post in POSTS:
        bad = poison(world, foreign["far"][0])
        with transaction.atomic():
            post.before(world)
            client = client_of(world, post.actor)
            good = post.data(world)
            racun = {name: value for name, value in bad.items() if name not in {*good, *post.also.split()}}
            before = snapshot()
            response = client.post(reverse(post.name, args=post.args(world)), racun | good)
            after = snapshot()
            sent += len(racun)
            if response.status_code != post.status:
                wrong.append(f"{post.name}: {response.status_code} instead of {post.status}")
            wrong += [f"{post.name}: {fault}" for fault in faults_of(before, after, post, racun)]
            wrong += [f"{post.name}: {tie} ties two territories" for tie in strangers()]
            if post.changes and all(before[label] == after[label] for label in after if label not in TRAIL):
                idle.append(post.name)
            transaction.set_rollback(True)
    print(f"{len(POSTS)} forms x all model fields ({sent} poisoned fields): {len(wrong)} undeclared changes, ", end="")
    print("0 cross-territory links" if not wrong else "see below")
    assert not wrong, "\n".join(wrong)
    assert not idle, f"these did not even do their own work, so they prove nothing: {idle}"
    assert len(POSTS) >= 35
    assert sent > 2000


def foreign_attempts(world: World, foreign: dict[str, list[Foreign]]) -> list[Attempt]:
    """(actor, view, arguments, data) of forms whose own fields name what belongs to somebody else."""
    far, sister = foreign["far"], foreign["sister"]
    far_agency = Agency.objects.get(region=far_region(world), kind="disdukcapil").pk
    invite = {"full_name": "Siti", "username": "siti.baru", "role": "operator"}
    found: list[Attempt] = [
        ("coordinator", "accounts:person_invite", [], invite | {"agency": far_agency}),
        ("coordinator", "accounts:person_invite", [], invite | {"agency": far_agency, "region": far_region(world)}),
        ("coordinator", "accounts:person_invite", [], invite | {"role": "coordinator", "region": far_region(world)}),
        ("coordinator", "accounts:person_invite", [], invite | {"role": "province_verifier", "region": "64"}),
        ("coordinator", "accounts:person_invite", [], invite | {"role": "national_admin"}),
        ("coordinator", "accounts:person_invite", [], invite | {"role": "evaluator", "region": ""}),
        ("admin", "accounts:person_invite", [], invite | {"agency": far_agency, "region": "64.71"}),
        ("admin", "evaluations:cycle_enrol", [world.cases[MINISTRY].evaluation.cycle_id, "64"], {"regions": ["73.71"]}),
        ("admin", "evaluations:cycle_enrol", [world.cases[MINISTRY].evaluation.cycle_id, "64"], {"regions": ["64"]}),
        ("admin", "evaluations:evaluator_allot", one(ADMIN)(world), {"evaluator": world.people["coordinator"].pk}),
        ("coordinator", "evaluations:assignment_edit", question(SELF)(world),
         {"lead": far_agency, "seen": seen_holders(world)}),
        ("coordinator", "evaluations:assignment_edit", question(SELF)(world),
         {"lead": "", "helpers": [far_agency], "seen": seen_holders(world)}),
        ("admin", "evaluations:allotment_withdraw", [*one(SELF)(world), world.people["idle_evaluator"].pk], {}),
        ("coordinator", "regions:agency_edit", ["64.71", far_agency], {"name": "X", "short_name": "X", "version": 1}),
        ("operator", "evaluations:evidence_add", question(SELF)(world),
         {"file": make_upload(), "title": "SK", "kind": EvidenceKind.OTHER, "want": "bukan-permintaan"}),
        ("operator", "evaluations:link_add", question(SELF)(world),
         {"url": "https://contoh.go.id", "title": "SK", "want": "bukan-permintaan"}),
    ]  # fmt: skip
    found += [
        ("operator", "accounts:membership_switch", [], {"membership": world.memberships[who].pk})
        for who in ("sister", "far", "province", "admin", "coordinator")
    ]
    for each in (*far, *sister):
        pair = {"seen": [f"{each.answer.pk}:{each.answer.version}"], "code": "2.1"}
        found += [
            ("task_force", "evaluations:review_approve_all", one(REVIEW)(world), pair),
            ("evaluator", "evaluations:score_accept_all", one(MINISTRY)(world), pair),
            ("coordinator", "evaluations:answer_edit", [each.evaluation.pk, "2.1"], {"value": "1", "version": 1}),
            ("coordinator", "evaluations:stage_move", [each.evaluation.pk, "hand_in"], {"version": 1}),
            ("coordinator", "evaluations:assignment_edit", [each.evaluation.pk, "2.1"], {"lead": "", "seen": ":"}),
            ("coordinator", "evaluations:evaluation_assign", [each.evaluation.pk], {}),
            ("coordinator", "evaluations:evidence_remove", [each.link.pk], {}),
            ("coordinator", "evaluations:evidence_restore", [each.link.pk], {}),
            ("coordinator", "evaluations:link_check", [each.link.pk], {}),
            ("coordinator", "reports:report_request", [each.evaluation.pk], {}),
            ("coordinator", "reports:report_retry", [each.report.pk], {}),
        ]
        if each.evaluation.region_id != sister_region(world):
            found.append(("province", "evaluations:score_accept_all", one(ADMIN)(world), pair))
    for who in ("sister", "far", "province", "admin"):
        for view in ("person_reset", "membership_end", "person_second_factor_remove"):
            found.append(("coordinator", f"accounts:{view}", [world.memberships[who].pk], {"once": "k"}))
    return found


def test_what_belongs_to_others_cannot_be_named() -> None:
    world, foreign = make_wide_world()
    assert not inside(far_region(world), "64")
    wrong, attempts = [], foreign_attempts(world, foreign)
    for actor, view, args, data in attempts:
        with transaction.atomic():
            client = client_of(world, actor)
            before = snapshot()
            response = client.post(reverse(view, args=args), data)
            after = snapshot()
            changed = [label for label in after if label != "trail.event" and before[label] != after[label]]
            wrong += [f"{view} as {actor} with {data}: {label} changed" for label in changed]
            if response.status_code >= 500:
                wrong.append(f"{view} as {actor} with {data}: {response.status_code}")
            transaction.set_rollback(True)
    print(f"{len(attempts) - len(wrong)} of {len(attempts)} attempts on other people's rows came to nothing")
    assert not wrong, "\n".join(wrong)
    assert len(attempts) > 60
