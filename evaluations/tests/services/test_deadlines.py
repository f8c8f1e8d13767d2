from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluations.enums import Stage
from evaluations.models import Assignment, Evaluation, InternalDeadline
from evaluations.queries.deadlines import due_for, due_of, late_parts, open_parts, standing
from evaluations.queries.letters import due
from evaluations.queries.work import owners_of
from evaluations.services.deadlines import set_deadlines, snapshot
from evaluations.tests.make import make_answer, make_evaluation, people
from kla_portal.lib.versions import Stale
from regions.tests.make import make_agency, make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
SOON = timezone.now().replace(second=0, microsecond=0) + timedelta(days=3)


def agency(evaluation: Evaluation, kind: str = "disdukcapil") -> int:
    return int(evaluation.region.agencies.get(kind=kind).pk)


def test_one_for_all_and_another_for_an_agency() -> None:
    evaluation = make_evaluation()
    coordinator, own = people(evaluation)["coordinator"], agency(evaluation)
    wanted = {None: SOON, own: SOON - timedelta(days=1)}
    assert set_deadlines(evaluation, wanted, seen="", by=coordinator)
    assert not set_deadlines(evaluation, wanted, seen="", by=coordinator)  # nothing to change, whatever was seen
    every = set(Assignment.objects.filter(evaluation=evaluation).values_list("agency", flat=True))
    assert due_of(evaluation) == dict.fromkeys(every, SOON) | {own: wanted[own]}
    assert (due_for(evaluation, own), due_for(evaluation, None)) == (wanted[own], SOON)
    assert due(evaluation, timezone.localdate(), evaluation.region.agencies.get(pk=own)) <= SOON.date()
    with pytest.raises(Stale):
        set_deadlines(evaluation, {}, seen="", by=coordinator)
    assert set_deadlines(evaluation, {own: SOON}, seen=snapshot(evaluation), by=coordinator)
    assert due_of(evaluation) == {own: SOON} and due_for(evaluation, None) is None
    events = Event.objects.about(evaluation.subject).filter(action="evaluation.deadlines").order_by("pk")
    assert [sorted(event.after) for event in events] == [["", "Disdukcapil"], ["Disdukcapil"]]


def test_only_the_coordinator_sets_them_and_only_for_the_own_agencies() -> None:
    evaluation = make_evaluation()
    world = people(evaluation)
    for who in ("operator", "task_force", "admin", "sister"):
        with pytest.raises(PermissionDenied):
            set_deadlines(evaluation, {None: SOON}, seen="", by=world[who])
    far = make_agency(region=make_region("73.71"), kind="dinkes")
    with pytest.raises(ValueError, match="another region"):
        set_deadlines(evaluation, {far.pk: SOON}, seen="", by=world["coordinator"])
    assert not InternalDeadline.objects.exists()


def test_who_is_late_and_what_hangs_on_it() -> None:
    evaluation = make_evaluation()
    own, other = agency(evaluation), agency(evaluation, "dinkes")
    make_answer(evaluation=evaluation, code="2.1", value="80")
    InternalDeadline.objects.create(evaluation=evaluation, agency_id=own, due_at=timezone.now() - timedelta(hours=1))
    InternalDeadline.objects.create(evaluation=evaluation, due_at=SOON)
    [late] = late_parts(evaluation)
    assert (late.agency.pk, late.not_ready, late.count, late.late) == (own, 2, 2, True)
    assert late.missing == 3 and late.points == 200  # 2.1: data and foto, 1.2: dokumen; of 2.1 nothing is supported
    assert {part.agency.pk for part in open_parts(evaluation)} == {own, other, agency(evaluation, "dp3a")}
    assert standing(evaluation, owners_of(evaluation))[own].late
    Assignment.objects.filter(evaluation=evaluation, agency=own).update(ready_at=timezone.now())
    assert late_parts(evaluation) == [] and not standing(evaluation, owners_of(evaluation))[own].late
    Assignment.objects.filter(evaluation=evaluation).update(ready_at=None)
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.ADMIN_VERIFICATION)
    evaluation.refresh_from_db()
    assert late_parts(evaluation) == [] and due_for(evaluation, own) is None


def test_the_page_takes_the_region_s_own_time_and_keeps_what_was_typed(client: Client) -> None:
    evaluation = make_evaluation()
    coordinator: Any = people(evaluation)["coordinator"]
    client.force_login(coordinator)
    page = reverse("evaluations:deadline_edit", args=[evaluation.pk])
    past = client.post(page, {"semua": "2020-01-01T10:00", "seen": ""})
    assert past.status_code == 422 and "2020-01-01T10:00" in past.content.decode()
    assert client.post(page, {"semua": "2090-01-01T10:00", "seen": ""}).status_code == 302
    assert InternalDeadline.objects.get().due_at == datetime(2090, 1, 1, 2, 0, tzinfo=UTC)  # WITA
    assert 'value="2090-01-01T10:00"' in client.get(page).content.decode()
    stale = client.post(page, {"semua": "2091-01-01T10:00", "seen": ""})
    text = stale.content.decode()
    assert stale.status_code == 409 and "2091-01-01T10:00" in text and "1 Jan 2090" in text
    evaluation.cycle.windows.create(stage=Stage.SELF_ASSESSMENT, opens_at=timezone.now(), closes_at=SOON)
    warned = client.post(page, {"semua": "2091-01-01T10:00", "seen": snapshot(evaluation)}, follow=True)
    assert "sesudah batas kementerian" in warned.content.decode()
