"""A10: what was taken away works no more, on a live session and in the middle of an upload: 0 of 6 requests succeed."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.services import invitations, people, second_factor
from accounts.tests.make import make_membership, make_user
from evaluations.models import Answer
from evaluations.tests.make import make_evaluation, make_link
from evaluations.tests.make import people as everybody_of
from evidence.services import uploading
from evidence.tests.make import make_upload_under_way
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db
FIRST, SECOND = b"%PDF-1.4 separuh", b" dan sisanya"


def moved(person: Any, by: Any) -> None:
    people.end_membership(person.memberships.get(), by=by)
    make_membership(user=person, role=Role.COORDINATOR, region=make_region("73.71"))


TAKEN: dict[str, Callable[[Any, Any], Any]] = {
    "nothing": lambda person, by: None,  # the control: all six work
    "role ended": lambda person, by: people.end_membership(person.memberships.get(), by=by),
    "moved to another city": moved,
    "account closed": lambda person, by: people.close_account(person, by=by),
    "new link made by another": lambda person, by: invitations.renew(person, by=by),
    "second factor taken off": lambda person, by: second_factor.remove(person, by=by),
}


@pytest.mark.parametrize("what", TAKEN)
def test_nothing_works_any_more(what: str, client: Client) -> None:
    evaluation = make_evaluation()
    person: Any = everybody_of(evaluation)["coordinator"]
    answer = Answer.objects.select_related("question", "evaluation__region").get(
        evaluation=evaluation, question__code="2.1"
    )
    link = make_link(answer=answer)
    upload = make_upload_under_way(by=person, content=FIRST, size=len(FIRST + SECOND))
    question = reverse("evaluations:answer_edit", args=[evaluation.pk, "2.1"])
    tus = reverse("evidence:upload", args=[upload.pk])
    client.force_login(person)

    def requests() -> dict[str, HttpResponse]:
        digest = base64.b64encode(hashlib.sha256(SECOND).digest()).decode()
        piece = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(len(FIRST)), "Upload-Checksum": f"sha256 {digest}"}
        form = {"value": "50", "note": "disimpan sesudahnya", "version": answer.version}
        return {
            "page": client.get(question),
            "piece of a page": client.get(question, headers={"HX-Request": "true"}),
            "save": client.post(question, form),
            "file": client.get(reverse("evaluations:evidence_open", args=[link.pk])),
            "upload asked after": client.head(tus, headers={"Tus-Resumable": "1.0.0"}),
            "upload continued": client.patch(tus, SECOND, "application/offset+octet-stream", headers=piece),
        }

    assert client.get(question).status_code == 200
    assert client.head(tus, headers={"Tus-Resumable": "1.0.0"})["Upload-Offset"] == str(len(FIRST))
    TAKEN[what](person, make_user(Role.NATIONAL_ADMIN))
    statuses = {name: response.status_code for name, response in requests().items()}
    if what == "nothing":
        assert not {302, 401} & ({*statuses.values()} - {statuses["save"]}), statuses
        assert Answer.objects.get(pk=answer.pk).note == "disimpan sesudahnya"
        return
    succeeded = [name for name, status in statuses.items() if status not in (302, 401)]
    print(f"{len(succeeded)} of {len(statuses)} requests succeed after: {what}")
    assert succeeded == [], statuses
    answer.refresh_from_db()
    upload.refresh_from_db()
    assert (answer.note, upload.offset) == ("", len(FIRST))
    assert uploading.path_of(upload).read_bytes() == FIRST
