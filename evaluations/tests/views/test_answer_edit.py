import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, AnswerEvidence, Evaluation
from evaluations.tests.make import make_answer, make_evaluation, make_link, people
from evidence.tests.make import make_pdf
from trail.models import Event

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def url(evaluation: Evaluation, code: str = "2.1", name: str = "answer_edit") -> str:
    return reverse(f"evaluations:{name}", args=[evaluation.pk, code])


def stored(evaluation: Evaluation, code: str = "2.1") -> Answer:
    return Answer.objects.get(evaluation=evaluation, question__code=code)


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def operator(evaluation: Evaluation, client: Client) -> Client:
    user = people(evaluation)["operator"]
    assert user is not None
    client.force_login(user)
    return client


def test_htmx_gets_the_status_alone(evaluation: Evaluation, operator: Client) -> None:
    response = operator.post(url(evaluation), {"value": "72,5", "note": "catatan", "version": "1"}, headers=HTMX)
    page = response.content.decode()
    assert (response.status_code, stored(evaluation).value) == (200, "72.5")
    assert "<html" not in page and 'name="version" value="2"' in page and "Tersimpan" in page


def test_without_javascript_it_redirects_back(evaluation: Evaluation, operator: Client) -> None:
    response = operator.post(url(evaluation), {"value": "72,5", "note": "", "version": "1"})
    assert response.status_code == 302
    assert "72,5" in operator.get(response["Location"]).content.decode()


@pytest.mark.parametrize("value", ["150", "abc", "-3", "1e9"])
def test_a_bad_value_is_refused_with_the_typed_text_and_nothing_is_stored(
    evaluation: Evaluation, operator: Client, value: str
) -> None:
    response = operator.post(url(evaluation), {"value": value, "note": "tetap ada", "version": "1"})
    page = response.content.decode()
    assert (response.status_code, stored(evaluation).value) == (422, None)
    assert value in page and "tetap ada" in page
    assert not Event.objects.filter(action="answer.save").exists()


@pytest.mark.parametrize("autosave", [True, False])
def test_a_refused_save_brings_the_errors_alone(evaluation: Evaluation, operator: Client, autosave: bool) -> None:
    headers = HTMX | ({"HX-Trigger-Name": "autosave"} if autosave else {})
    response = operator.post(url(evaluation), {"value": "abc", "note": "tetap ada", "version": "1"}, headers=headers)
    page = response.content.decode()
    assert (response.status_code, "HX-Retarget" in response.headers) == (422, False)
    assert 'id="value-error"' in page and "data-why" in page and "field-error" in page
    assert "<form" not in page and "<textarea" not in page and 'name="version"' not in page
    assert ("data-error-summary" in page) is not autosave


def test_a_refused_form_keeps_the_version_that_was_looked_at(evaluation: Evaluation, operator: Client) -> None:
    operator.post(url(evaluation), {"value": "60", "note": "yang pertama", "version": "1"})
    response = operator.post(url(evaluation), {"value": "abc", "note": "yang kedua", "version": "1"})
    assert response.status_code == 422
    assert 'name="version" value="1"' in response.content.decode()


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_the_same_text_sent_again_is_no_conflict(
    evaluation: Evaluation, operator: Client, headers: dict[str, str]
) -> None:
    data = {"value": "60", "note": "sama", "version": "1"}
    statuses = [operator.post(url(evaluation), data, headers=headers).status_code for _ in range(2)]
    assert statuses == ([200, 200] if headers else [302, 302])
    assert Event.objects.filter(action="answer.save").count() == 1


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r"])
def test_a_line_break_in_the_note_is_one_character(evaluation: Evaluation, operator: Client, line_break: str) -> None:
    typed = "\n".join(["x"] * 5000)  # 9,999 characters
    data = {"value": "60", "note": typed.replace("\n", line_break), "version": "1"}
    assert operator.post(url(evaluation), data).status_code == 302
    assert stored(evaluation).note == typed
    data = {"value": "60", "note": ("xx\n" + typed).replace("\n", line_break), "version": "2"}
    assert operator.post(url(evaluation), data).status_code == 422


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_conflict_shows_both_texts_and_offers_the_typed_one_again(
    evaluation: Evaluation, operator: Client, headers: dict[str, str]
) -> None:
    operator.post(url(evaluation), {"value": "60", "note": "yang pertama", "version": "1"})
    response = operator.post(url(evaluation), {"value": "90", "note": "yang kedua", "version": "1"}, headers=headers)
    page = response.content.decode()
    assert (response.status_code, stored(evaluation).note) == (409, "yang pertama")
    assert "yang pertama" in page and "yang kedua" in page
    assert 'name="version" value="2"' in page and 'name="value" value="90"' in page


