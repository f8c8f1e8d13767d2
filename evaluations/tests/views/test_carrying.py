from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from clusters.correspondence import Line
from evaluations.enums import Stage
from evaluations.models import Answer, Evaluation
from evaluations.tests.make import make_answer, make_evaluation, make_link, make_score
from evaluations.tests.services.test_carrying import coordinator, earlier_of, now_of
from evidence.enums import FileState
from evidence.models import EvidenceItem, EvidenceRevision, StoredFile
from evidence.tests.make import make_revision

pytestmark = pytest.mark.django_db


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def question(evaluation: Evaluation, name: str = "answer_edit", code: str = "2.1") -> str:
    return reverse(f"evaluations:{name}", args=[evaluation.pk, code])


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


# --- the whole evaluation -------------------------------------------------------------------------------------------
def test_the_offer_tells_how_many_first_and_then_why_the_others_do_not_fit() -> None:
    evaluation = make_evaluation()
    earlier = earlier_of(evaluation, Line("question", "merged", "3.1", "2.1"), Line("question", "merged", "2.1", "2.1"))
    for code in ("1.1", "2.1", "3.1"):
        make_answer(evaluation=earlier, code=code)
    client = signed_in(coordinator(evaluation))
    assert reverse("evaluations:evaluation_offer", args=[evaluation.pk]) in page(client, evaluation.get_absolute_url())
    url = reverse("evaluations:evaluation_offer", args=[evaluation.pk])
    shown = page(client, url)
    assert "Tawarkan 1 jawaban" in shown and "lebih dari satu" in shown
    assert not Answer.objects.exclude(proposed_from=None).exists()
    assert client.post(url).status_code == 302
    assert "Ada usulan siklus lalu" in page(client, evaluation.get_absolute_url() + "?klaster=KEL")
    assert "Tidak ada jawaban baru" in page(client, url)


def test_without_an_earlier_cycle_the_page_says_so_and_nothing_leads_there() -> None:
    evaluation = make_evaluation()
    client = signed_in(coordinator(evaluation))
    assert "Tawarkan jawaban" not in page(client, evaluation.get_absolute_url())
    url = reverse("evaluations:evaluation_offer", args=[evaluation.pk])
    assert "Tidak ada siklus sebelumnya" in page(client, url)
    assert client.post(url).status_code == 302


def test_the_queries_of_an_offer_do_not_grow_with_its_answers() -> None:
    counts = []
    evaluation = make_evaluation()
    earlier, client = earlier_of(evaluation), signed_in(coordinator(evaluation))
    url = reverse("evaluations:evaluation_offer", args=[evaluation.pk])
    for codes in ((), ("1.1",), ("2.1", "3.1")):
        for code in codes:
            make_answer(evaluation=earlier, code=code)
        with CaptureQueriesContext(connection) as queries:
            page(client, url)
        counts.append(len(queries))
    assert counts[1] == counts[2]


# --- one question ---------------------------------------------------------------------------------------------------
def test_the_question_shows_the_earlier_answer_its_verdict_and_its_evidence() -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation), code="2.1", value="64", note="menurut SIAK")
    make_score(answer=old, verdict="adjusted", reason="data 2022", fraction="0.4")
    make_link(answer=old, revision=make_revision(region=evaluation.region, title="Rekap akta"))
    shown = page(signed_in(coordinator(evaluation)), question(evaluation))
    for text in (str(old.evaluation.cycle), "64 %", "menurut SIAK", "Rekap akta", "80,00", "Dinilai lain"):
        assert text in shown, text


def test_an_open_earlier_evaluation_keeps_its_verdicts() -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation), code="2.1", value="64")
    make_score(answer=old)
    Evaluation.objects.filter(pk=old.evaluation_id).update(stage=Stage.MINISTRY_REVIEW)
    assert "Klaim diterima" not in page(signed_in(coordinator(evaluation)), question(evaluation))


