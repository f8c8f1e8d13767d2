"""The conversations of a question: what each audience is shown, what refused forms keep, what others never learn."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.enums import Audience, Stage
from evaluations.models import Answer, Comment, Evaluation, Thread
from evaluations.services import talking
from evaluations.tests.make import make_answer, make_evaluation, people

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
SAID = {audience: f"RAHASIA-{audience}" for audience in Audience}


@pytest.fixture
def answer() -> Answer:
    return make_answer(evaluation=make_evaluation(stage=Stage.ADMIN_VERIFICATION), code="2.1")


@pytest.fixture
def everybody(answer: Answer):
    return people(answer.evaluation)


def page(answer: Answer, query: str = "") -> str:
    return reverse("evaluations:question_talk", args=[answer.evaluation_id, answer.question.code]) + query


def words(audience: str, **fields: object) -> dict:
    return {"does": "open", "audience": audience, "text": "Mohon SK terbaru", "once": "k"} | fields


def said_to(answer: Answer, audience: str, by: object, text: str = "Mohon SK") -> Comment:
    return talking.open_thread(answer, audience, text, by=by)


def test_the_text_of_one_audience_is_in_no_page_of_another(client, answer, everybody):
    writers = {"agency": "operator", "task_force": "task_force", "judges": "province"}
    for audience, who in writers.items():
        said_to(answer, audience, everybody[who], SAID[audience])
    own = {
        "operator": {Audience.AGENCY}, "coordinator": {Audience.AGENCY, Audience.TASK_FORCE},
        "task_force": {Audience.TASK_FORCE}, "province": {Audience.JUDGES}, "evaluator": {Audience.JUDGES},
    }  # fmt: skip
    one = [answer.evaluation_id]
    addresses = [page(answer), *(page(answer, f"?untuk={each}") for each in Audience)]
    addresses += [
        reverse("evaluations:evaluation_talk", args=one),
        answer.get_absolute_url(),
        reverse("evaluations:home"),
    ]
    addresses += [answer.evaluation.get_absolute_url(), reverse("evaluations:score_bench", args=[*one, "2.1"])]
    threads = {str(thread.pk): thread.audience for thread in Thread.objects.all()}
    for who, user in everybody.items():
        client.logout()
        if user:
            client.force_login(user)
        shown = "".join(client.get(address, follow=True).text for address in addresses)
        for audience, text in SAID.items():
            assert (text in shown) == (audience in own.get(who, ())), (who, audience)
        for pk, audience in threads.items():
            assert (pk in shown) == (audience in own.get(who, ())), (who, audience)


def test_to_others_there_is_no_such_page_nor_a_way_in(client, answer, everybody):
    thread = said_to(answer, "agency", everybody["operator"]).thread
    for who in ("viewer", "other_operator", "admin"):
        client.force_login(everybody[who])
        assert client.get(page(answer)).status_code == 404, who
        assert "percakapan" not in client.get(answer.get_absolute_url()).text.lower(), who
    client.force_login(everybody["task_force"])
    assert client.post(page(answer), words("agency")).status_code == 404
    foreign = words("task_force", does="reply", thread=str(thread.pk))
    assert client.post(page(answer), foreign).status_code == 404
    assert Comment.objects.count() == 1


def test_a_message_sent_twice_is_said_once_and_names_outsiders_to_nobody(client, answer, everybody):
    client.force_login(everybody["coordinator"])
    outsider = everybody["task_force"].username
    sent = words("agency", text=f"Mohon @{outsider} dan @entah.siapa")
    reply = client.post(page(answer), sent, follow=True)
    client.post(page(answer), sent)
    assert Comment.objects.count() == 1 and not Comment.objects.get().mentions.exists()
    assert f"@{outsider}, @entah.siapa tidak ikut dalam percakapan ini" in reply.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refused_form_is_shown_again_with_its_text(client, answer, everybody, headers):
    client.force_login(everybody["coordinator"])
    thread = said_to(answer, "agency", everybody["operator"]).thread
    long = "x" * 4001
    for fields in ({"text": "   "}, {"text": long}, {"text": long, "does": "reply", "thread": str(thread.pk)}):
        reply = client.post(page(answer), words("agency", **fields), headers=headers)
        assert reply.status_code == 422 and reply.text.count("field-error") == 1
        assert fields["text"] in reply.text
    assert Comment.objects.count() == 1


def test_resolving_what_has_grown_meanwhile_is_refused_with_the_newest(client, answer, everybody):
    client.force_login(everybody["coordinator"])
    thread = said_to(answer, "agency", everybody["coordinator"]).thread
    done = {"does": "resolve", "audience": "agency", "thread": str(thread.pk), "version": thread.version}
    talking.reply(thread, "Sebentar lagi", by=everybody["operator"])
    reply = client.post(page(answer), done)
    assert reply.status_code == 409 and "Sebentar lagi" in reply.text
    thread.refresh_from_db()
    assert thread.resolved_at is None
    assert client.post(page(answer), done | {"version": thread.version}).status_code == 302
    thread.refresh_from_db()
    assert thread.resolved_by == everybody["coordinator"]


def test_taken_back_it_leaves_a_mark(client, answer, everybody):
    comment = said_to(answer, "agency", everybody["operator"], "Salah kirim")
    client.force_login(everybody["operator"])
    gone = {"does": "take_back", "audience": "agency", "thread": str(comment.thread_id), "comment": comment.pk}
    assert "Komentar dihapus" in client.post(page(answer), gone, headers=HTMX).text
    assert "Salah kirim" not in client.get(page(answer)).text


def test_after_the_award_it_is_read_and_not_added_to(client, answer, everybody):
    said_to(answer, "agency", everybody["operator"], "Dari dulu")
    Evaluation.objects.update(stage=Stage.AWARDED)
    client.force_login(everybody["operator"])
    shown = client.get(page(answer)).text
    assert "Dari dulu" in shown and "<textarea" not in shown
    assert client.post(page(answer), words("agency")).status_code == 403


def test_the_number_of_queries_does_not_grow(client: Client, answer, everybody, django_assert_max_num_queries):
    client.force_login(everybody["operator"])
    for _ in range(2):
        said_to(answer, "agency", everybody["operator"], f"@{everybody['coordinator'].username} mohon dicek")
        with django_assert_max_num_queries(12):
            client.get(page(answer))
