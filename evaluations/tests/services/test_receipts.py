"""Declared, submitted once, receipted; and what check_receipt finds afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, ReceiptKind, ReopenKind, Stage
from evaluations.models import Answer, Evaluation, Receipt
from evaluations.queries.receipts import check, digest
from evaluations.services.answers import save_answer
from evaluations.services.declarations import declare, upload_declaration
from evaluations.services.library import delete
from evaluations.services.reopening import finish, reopen
from evaluations.services.submission import submit
from evaluations.services.workflow import move
from evaluations.tests.make import make_answer, make_evaluation, make_link, make_signed
from evidence.enums import FileState
from evidence.models import StoredFile
from evidence.tests.make import make_png, make_revision, make_stored, make_upload, make_xlsx
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready():
    """(an evaluation that can be submitted, its answer, the coordinator)."""
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    answer = make_answer(evaluation=evaluation, state=AnswerState.APPROVED)
    make_link(answer=answer)
    return make_signed(evaluation), answer, make_user(Role.COORDINATOR, evaluation.region)


def test_submitting_makes_a_receipt_of_what_there_is(ready):
    evaluation, answer, coordinator = ready
    receipt = submit(evaluation, version=evaluation.version, by=coordinator)
    held = receipt.payload["answers"][answer.question.code]
    link = answer.evidence.get()
    assert receipt.number == f"KLA-2025/{evaluation.region_id}/0001"
    assert (held["value"], held["version"]) == (answer.value, answer.version)
    assert held["evidence"][0]["sha256"] == link.revision.file_id
    assert receipt.payload["declaration"] == evaluation.declaration.file_id
    assert receipt.sha256 == digest(receipt.payload) == digest(Receipt.objects.get().payload)
    event = Event.objects.get(action="evaluation.submit")
    assert (receipt.trail_seq, receipt.trail_digest) == (event.seq, event.digest)
    assert event.after["sha256"] == receipt.sha256
    assert receipt.at == Evaluation.objects.get().submitted_at
    assert check(receipt).holds and check(receipt).declaration is True


def test_whoever_submits_again_gets_the_same_receipt(ready):
    evaluation, _, coordinator = ready
    first = submit(evaluation, version=evaluation.version, by=coordinator)
    assert submit(evaluation, version=evaluation.version, by=coordinator) == first
    with pytest.raises(PermissionDenied):
        submit(evaluation, version=evaluation.version + 1, by=make_user(Role.COORDINATOR, make_region(code="73.71")))
    assert Event.objects.filter(action="evaluation.submit").count() == 1


@pytest.mark.parametrize("state", [state for state in FileState if state != FileState.CLEAN])
def test_what_is_declared_must_be_clean(ready, state):
    evaluation, _, coordinator = ready
    StoredFile.objects.filter(pk=evaluation.declaration.file_id).update(state=state)
    with pytest.raises(PermissionDenied, match="belum lolos pemeriksaan"):
        submit(evaluation, version=evaluation.version, by=coordinator)
    assert not Receipt.objects.exists()


def test_without_a_declaration_or_with_a_deleted_one_nothing_is_submitted(ready):
    evaluation, _, coordinator = ready
    delete(evaluation.declaration.item, by=coordinator)
    with pytest.raises(PermissionDenied, match="sudah dihapus"):
        submit(evaluation, version=evaluation.version, by=coordinator)
    Evaluation.objects.update(declaration=None)
    with pytest.raises(PermissionDenied, match="belum diunggah"):
        submit(evaluation, version=evaluation.version, by=coordinator)


def test_the_declaration_is_replaced_until_it_is_submitted(ready):
    evaluation, _, coordinator = ready
    upload_declaration(evaluation, file=make_upload(make_png(), "foto.png"), by=coordinator)
    evaluation.refresh_from_db()
    item = evaluation.declaration.item
    assert not item.personal_data and item.title.startswith("Surat pernyataan")
    receipt = submit(evaluation, version=evaluation.version, by=coordinator)
    assert receipt.declaration == evaluation.declaration
    with pytest.raises(PermissionDenied, match="sudah diajukan"):
        declare(evaluation, make_revision(region=evaluation.region), by=coordinator)
    with pytest.raises(PermissionDenied, match="surat pernyataan"):
        delete(item, by=coordinator)


def test_a_spreadsheet_is_no_signed_letter(ready):
    evaluation, _, coordinator = ready
    with pytest.raises(PermissionDenied, match="PDF atau foto"):
        upload_declaration(evaluation, file=make_upload(make_xlsx(), "surat.xlsx"), by=coordinator)


def test_what_changes_by_name_is_named_and_what_changes_silently_is_found(ready):
    evaluation, answer, coordinator = ready
    receipt = submit(evaluation, version=evaluation.version, by=coordinator)
    judge = make_user(Role.PROVINCE_VERIFIER, make_region(code=evaluation.region.parent_code))
    reopen([answer], kind=ReopenKind.ASK, until=timezone.now() + timedelta(hours=3), reason="Perbaiki.", by=judge)
    save_answer(answer, version=answer.version, value=answer.value, note="Diperbaiki.", by=coordinator)
    added = finish(evaluation, by=coordinator)
    assert (added.kind, added.number[-4:]) == (ReceiptKind.ADDITIONS, "0002")
    assert check(receipt).explained == (answer.question.code,) and check(receipt).holds
    assert check(added).explained == check(added).silent == ()
    out = StringIO()
    call_command("check_receipt", receipt.number, stdout=out)
    assert "berubah lewat pembukaan kembali: 1.1" in out.getvalue()
    Answer.objects.filter(evaluation=evaluation, question__code="1.2").update(note="Diam-diam")
    assert check(receipt).silent == ("1.2",)
    with pytest.raises(CommandError):
        call_command("check_receipt", receipt.number, stdout=StringIO())


@pytest.mark.parametrize("what", ["payload", "sha256", "trail_digest"])
def test_a_receipt_that_was_tampered_with_does_not_hold(ready, what):
    evaluation, _, coordinator = ready
    receipt = submit(evaluation, version=evaluation.version, by=coordinator)
    forged = {"payload": receipt.payload | {"number": "KLA-1"}, "sha256": "0" * 64, "trail_digest": "0" * 64}
    Receipt.objects.filter(pk=receipt.pk).update(**{what: forged[what]})
    assert not check(Receipt.objects.get(pk=receipt.pk)).holds


def test_a_declaration_with_other_bytes_does_not_hold(ready):
    evaluation, _, coordinator = ready
    receipt = submit(evaluation, version=evaluation.version, by=coordinator)
    revision = evaluation.declaration
    revision.file = make_stored(make_png())
    revision.save()
    assert check(Receipt.objects.get(pk=receipt.pk)).declaration is False


def test_an_unknown_number_is_said_to_be_unknown():
    with pytest.raises(CommandError, match="tidak ada"):
        call_command("check_receipt", "KLA-2025/64.71/9999")


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_fifty_pairs_of_submits_make_one_receipt_each():
    """Two tabs with the same key, or each with its own: both are led to the one receipt."""
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    make_answer(evaluation=evaluation, state=AnswerState.APPROVED)
    make_signed(evaluation)
    coordinator = make_user(Role.COORDINATOR, evaluation.region)
    path = reverse("evaluations:stage_move", args=[evaluation.pk, "submit"])

    def send(job):
        client, version, key = job
        try:
            answer = client.post(path, {"version": version, "once": key})
            return answer.status_code, answer.headers.get("Location", "")
        finally:
            connections.close_all()

    clients = [Client(), Client()]
    for client in clients:
        client.force_login(coordinator)
    with ThreadPoolExecutor(2) as pool:
        for turn in range(50):
            Receipt.objects.all().delete()
            Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.TASK_FORCE_REVIEW, submitted_at=None)
            version = Evaluation.objects.get(pk=evaluation.pk).version
            key = str(uuid4())
            keys = [key, key] if turn % 2 else [key, str(uuid4())]
            told = list(pool.map(send, [(c, version, k) for c, k in zip(clients, keys, strict=True)]))
            receipt = Receipt.objects.get()
            assert told == [(302, receipt.get_absolute_url())] * 2
    assert Event.objects.filter(action="evaluation.submit").count() == 50
    assert connection.vendor == "postgresql"


def test_the_mover_alone_makes_it_too(ready):
    evaluation, _, coordinator = ready
    move(evaluation, "submit", version=evaluation.version, by=coordinator)
    assert Receipt.objects.get().kind == ReceiptKind.SUBMISSION