def test_fields_that_are_not_asked_are_not_taken(evaluation: Evaluation, operator: Client) -> None:
    operator.post(
        url(evaluation),
        {"value": "60", "note": "", "version": "1", "state": "approved", "evaluation": str(uuid.uuid4()),
         "on_behalf_of": "1", "updated_by": "1", "question": "1", "text_version": "99"},
    )  # fmt: skip
    answer = stored(evaluation)
    assert (answer.state, answer.on_behalf_of, answer.text_version) == (AnswerState.ANSWERED, None, 2)


def test_a_checklist_is_answered_by_item(evaluation: Evaluation, client: Client) -> None:
    client.force_login(people(evaluation)["coordinator"])
    response = client.post(url(evaluation, "1.2"), {"item_akta": "perda", "item_gizi": "", "note": "", "version": "1"})
    assert response.status_code == 302
    assert stored(evaluation, "1.2").value == {"akta": "perda"}
    assert "perda" in client.get(url(evaluation, "1.2")).content.decode()


def test_points_are_told_as_one_types_and_nothing_is_stored(evaluation: Evaluation, operator: Client) -> None:
    response = operator.post(url(evaluation, name="answer_points"), {"value": "72,5", "version": "1"})
    assert "120,00 / 200,00" in " ".join(response.content.decode().split())
    assert stored(evaluation).value is None


def test_an_upload_sent_twice_is_attached_once(evaluation: Evaluation, operator: Client) -> None:
    for _ in range(2):
        upload = SimpleUploadedFile("akta.pdf", make_pdf("akta"), content_type="application/pdf")
        response = operator.post(
            url(evaluation, name="evidence_add"),
            {
                "file": upload,
                "want": "data",
                "kind": "rekap",
                "title": "Rekap akta",
                "personal_data": "on",
                "once": "k1",
            },
        )
        assert response.status_code == 302
    assert AnswerEvidence.objects.count() == 1
    assert "Rekap akta" in operator.get(url(evaluation)).content.decode()


def test_a_file_that_is_not_what_it_says_is_refused_with_the_cure(evaluation: Evaluation, operator: Client) -> None:
    upload = SimpleUploadedFile("akta.pdf", b"MZ program", content_type="application/pdf")
    response = operator.post(
        url(evaluation, name="evidence_add"), {"file": upload, "kind": "rekap", "title": "Judul saya"}
    )
    page = response.content.decode()
    assert (response.status_code, AnswerEvidence.objects.count()) == (422, 0)
    assert "unggah lagi" in page and "Judul saya" in page


def test_a_file_over_the_limit_gets_413(evaluation: Evaluation, operator: Client, settings) -> None:  # type: ignore[no-untyped-def]
    settings.EVIDENCE_MAX_BYTES = 1000
    upload = SimpleUploadedFile("akta.pdf", b"%PDF-1.4" + b"0" * 2000, content_type="application/pdf")
    response = operator.post(url(evaluation, name="evidence_add"), {"file": upload, "kind": "rekap"})
    assert (response.status_code, AnswerEvidence.objects.count()) == (413, 0)