def test_a_judge_who_may_not_read_the_earlier_evaluation_sees_none_of_it() -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=earlier_of(evaluation), code="2.1", note="menurut SIAK")
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.MINISTRY_REVIEW)
    judge = make_user(Role.EVALUATOR)
    evaluation.allotments.create(evaluator=judge)
    assert "menurut SIAK" not in page(signed_in(judge), question(evaluation))


def test_taking_over_saves_the_answer_with_the_ticked_evidence() -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation), code="2.1", value="64", note="menurut SIAK")
    ticked, left = make_link(answer=old), make_link(answer=old)
    client = signed_in(coordinator(evaluation))
    data = {"take_answer": "on", "evidence": [str(ticked.pk)], "version": 1}
    assert client.post(question(evaluation, "answer_take_over"), data).status_code == 302
    answer = now_of(evaluation, "2.1")
    assert (answer.value, answer.note) == ("64", "menurut SIAK")
    assert [row.revision for row in answer.evidence.all()] == [ticked.revision] != [left.revision]
    shown = page(client, question(evaluation))
    assert "sudah terpasang" in shown and "sudah sama" in shown


def test_the_form_of_the_panel_carries_its_token() -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=earlier_of(evaluation), code="2.1")
    shown = page(signed_in(coordinator(evaluation)), question(evaluation))
    form = shown.split('id="siklus-sebelumnya"')[1].split("</form>")[0]
    assert 'name="csrfmiddlewaretoken" value="' in form


def test_what_was_carried_no_further_says_so_and_its_evidence_still_can_be_taken() -> None:
    evaluation = make_evaluation()
    lines = (Line("question", "merged", "3.1", "2.1"), Line("question", "merged", "2.1", "2.1"))
    earlier = earlier_of(evaluation, *lines)
    links = [make_link(answer=make_answer(evaluation=earlier, code=code)) for code in ("2.1", "3.1")]
    client = signed_in(coordinator(evaluation))
    shown = page(client, question(evaluation))
    assert "lebih dari satu" in shown and 'name="take_answer"' not in shown
    data = {"evidence": [str(link.pk) for link in links], "version": 1, "take_answer": "on"}
    assert client.post(question(evaluation, "answer_take_over"), data).status_code == 302
    answer = now_of(evaluation, "2.1")
    assert (answer.value, answer.evidence.count()) == (None, 2)


@pytest.mark.parametrize("data", [{"version": "1"}, {"version": ""}, {"version": "1", "evidence": "fremd"}])
def test_nothing_chosen_or_something_unknown_takes_nothing(data: dict[str, str]) -> None:
    evaluation = make_evaluation()
    make_link(answer=make_answer(evaluation=earlier_of(evaluation), code="2.1"))
    response = signed_in(coordinator(evaluation)).post(question(evaluation, "answer_take_over"), data)
    assert response.status_code == 422
    answer = now_of(evaluation, "2.1")
    assert (answer.value, answer.version, answer.evidence.count()) == (None, 1, 0)


def test_an_answer_that_has_changed_meanwhile_is_shown_and_stays() -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation), code="2.1", value="64")
    make_answer(evaluation=evaluation, code="2.1", value="10", note="dari orang lain", version=5, text_version=5)
    client = signed_in(coordinator(evaluation))
    response = client.post(question(evaluation, "answer_take_over"), {"take_answer": "on", "version": 4})
    shown = response.content.decode()
    assert response.status_code == 409
    assert "dari orang lain" in shown and "64 %" in shown and 'name="version" value="5"' in shown
    assert now_of(evaluation, "2.1").value == "10"
    again = client.post(question(evaluation, "answer_take_over"), {"take_answer": "on", "version": 5})
    assert (again.status_code, now_of(evaluation, "2.1").value) == (302, old.value)


