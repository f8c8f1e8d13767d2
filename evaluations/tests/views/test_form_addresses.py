"""The addresses that only take forms: whoever opens one is led to the form's page, also after signing in."""

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.tests.make import PASSWORD, make_user
from evaluations.enums import Stage
from evaluations.models import AnswerEvidence
from evaluations.tests.make import make_answer, make_evaluation, people

pytestmark = pytest.mark.django_db
PAGE_OF = {
    "p/2.1/berkas/": "p/2.1/",
    "p/2.1/tautan/": "p/2.1/",
    "p/2.1/telaah/": "telaah/",
    "p/2.1/nilai/": "penilaian/2.1/",
    "telaah/setujui/": "telaah/",
    "terima-klaim/": "penilaian/",
    "bagikan/": "",
}


@pytest.fixture
def evaluation(settings):
    settings.REQUIRE_TOTP = False
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="2.1")
    return evaluation


def test_each_leads_to_its_page_and_strangers_nowhere(client, evaluation):
    who = people(evaluation)
    for form, page in PAGE_OF.items():
        client.force_login(who["coordinator"])
        answer = client.get(f"{evaluation.get_absolute_url()}{form}")
        assert answer.status_code == 302, form
        assert answer.url.partition("?")[0] == f"{evaluation.get_absolute_url()}{page}", form
        assert client.head(f"{evaluation.get_absolute_url()}{form}").status_code == 302
        client.force_login(who["far"])
        assert client.get(f"{evaluation.get_absolute_url()}{form}").status_code == 404, form


@pytest.mark.parametrize("form", ["berkas", "tautan"])
def test_signing_in_again_ends_on_a_page(evaluation, form):
    person = make_user(Role.COORDINATOR, evaluation.region)
    client, address = Client(), f"{evaluation.get_absolute_url()}p/2.1/{form}/"
    way = client.post(address, {}, headers={"Referer": f"http://testserver{address}"})  # the form had been refused
    page = client.post(way.url, {"username": person.username, "password": PASSWORD}, follow=True)
    assert page.status_code == 200
    assert page.request["PATH_INFO"] == f"{evaluation.get_absolute_url()}p/2.1/"


def test_a_reviewer_comes_back_to_the_cluster(client):
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    cluster = make_answer(evaluation=evaluation, code="2.1").question.indicator.cluster.code
    client.force_login(people(evaluation)["task_force"])
    page = client.get(f"{evaluation.get_absolute_url()}p/2.1/telaah/", follow=True)
    assert page.status_code == 200
    assert f"klaster={cluster}" in page.request["QUERY_STRING"]


def test_a_key_of_another_form_is_a_new_one(client, evaluation):
    """A report was asked for with it; a link put to an answer is another thing, and is put there once."""
    client.force_login(make_user(Role.COORDINATOR, evaluation.region))
    report = client.post(f"{evaluation.get_absolute_url()}laporan/buat/", {"once": "kunci"})
    assert report.url.startswith("/laporan/")
    link = {"url": "https://contoh.go.id/dokumen", "title": "SK", "once": "kunci", "want": ""}
    for _ in range(2):
        sent = client.post(f"{evaluation.get_absolute_url()}p/2.1/tautan/", link)
        assert (sent.status_code, sent.url) == (302, f"{evaluation.get_absolute_url()}p/2.1/#data-dukung")
    assert AnswerEvidence.objects.count() == 1