def test_a_link_is_attached(evaluation: Evaluation, operator: Client) -> None:
    data = {"url": "https://jdih.contoh.go.id/perda-1", "title": "Perda KLA", "want": "foto", "once": "k2"}
    assert operator.post(url(evaluation, name="link_add"), data).status_code == 302
    assert "Perda KLA" in operator.get(url(evaluation)).content.decode()


@pytest.mark.parametrize("personal", [True, False])
def test_a_link_is_asked_for_personal_data_as_a_file_is(
    evaluation: Evaluation, operator: Client, personal: bool
) -> None:
    page = operator.get(url(evaluation)).context["link_form"]
    assert page["personal_data"].value() is True and page["personal_data"].label == "Memuat data pribadi atau data anak"
    data = {"url": "https://jdih.contoh.go.id/daftar", "title": "Daftar anak"} | (
        {"personal_data": "on"} if personal else {}
    )
    assert operator.post(url(evaluation, name="link_add"), data).status_code == 302
    assert AnswerEvidence.objects.get().revision.item.personal_data is personal


def test_a_link_into_the_house_is_refused(evaluation: Evaluation, operator: Client) -> None:
    response = operator.post(url(evaluation, name="link_add"), {"url": "http://127.0.0.1/", "title": "x"})
    assert (response.status_code, AnswerEvidence.objects.count()) == (422, 0)


def test_the_file_comes_back_inert(evaluation: Evaluation, operator: Client) -> None:
    link = make_link(answer=make_answer(evaluation=evaluation, code="2.1"))
    link.revision.item.personal_data = False
    link.revision.item.save()
    response = operator.get(reverse("evaluations:evidence_open", args=[link.pk]))
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("who", "personal", "plain"),
    [
        ("operator", 403, 200), ("coordinator", 200, 200), ("task_force", 200, 200), ("viewer", 403, 200),
        ("unit_operator", 404, 404), ("province", 200, 200), ("evaluator", 200, 200), ("idle_evaluator", 404, 404),
        ("admin", 403, 200), ("sister", 404, 404), ("far", 404, 404), ("far_province", 404, 404), ("nobody", 302, 302),
    ],
)  # fmt: skip
def test_who_opens_a_file_after_submission(client: Client, who: str, personal: int, plain: int) -> None:
    evaluation = make_evaluation(stage=Stage.MINISTRY_REVIEW)
    link = make_link(answer=make_answer(evaluation=evaluation, code="2.1"))
    if user := people(evaluation)[who]:
        client.force_login(user)
    got = []
    for flag in (True, False):
        link.revision.item.personal_data = flag
        link.revision.item.save()
        got.append(client.get(reverse("evaluations:evidence_open", args=[link.pk])).status_code)
    assert got == [personal, plain]


def test_the_query_budget_does_not_grow_with_the_evidence(evaluation: Evaluation, operator: Client) -> None:
    operator.get(url(evaluation))  # the instrument is kept in memory from here on
    answer = make_answer(evaluation=evaluation, code="2.1")
    counts = []
    for rows in (1, 3):
        while answer.evidence.count() < rows:
            make_link(answer=answer)
        with CaptureQueriesContext(connection) as queries:
            assert operator.get(url(evaluation)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def test_evidence_taken_off_opens_only_for_who_may_put_it_back(client: Client) -> None:
    evaluation = make_evaluation()
    link = make_link(answer=make_answer(evaluation=evaluation, code="2.1"))
    everybody = people(evaluation)
    coordinator, task_force = everybody["coordinator"], everybody["task_force"]
    assert coordinator is not None and task_force is not None
    client.force_login(coordinator)
    client.post(reverse("evaluations:evidence_remove", args=[link.pk]))
    assert client.get(reverse("evaluations:evidence_open", args=[link.pk])).status_code == 200
    client.force_login(task_force)
    assert client.get(reverse("evaluations:evidence_open", args=[link.pk])).status_code == 404
