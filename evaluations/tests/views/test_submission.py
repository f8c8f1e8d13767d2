"""The pages of submission, receipt, reopening and the stages side by side."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, Stage
from evaluations.models import Allotment, Receipt, Reopening, StageTotal
from evaluations.services.submission import submit
from evaluations.tests.make import make_answer, make_evaluation, make_score, make_signed
from evidence.tests.make import make_upload
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db


def at(name, *args):
    return reverse(f"evaluations:{name}", args=args)


def typed(hours):
    return f"{timezone.localtime() + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


@pytest.fixture
def draft():
    return make_evaluation(stage=Stage.TASK_FORCE_REVIEW)


def test_the_checklist_names_what_is_missing_with_its_points_and_its_place(client, draft):
    answer = make_answer(evaluation=draft, state=AnswerState.RETURNED)
    client.force_login(make_user(Role.COORDINATOR, draft.region))
    page = client.get(at("submission", draft.pk)).content.decode()
    for word in ("Jawaban yang dikembalikan", "Belum diunggah.", "Ketua gugus tugas belum ditunjuk", "belum dijawab"):
        assert word in page
    assert answer.get_absolute_url() in page and 'id="kosong"' in page
    assert f"{at('stage_move', draft.pk, 'submit')}" not in page


def test_the_declaration_goes_up_and_is_refused_without_a_file(client, draft):
    client.force_login(make_user(Role.COORDINATOR, draft.region))
    refused = client.post(at("submission", draft.pk), {"once": "a"})
    assert refused.status_code == 422 and "Pilih berkas" in refused.content.decode()
    draft.refresh_from_db()
    assert draft.declaration is None
    client.post(at("submission", draft.pk), {"file": make_upload(), "once": "b"})
    draft.refresh_from_db()
    assert draft.declaration is not None
    assert "Terunggah" in client.get(at("submission", draft.pk)).content.decode()


def test_the_letter_carries_the_hash_that_the_receipt_will_have(client, draft):
    make_answer(evaluation=draft, state=AnswerState.APPROVED)
    make_signed(draft)
    coordinator = make_user(Role.COORDINATOR, draft.region)
    client.force_login(coordinator)
    letter = client.get(at("declaration_letter", draft.pk)).content.decode()
    receipt = submit(draft, version=draft.version, by=coordinator)
    assert receipt.payload["content"] in letter
    page = client.get(receipt.get_absolute_url()).content.decode()
    assert receipt.number in page and receipt.sha256 in page and "Cocok" in page
    assert client.get(at("receipt_declaration", receipt.pk)).status_code == 200
    client.force_login(make_user(Role.COORDINATOR, make_region(code="73.71")))
    assert client.get(receipt.get_absolute_url()).status_code == 404


def test_two_tabs_and_a_way_back_lead_to_one_receipt(client, draft):
    make_answer(evaluation=draft, state=AnswerState.APPROVED)
    make_signed(draft)
    client.force_login(make_user(Role.COORDINATOR, draft.region))
    places = {
        client.post(at("stage_move", draft.pk, "submit"), {"version": draft.version, "once": key})["Location"]
        for key in ("a", "a", "b", "")
    }
    assert places == {Receipt.objects.get().get_absolute_url()}


def test_a_judge_asks_and_the_region_finishes(client):
    evaluation = make_evaluation(stage=Stage.ADMIN_VERIFICATION)
    answer = make_answer(evaluation=evaluation)
    judge = make_user(Role.PROVINCE_VERIFIER, make_region(code=evaluation.region.parent_code))
    ask = at("answer_ask", evaluation.pk, answer.question.code)
    client.force_login(judge)
    late = client.post(ask, {"reason": "SK", "until": typed(24 * 15), "once": "a"})
    assert late.status_code == 422 and "Paling lama" in late.content.decode() and not Reopening.objects.exists()
    for _ in range(2):
        assert client.post(ask, {"reason": "Unggah SK", "until": typed(48), "once": "a"}).status_code == 302
    assert Reopening.objects.count() == 1
    bench = client.get(at("score_bench", evaluation.pk, answer.question.code)).content.decode()
    assert "Dibuka bagi daerah sampai" in bench and "Simpan nilai lain" not in bench
    client.force_login(make_user(Role.COORDINATOR, evaluation.region))
    page = client.get(at("evaluation_reopen", evaluation.pk)).content.decode()
    assert "Unggah SK" in page and "Tambahan selesai" in page and "Belum dilengkapi" in page
    assert "terbuka bagi daerah" in client.get(at("home")).content.decode()
    first = client.post(at("additions_finish", evaluation.pk), {"once": "k"})
    assert client.post(at("additions_finish", evaluation.pk), {"once": "k"})["Location"] == first["Location"]
    assert Receipt.objects.get().payload["opened"] == [answer.question.code]


def test_several_are_opened_after_the_field_day(client):
    evaluation = make_evaluation(stage=Stage.FIELD_VERIFICATION)
    answer = make_answer(evaluation=evaluation)
    make_score(answer=answer, verdict="adjusted", fraction=0, reason="Tanpa bukti.")
    evaluator = make_user(Role.EVALUATOR)
    Allotment.objects.create(evaluation=evaluation, evaluator=evaluator)
    client.force_login(evaluator)
    page = at("evaluation_reopen", evaluation.pk)
    assert client.get(page).context["form"].ticked == {"1.1"}
    none = client.post(page, {"reason": "x", "until": typed(48), "once": "a"})
    assert none.status_code == 422 and "Pilih sedikitnya satu pertanyaan" in none.content.decode()
    client.post(page, {"questions": ["1.1", "2.1"], "reason": "Lengkapi", "until": typed(48), "once": "b"})
    assert Reopening.objects.filter(kind="field").count() == 2
    first = Reopening.objects.order_by("pk").first()
    client.post(at("reopening_close", evaluation.pk, first.pk))
    first.refresh_from_db()
    assert first.closed_by == evaluator


def test_the_region_sees_a_stage_when_it_is_released(client):
    evaluation = make_evaluation(stage=Stage.MINISTRY_REVIEW)
    make_score(answer=make_answer(evaluation=evaluation), verdict="adjusted", fraction=0, reason="Alasan rahasia")
    StageTotal.objects.create(
        evaluation=evaluation, stage=Stage.ADMIN_VERIFICATION, points=0, claimed=1, supported=0, predicate="none"
    )
    coordinator, admin = make_user(Role.COORDINATOR, evaluation.region), make_user(Role.NATIONAL_ADMIN)
    pages = (at("evaluation_stages", evaluation.pk), at("evaluation_result", evaluation.pk) + "?buka")
    client.force_login(coordinator)
    assert not any("Alasan rahasia" in client.get(page).content.decode() for page in pages)
    client.force_login(admin)
    assert "Alasan rahasia" in client.get(pages[0]).content.decode()
    assert client.post(pages[0], {"stage": Stage.ADMIN_VERIFICATION, "once": "k"}).status_code == 302
    client.force_login(coordinator)
    assert all("Alasan rahasia" in client.get(page).content.decode() for page in pages)
    assert client.post(pages[0], {"stage": Stage.MINISTRY_REVIEW}).status_code == 403
    fallen = client.get(pages[0] + "?turun=on").content.decode()
    assert "Alasan rahasia" in fallen and fallen.count("<tbody>") == 2