def test_an_agency_that_only_helps_takes_evidence_and_no_answer() -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation), code="3.1", value="4")
    link = make_link(answer=old, revision=make_revision(region=evaluation.region, personal_data=False))
    helper = make_user(Role.OPERATOR, evaluation.region, evaluation.region.agencies.get(kind="dp3a"))
    data = {"take_answer": "on", "evidence": [str(link.pk)], "version": 1}
    client = signed_in(helper)
    assert 'name="take_answer"' not in page(client, question(evaluation, code="3.1"))
    assert client.post(question(evaluation, "answer_take_over", "3.1"), data).status_code == 302
    answer = now_of(evaluation, "3.1")
    assert (answer.value, answer.evidence.count()) == (None, 1)


def test_personal_data_of_another_agency_is_neither_named_nor_taken() -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation), code="3.1")
    agencies = evaluation.region.agencies
    secret = make_revision(
        region=evaluation.region, agency=agencies.get(kind="dinkes"), title="Daftar nama anak", personal_data=True
    )
    link = make_link(answer=old, revision=secret)
    helper = signed_in(make_user(Role.OPERATOR, evaluation.region, agencies.get(kind="dp3a")))
    assert "Daftar nama anak" not in page(helper, question(evaluation, code="3.1"))
    data = {"evidence": [str(link.pk)], "version": 1}
    assert helper.post(question(evaluation, "answer_take_over", "3.1"), data).status_code == 422


@pytest.mark.parametrize("spoilt", ["purged", "quarantined", "deleted"])
def test_what_cannot_prove_anything_any_more_has_no_box_and_loses_nothing_beside_it(spoilt: str) -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation), code="2.1", value="64")
    link, now = make_link(answer=old), timezone.now()
    if spoilt == "purged":
        EvidenceRevision.objects.filter(pk=link.revision_id).update(file=None, purged_at=now)
    elif spoilt == "quarantined":
        StoredFile.objects.filter(pk=link.revision.file_id).update(state=FileState.QUARANTINED)
    else:
        EvidenceItem.objects.filter(pk=link.revision.item_id).update(deleted_at=now)
    client = signed_in(coordinator(evaluation))
    assert f'value="{link.pk}"' not in page(client, question(evaluation))
    data = {"take_answer": "on", "evidence": [str(link.pk)], "version": 1}
    response = client.post(question(evaluation, "answer_take_over"), data)
    shown = response.content.decode()
    assert response.status_code == 422 and "tidak dapat dipasang lagi. Periksa centangnya" in shown
    assert 'id="take-answer" checked' in shown
    answer = now_of(evaluation, "2.1")
    assert (answer.value, answer.evidence.count()) == (None, 0)


def test_the_box_sent_twice_is_no_fault() -> None:
    evaluation = make_evaluation()
    link = make_link(answer=make_answer(evaluation=earlier_of(evaluation), code="2.1"))
    client, data = signed_in(coordinator(evaluation)), {"evidence": [str(link.pk)], "version": 1}
    for _ in range(2):
        assert client.post(question(evaluation, "answer_take_over"), data).status_code == 302
    assert now_of(evaluation, "2.1").evidence.count() == 1


def test_the_queries_of_a_question_do_not_grow_with_earlier_evidence() -> None:
    evaluation = make_evaluation()
    old = make_answer(evaluation=earlier_of(evaluation), code="2.1")
    client, counts = signed_in(coordinator(evaluation)), []
    for links in (0, 1, 2):
        for _ in range(links):
            make_link(answer=old)
        with CaptureQueriesContext(connection) as queries:
            page(client, question(evaluation))
        counts.append(len(queries))
    assert counts[1] == counts[2]


def test_an_evaluation_of_long_ago_is_passed_over_for_the_latest() -> None:
    evaluation = make_evaluation()
    first = earlier_of(evaluation)
    make_answer(evaluation=first, code="2.1", note="yang lama")
    first.cycle.created_at = evaluation.cycle.created_at - timedelta(days=2000)
    first.cycle.save()
    make_answer(evaluation=earlier_of(evaluation), code="2.1", note="yang terbaru")
    shown = page(signed_in(coordinator(evaluation)), question(evaluation))
    assert "yang terbaru" in shown and "yang lama" not in shown
