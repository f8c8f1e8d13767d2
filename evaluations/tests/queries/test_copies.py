"""A link without a copy: listed with who may mend it, and in the way of the submission alone."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from evaluations.enums import AnswerState, Stage
from evaluations.models import AnswerEvidence
from evaluations.queries.copies import alone
from evaluations.services.library import revise_file
from evaluations.services.workflow import move
from evaluations.tests.make import make_answer, make_evaluation, make_link, make_signed, people
from evidence.models import EvidenceRevision
from evidence.tests.make import make_pdf, make_revision, make_upload
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db
ADDRESS = "https://jdih.balikpapan.go.id/perda"


def linked(evaluation, code="1.1", state=AnswerState.APPROVED, **fields):
    """An answered question with a link that stands alone."""
    answer = make_answer(evaluation=evaluation, code=code, state=state)
    fields.setdefault("title", f"Laman {code}")
    revision = make_revision(region=evaluation.region, url=ADDRESS, **fields)
    return make_link(answer=answer, revision=revision)


def codes(evaluation, who="coordinator"):
    return [row.code for row in alone(evaluation, people(evaluation)[who])]


def test_what_counts_and_what_does_not():
    evaluation = make_evaluation()
    linked(evaluation, "2.1")
    first = linked(evaluation, "1.1")
    make_link(answer=first.answer)  # a file beside it is no copy of it
    linked(evaluation, "3.1", state=AnswerState.EMPTY)
    taken_off = linked(evaluation, "3.2")
    AnswerEvidence.objects.filter(pk=taken_off.pk).update(removed_at=timezone.now())
    linked(make_evaluation(cycle=evaluation.cycle, region=make_region("64.72")), "1.1")
    assert codes(evaluation) == ["1.1", "2.1"]
    copy = make_revision(region=evaluation.region)
    EvidenceRevision.objects.filter(pk=first.revision_id).update(file=copy.file_id)
    assert codes(evaluation) == ["2.1"]


def test_the_region_may_hand_in_without_copies_but_not_submit(client):
    evaluation = make_evaluation()
    for code in ("1.1", "2.1"):
        linked(evaluation, code)
    coordinator = people(evaluation)["coordinator"]
    client.force_login(coordinator)
    page = client.get(reverse("evaluations:stage_move", args=[evaluation.pk, "hand_in"])).content.decode()
    assert "2 tautan belum memiliki salinan berkas" in page
    evaluation = move(evaluation, "hand_in", version=1, by=coordinator)
    with pytest.raises(PermissionDenied, match=r"^2 tautan belum memiliki salinan"):
        move(evaluation, "submit", version=2, by=coordinator)
    page = client.get(evaluation.get_absolute_url()).content.decode()
    assert "Daftarnya ada pada halaman Kekurangan data dukung" in page
    evaluation = move(evaluation, "call_back", version=2, by=coordinator)
    for row in alone(evaluation, coordinator):
        done = revise_file(row.link.revision.item, make_upload(make_pdf(row.title), "salinan.pdf"), by=coordinator)
        assert (done.moved, done.revision.url) == (1, ADDRESS)
    assert alone(evaluation, coordinator) == []
    evaluation.answers.exclude(value=None).update(state=AnswerState.APPROVED)
    evaluation = make_signed(move(evaluation, "hand_in", version=3, by=coordinator))
    assert move(evaluation, "submit", version=4, by=coordinator).stage == Stage.ADMIN_VERIFICATION


def test_the_missing_page_lists_them_with_a_way_to_mend_for_those_who_may(client):
    evaluation = make_evaluation()
    link = linked(evaluation, personal_data=True, title="Laman rahasia")
    mend = reverse("evaluations:library_item", args=[link.revision.item_id]) + "#unggah"
    for who, told, may in (("coordinator", True, True), ("task_force", True, False), ("operator", False, False)):
        user = people(evaluation)[who]
        client.force_login(user)
        page = client.get(reverse("evaluations:evaluation_missing", args=[evaluation.pk])).content.decode()
        assert "Salinan belum diunggah: 1 tautan" in page
        assert ("Laman rahasia" in page) is told, who
        assert (mend in page) is may, who


def test_the_card_says_state_date_and_offers_another_look_and_a_copy(client):
    evaluation = make_evaluation()
    link = linked(evaluation)
    EvidenceRevision.objects.filter(pk=link.revision_id).update(
        link_state="broken", link_note="Halaman tidak ditemukan di situs (404).", link_checked_at=timezone.now()
    )
    check = reverse("evaluations:link_check", args=[link.pk])
    client.force_login(people(evaluation)["coordinator"])
    page = client.get(link.answer.get_absolute_url()).content.decode()
    mend = reverse("evaluations:library_item", args=[link.revision.item_id]) + "#unggah"
    for words in ("Tidak dapat dibuka", "tidak ditemukan di situs (404)", "Tautan diperiksa", check, mend):
        assert words in page
    form = re.search(rf'<form[^>]*action="{check}".*?</form>', page, re.S)
    assert form
    assert "csrfmiddlewaretoken" in form[0]
    client.force_login(people(evaluation)["task_force"])
    page = client.get(link.answer.get_absolute_url()).content.decode()
    assert "Tidak dapat dibuka" in page
    assert check not in page
    assert mend not in page


def test_asking_for_another_look_says_what_becomes_of_it(client):
    link = linked(make_evaluation())
    check = reverse("evaluations:link_check", args=[link.pk])
    client.force_login(people(link.answer.evaluation)["coordinator"])
    assert "akan diperiksa lagi" in client.post(check, follow=True).content.decode()
    EvidenceRevision.objects.filter(pk=link.revision_id).update(link_checked_at=timezone.now())
    assert "baru saja diperiksa" in client.post(check, follow=True).content.decode()


def test_the_number_of_queries_does_not_grow():
    evaluation = make_evaluation()
    coordinator, counts = people(evaluation)["coordinator"], []
    for code in ("1.1", "2.1", "3.1"):
        linked(evaluation, code)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            alone(evaluation, coordinator)
        counts.append(len(queries))
    assert counts[1:] == [1, 1]
