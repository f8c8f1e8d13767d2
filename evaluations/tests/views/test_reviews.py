"""The task force's bench: who may open it, what it stores, and what it leaves alone."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Evaluation, Review
from evaluations.services.answers import save_answer
from evaluations.services.attaching import attach_revision
from evaluations.services.reviews import review_answer
from evaluations.services.seats import set_seat
from evaluations.services.workflow import move
from evaluations.tests.make import make_answer, make_evaluation, make_link, people
from evidence.tests.make import make_revision
from regions.tests.make import make_agency
from trail.models import Event

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
OPENS = {"task_force": 200, "nobody": 302, "retired": 302}  # a person without a role is led to a page that says so
HIDDEN = {"unit_operator", "idle_evaluator", "evaluator", "sister", "far", "far_province"}


def bench(evaluation: Evaluation, query: str = "") -> str:
    return reverse("evaluations:review_bench", args=[evaluation.pk]) + query


def one(answer: Answer) -> str:
    return reverse("evaluations:answer_review", args=[answer.evaluation_id, answer.question.code])


def everybody(evaluation: Evaluation) -> str:
    return reverse("evaluations:review_approve_all", args=[evaluation.pk])


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation(stage=Stage.TASK_FORCE_REVIEW)


@pytest.fixture
def reviewer(client: Client, evaluation: Evaluation):
    user = make_user(Role.TASK_FORCE, evaluation.region)
    client.force_login(user)
    return user


def approve(answer: Answer, /, **fields) -> dict:
    return {"version": answer.version, "decision": "approve"} | fields


def send_back(answer: Answer, /, **fields) -> dict:
    return {"version": answer.version, "decision": "return"} | fields


def test_shows_what_waits_with_answer_evidence_and_what_is_missing(client, evaluation, reviewer):
    answer = make_answer(evaluation=evaluation, code="2.1", note="Menurut Disdukcapil")
    link = make_link(answer=answer, want="data")
    agency = make_agency(region=evaluation.region)
    Answer.objects.filter(pk=answer.pk).update(on_behalf_of=agency)

    page = client.get(bench(evaluation)).content.decode()

    assert "72,5 % berada pada pita 60–80 %" in page
    assert "120,00 / 200,00" in page
    assert "Menurut Disdukcapil" in page
    assert reverse("evaluations:evidence_open", args=[link.pk]) in page
    assert "Bukti foto" in page and "belum ada" in page
    assert f"atas nama {agency.short_name}" in page


def test_opens_the_first_cluster_that_has_something_waiting(client, evaluation, reviewer):
    make_answer(evaluation=evaluation, code="3.2")
    page = client.get(bench(evaluation)).content.decode()
    assert "Pertanyaan 3.2" in page
    assert "Pertanyaan 1.1" not in page


def test_filters_by_cluster_and_state_and_takes_nonsense_for_none(client, evaluation, reviewer):
    make_answer(evaluation=evaluation, code="1.1", state=AnswerState.APPROVED)
    make_answer(evaluation=evaluation, code="2.1")
    assert "Pertanyaan 1.1" in client.get(bench(evaluation, "?klaster=KEL&status=approved")).content.decode()
    assert "Pertanyaan 1.1" not in client.get(bench(evaluation, "?klaster=KEL")).content.decode()
    assert "Pertanyaan 2.1" in client.get(bench(evaluation, "?klaster=%01&status=x")).content.decode()


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({}, "Belum ada jawaban"),
        ({"1.1": "approved"}, "Semua jawaban sudah disetujui"),
        ({"1.1": "approved", "2.1": "returned"}, "sedang diperbaiki perangkat daerah"),
        ({"2.1": "answered"}, "Masih ada jawaban yang menunggu di klaster lain"),
    ],
)
def test_when_nothing_waits_it_says_what_happens_next(client, evaluation, reviewer, states, words):
    for code, state in states.items():
        make_answer(evaluation=evaluation, code=code, state=state)
    assert words in client.get(bench(evaluation, "?klaster=KEL")).content.decode()


def test_approving_stores_the_review_and_leads_to_the_next_card(client, evaluation, reviewer):
    answer = make_answer(evaluation=evaluation, code="1.1")
    following = make_answer(evaluation=evaluation, code="1.2")

    response = client.post(one(answer), approve(answer))

    answer.refresh_from_db()
    assert (answer.state, answer.version) == (AnswerState.APPROVED, 2)
    assert response.status_code == 302
    assert response["Location"].endswith(f"?klaster=KEL#q-{following.pk}")
    assert list(Event.objects.filter(action="answer.approve").values_list("actor", "detail")) == [(reviewer.pk, "1.1")]


def test_htmx_gets_the_card_the_progress_and_the_next_button_in_focus(client, evaluation, reviewer):
    answer = make_answer(evaluation=evaluation, code="1.1")
    following = make_answer(evaluation=evaluation, code="1.2")
    third = make_answer(evaluation=evaluation, code="2.1")

    piece = client.post(one(answer), approve(answer), headers=HTMX).content.decode()

    assert "<html" not in piece
    assert f'id="q-{answer.pk}"' in piece and "Disetujui" in piece
    assert "1 dari 3" in piece and f'value="{third.pk}:1"' not in piece  # of another cluster
    assert f'value="{answer.pk}:' not in piece  # what is approved is not offered again
    assert f'<span id="go-{following.pk}" hx-swap-oob="true">' in piece and "autofocus" in piece


def test_returning_joins_ticked_sentences_and_own_words(client, evaluation, reviewer):
    answer = make_answer(evaluation=evaluation, code="1.1")

    client.post(one(answer), send_back(answer, reasons=["year", "draft"], reason="  Pakai data 2025. "))

    answer.refresh_from_db()
    review = Review.objects.get()
    assert answer.state == AnswerState.RETURNED
    assert review.reason == (
        "Data dukung bukan dari tahun yang dinilai. Dokumen belum final atau belum ditandatangani. Pakai data 2025."
    )
    assert (review.by, review.approved, review.answer_version) == (reviewer, False, 1)


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": "   "}, "Pilih atau tulis alasan"),
        ({"reasons": ["bukan-alasan"], "reason": "Kata saya"}, "bukan-alasan"),
        ({"reason": "x" * 2001}, "2000"),
        ({"decision": "award"}, "award"),
    ],
)
def test_a_refused_return_keeps_the_text_and_stores_nothing(client, evaluation, reviewer, fields, words, headers):
    answer = make_answer(evaluation=evaluation, code="1.1")

    response = client.post(one(answer), send_back(answer, **fields), headers=headers)

    answer.refresh_from_db()
    assert (response.status_code, answer.state, answer.version) == (422, AnswerState.ANSWERED, 1)
    assert words in response.content.decode()
    assert fields.get("reason", "").strip() in response.content.decode()
    assert not Review.objects.exists() and not Event.objects.filter(action__startswith="answer.").exists()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_answer_that_changed_meanwhile_is_shown_anew_and_not_reviewed(client, evaluation, reviewer, headers):
    answer = make_answer(evaluation=evaluation, code="2.1")
    Answer.objects.filter(pk=answer.pk).update(value="12", version=2)

    response = client.post(one(answer), send_back(answer, reason="Angka terlalu tinggi."), headers=headers)

    page = response.content.decode()
    assert response.status_code == 409
    assert "berubah sejak Anda membukanya" in page and "12 %" in page
    assert 'name="version" value="2"' in page
    assert "Angka terlalu tinggi." in page
    assert not Review.objects.exists()


def test_changed_since_it_was_sent_back(client, evaluation, reviewer):
    answer = make_answer(evaluation=evaluation, code="1.1")
    client.post(one(answer), send_back(answer, reason="Lampirkan Perda."))
    unchanged = client.get(bench(evaluation, "?klaster=KEL&status=returned")).content.decode()
    answer.refresh_from_db()
    coordinator = make_user(Role.COORDINATOR, evaluation.region)
    save_answer(answer, version=answer.version, value="no", note="", by=coordinator)
    changed = client.get(bench(evaluation, "?klaster=KEL")).content.decode()
    assert "Berubah sejak dikembalikan" not in unchanged and "Lampirkan Perda." in unchanged
    assert "Berubah sejak dikembalikan" in changed and "Lampirkan Perda." in changed


def test_sent_twice_it_is_reviewed_once(client, evaluation, reviewer):
    answer = make_answer(evaluation=evaluation, code="1.1")
    sent = approve(answer, once="a-1")
    first, second = client.post(one(answer), sent), client.post(one(answer), sent)
    assert (first.status_code, second.status_code) == (302, 302)
    assert Review.objects.count() == Event.objects.filter(action="answer.approve").count() == 1


def test_fields_that_are_not_asked_for_change_nothing(client, evaluation, reviewer):
    answer = make_answer(evaluation=evaluation, code="1.1", note="asli")
    other = make_answer(evaluation=evaluation, code="1.2")
    client.post(
        one(answer),
        approve(
            answer, value="no", note="palsu", state="returned", answer=other.pk, by=1, stage=Stage.AWARDED, reason="x"
        ),
    )
    answer.refresh_from_db()
    other.refresh_from_db()
    evaluation.refresh_from_db()
    assert (answer.value, answer.note, answer.state) == ("yes", "asli", AnswerState.APPROVED)
    assert other.state == AnswerState.ANSWERED and evaluation.stage == Stage.TASK_FORCE_REVIEW
    assert Review.objects.get().by == reviewer


def test_an_unanswered_question_is_not_reviewed(client, evaluation, reviewer):
    answer = make_answer(evaluation=evaluation, code="1.1", value=None, state=AnswerState.EMPTY)
    response = client.post(one(answer), approve(answer))
    assert response.status_code == 403
    assert "belum dijawab" in response.content.decode()
    assert not Review.objects.exists()


def test_approve_all_takes_only_what_was_seen_and_has_not_changed(client, evaluation, reviewer):
    seen, changed, unseen = (make_answer(evaluation=evaluation, code=code) for code in ("1.1", "1.2", "2.1"))
    elsewhere = make_answer(evaluation=make_evaluation(region=make_agency().region, stage=Stage.TASK_FORCE_REVIEW))
    Answer.objects.filter(pk=changed.pk).update(version=7)
    pairs = [f"{each.pk}:1" for each in (seen, changed, elsewhere)]

    response = client.post(everybody(evaluation), {"seen": pairs, "klaster": "KEL"}, follow=True)

    states = dict(
        Answer.objects.filter(pk__in=[seen.pk, changed.pk, unseen.pk, elsewhere.pk]).values_list("pk", "state")
    )
    assert states == {
        seen.pk: AnswerState.APPROVED,
        changed.pk: AnswerState.ANSWERED,
        unseen.pk: AnswerState.ANSWERED,
        elsewhere.pk: AnswerState.ANSWERED,
    }
    assert "1 jawaban disetujui" in response.content.decode()
    assert "2 jawaban berubah sejak Anda buka" in response.content.decode()


@pytest.mark.parametrize("seen", [[], ["satu:dua"], ["1"], ["1:1"] * 401])
def test_approve_all_refuses_an_unreadable_list(client, evaluation, reviewer, seen):
    make_answer(evaluation=evaluation, code="1.1")
    response = client.post(everybody(evaluation), {"seen": seen})
    assert response.status_code == 422
    assert "Belum ada yang disetujui" in response.content.decode()
    assert not Review.objects.exists()


def test_approve_all_twice_with_one_key_runs_once(client, evaluation, reviewer):
    first = make_answer(evaluation=evaluation, code="1.1")
    client.post(everybody(evaluation), {"seen": [f"{first.pk}:1"], "once": "k"})
    second = make_answer(evaluation=evaluation, code="1.2")
    client.post(everybody(evaluation), {"seen": [f"{second.pk}:1"], "once": "k"})
    assert list(Review.objects.values_list("answer", flat=True)) == [first.pk]


@pytest.mark.parametrize("stage", [Stage.SELF_ASSESSMENT, Stage.ADMIN_VERIFICATION, Stage.AWARDED])
def test_outside_its_stage_it_is_closed_with_the_reason(client, evaluation, reviewer, stage):
    answer = make_answer(evaluation=evaluation, code="1.1")
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=stage)
    for response in (
        client.get(bench(evaluation)),
        client.post(one(answer), approve(answer)),
        client.post(everybody(evaluation), {"seen": [f"{answer.pk}:1"]}),
    ):
        assert response.status_code == 403
        assert "Telaah berlangsung setelah koordinator menyerahkan" in response.content.decode()
    assert not Review.objects.exists()


def test_who_may_open_it_and_send_to_it(client, evaluation):
    answer = make_answer(evaluation=evaluation, code="1.1")
    found = {}
    for who, user in people(evaluation).items():
        client.logout()
        if user:
            client.force_login(user)
        got = client.get(bench(evaluation)).status_code
        if who != "task_force":
            sent = client.post(one(answer), approve(answer)).status_code
            all_ = client.post(everybody(evaluation), {"seen": [f"{answer.pk}:1"]}).status_code
            assert (sent, all_) == (got, got), who
        found[who] = got
    assert found == {who: OPENS.get(who, 404 if who in HIDDEN else 403) for who in found}
    assert not Review.objects.exists()


@pytest.mark.parametrize("rows", [["1.1"], ["1.1", "1.2", "2.1"]])
def test_the_page_asks_the_same_few_questions_however_much_there_is(
    client, evaluation, reviewer, rows, django_assert_max_num_queries
):
    for code in rows:
        answer = make_answer(evaluation=evaluation, code=code)
        make_link(answer=answer)
        Review.objects.create(answer=answer, answer_version=1, approved=False, reason="x", by=reviewer)
    client.get(bench(evaluation))  # the outline of the instrument is read once and kept
    with django_assert_max_num_queries(15):
        client.get(bench(evaluation, "?status=all"))


def test_the_number_of_queries_does_not_grow(client, evaluation, reviewer):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(bench(evaluation, "?klaster=KEL&status=all"))
        return len(queries)

    make_link(answer=make_answer(evaluation=evaluation, code="1.1"))
    asked()  # the outline of the instrument is read once and kept
    with_one = asked()
    make_link(answer=make_answer(evaluation=evaluation, code="1.2"))
    make_link(answer=make_answer(evaluation=evaluation, code="2.1"))
    assert asked() == with_one


def returned(evaluation: Evaluation, reviewer, code: str = "1.1", **fields) -> Answer:
    """An answer with a note, sent back by the task force."""
    answer = make_answer(evaluation=evaluation, code=code, **fields)
    return review_answer(answer, version=answer.version, approved=False, reason="Tahun tidak cocok", by=reviewer)


def test_what_changed_since_it_was_sent_back_stands_beside_the_reason(client, evaluation, reviewer):
    coordinator = make_user(Role.COORDINATOR, evaluation.region)
    answer = returned(evaluation, reviewer, code="2.1", value="60", note="Lama")
    still = returned(evaluation, reviewer, code="1.1")
    for number, (value, note) in enumerate((("61", "Sementara"), ("72.5", "Baru"))):
        answer = save_answer(
            Answer.objects.get(pk=answer.pk), version=answer.version, value=value, note=note, by=coordinator
        )
        assert answer.version > number
    revision = make_revision(region=evaluation.region)
    revision.item.title = "SK Wali Kota 2025"
    revision.item.save()
    attach_revision(answer, revision, want="data", by=coordinator)
    shown = client.get(bench(evaluation, "?klaster=I&status=repaired")).text
    assert "Tahun tidak cocok" in shown and f'id="q-{still.pk}"' not in shown
    changed = shown[shown.index('class="turned"') :]
    assert re.findall(r"<(?:del|ins)>(.*?)</", changed) == ["60 %", "72,5 %", "Lama", "Baru"]
    assert "SK Wali Kota 2025" in changed and "61" not in changed[: changed.index("</dl>")]


def test_only_touched_evidence_says_that_the_words_are_the_same(client, evaluation, reviewer):
    coordinator = make_user(Role.COORDINATOR, evaluation.region)
    answer = returned(evaluation, reviewer, code="2.1")
    attach_revision(answer, make_revision(region=evaluation.region), want="data", by=coordinator)
    shown = client.get(bench(evaluation, "?klaster=I&status=repaired")).text
    assert "Jawaban dan catatan sama seperti waktu dikembalikan" in shown and "<del>" not in shown


def test_own_clusters_come_first_and_others_are_read_only(client, evaluation, reviewer):
    coordinator, chair = make_user(Role.COORDINATOR, evaluation.region), make_user(Role.TASK_FORCE, evaluation.region)
    foreign, own = make_answer(evaluation=evaluation, code="1.1"), make_answer(evaluation=evaluation, code="2.1")
    code = own.question.indicator.cluster.code
    set_seat(evaluation, reviewer, clusters=[code], is_chair=False, by=coordinator)
    set_seat(evaluation, chair, is_chair=True, by=coordinator)
    shown = client.get(bench(evaluation)).text
    assert f'id="q-{own.pk}"' in shown and f'id="q-{foreign.pk}"' not in shown
    other = foreign.question.indicator.cluster.code
    shown = client.get(bench(evaluation, f"?klaster={other}")).text
    assert f"Klaster ini ditelaah {chair}" in shown and 'name="decision"' not in shown
    refused = client.post(one(foreign), approve(foreign))
    assert refused.status_code == 403 and str(chair) in refused.text
    all_of_it = client.post(everybody(evaluation), {"seen": [f"{foreign.pk}:{foreign.version}"], "klaster": other})
    assert all_of_it.status_code == 403
    assert not Review.objects.exists()


def test_the_chair_is_offered_the_signature_and_told_what_took_it_off(client, evaluation, reviewer):
    coordinator = make_user(Role.COORDINATOR, evaluation.region)
    answer = make_answer(evaluation=evaluation, code="1.1")
    set_seat(evaluation, reviewer, is_chair=True, by=coordinator)
    sign = reverse("evaluations:stage_move", args=[evaluation.pk, "sign_off"])
    assert sign not in client.get(bench(evaluation)).text
    done = client.post(one(answer), approve(answer), headers=HTMX).text
    assert sign in done
    evaluation.refresh_from_db()
    move(evaluation, "sign_off", version=evaluation.version, by=reviewer)
    assert f"Disahkan {reviewer}" in client.get(bench(evaluation)).text
    answer = Answer.objects.get(pk=answer.pk)
    client.post(one(answer), send_back(answer, reason="Kurang jelas"))
    shown = client.get(bench(evaluation)).text
    assert "Pengesahan gugur" in shown and f"{reviewer} mengubah pertanyaan" in shown
