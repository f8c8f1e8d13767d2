"""The history of an evaluation: who is told of what, the filters, what was before and after."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from evaluations.enums import Stage
from evaluations.models import Answer, Evaluation
from evaluations.queries import trail
from evaluations.services.answers import save_answer
from evaluations.tests.make import make_evaluation, make_link, people
from evidence.tests.make import make_revision
from trail.services.erasing import erase
from trail.services.events import record

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


def answered(evaluation: Evaluation, by: Any, *notes: str) -> Answer:
    answer = Answer.objects.select_related("question", "evaluation").get(evaluation=evaluation, question__code="2.1")
    for number, note in enumerate(notes):
        answer = save_answer(answer, version=answer.version, value=str(60 + number), note=note, by=by)
    return answer


def note(evaluation: Evaluation, action: str, by: Any = None, **what: Any) -> None:
    record(action, by=by, subject=evaluation.subject, region=evaluation.region_id, **what)


def told(evaluation: Evaluation, reader: Any) -> list[str]:
    return [event.action for event in trail.everything(evaluation, reader).order_by("id")]


def test_each_is_told_what_is_theirs_to_know(evaluation: Evaluation) -> None:
    who = people(evaluation)
    evaluation = _at(evaluation, Stage.MINISTRY_REVIEW)
    for action in ("answer.approve", "part.note", "answer.score", "evaluation.decide", "talk.open", "no.words"):
        note(evaluation, action)
    city = told(evaluation, who["operator"])
    judge = told(evaluation, who["evaluator"])
    assert {"answer.approve", "part.note"} <= set(city) and not {"answer.score", "evaluation.decide"} & set(city)
    assert {"answer.approve", "answer.score", "evaluation.decide"} <= set(judge) and "part.note" not in judge
    assert not {"talk.open", "no.words"} & {*city, *judge}


def _at(evaluation: Evaluation, stage: str, **fields: Any) -> Evaluation:
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=stage, **fields)
    return Evaluation.objects.with_names().get(pk=evaluation.pk)


def test_an_answer_is_told_as_it_was_and_as_it_became(evaluation: Evaluation) -> None:
    who = people(evaluation)
    answered(evaluation, who["coordinator"], "Data Dukcapil 2024", "Data Dukcapil 2025")
    fresh = Evaluation.objects.with_names().get(pk=evaluation.pk)
    [newest, *_] = trail.in_words(trail.everything(fresh, who["operator"]), fresh, who["operator"])
    assert (newest.label, newest.detail, str(newest.who)) == ("Jawaban disimpan", "2.1", str(who["coordinator"]))
    said = {change.label: (change.before, change.after) for change in newest.changes}
    assert said["Penjelasan"] == ("Data Dukcapil 2024", "Data Dukcapil 2025")
    assert [side.split()[0] for side in said["Jawaban"]] == ["60", "61"]
    marked = [
        piece.text for change in newest.changes if change.label == "Penjelasan" for piece in change.new if piece.marked
    ]
    assert marked == ["2025"]


def test_judges_are_not_told_what_the_region_had_written_before_it_submitted(evaluation: Evaluation) -> None:
    who = people(evaluation)
    answered(evaluation, who["coordinator"], "draf")
    note(evaluation, "answer.return", who["task_force"], detail="2.1", reason="urusan kami")
    fresh = _at(evaluation, Stage.MINISTRY_REVIEW, submitted_at=timezone.now())
    record("answer.save", by=None, subject=fresh.subject, detail="2.1", before={"note": "lama"}, after={"note": "baru"})
    events = trail.in_words(trail.everything(fresh, who["evaluator"]), fresh, who["evaluator"])
    said = [(event.action, len(event.changes), event.why) for event in events if event.detail == "2.1"]
    assert said == [("answer.save", 1, ""), ("answer.return", 0, ""), ("answer.save", 0, "")]


def test_a_closed_document_keeps_its_title(evaluation: Evaluation) -> None:
    who = people(evaluation)
    answer = answered(evaluation, who["operator"], "a")
    agency = who["operator"].acting.agency
    for title, personal in (("Akta tertutup", True), ("Perda terbuka", False)):
        revision = make_revision(region=evaluation.region, title=title, personal_data=personal, agency=agency)
        link = make_link(answer=answer, revision=revision)
        note(evaluation, "evidence.attach", who["operator"], detail="2.1", after={"title": title, "id": str(link.pk)})
    fresh = Evaluation.objects.with_names().get(pk=evaluation.pk)

    def titles(reader: Any) -> set[str]:
        events = trail.in_words(trail.everything(fresh, reader), fresh, reader)
        return {change.after for event in events for change in event.changes if change.label == "Dokumen"}

    assert titles(who["operator"]) == {"Akta tertutup", "Perda terbuka"}
    assert titles(who["other_operator"]) == {"Perda terbuka"}


def test_the_page_filters_by_what_stands_in_the_address(client: Client, evaluation: Evaluation) -> None:
    who = people(evaluation)
    answered(evaluation, who["coordinator"], "a")
    note(evaluation, "evaluation.hand_in", who["coordinator"], after={"stage": Stage.TASK_FORCE_REVIEW})
    note(evaluation, "answer.approve", who["task_force"], detail="1.1")
    client.force_login(who["operator"])

    def found(query: str) -> list[str]:
        page = client.get(f"/evaluasi/{evaluation.pk}/jejak/?{query}")
        assert page.status_code == 200
        return sorted({event.action for event in page.context["events"]})

    assert found("pertanyaan=2.1") == ["answer.save"]
    assert found("tindakan=jawaban") == ["answer.approve", "answer.save"]
    assert found(f"pelaku={Role.TASK_FORCE}") == ["answer.approve"]
    tomorrow = (timezone.localdate() + timedelta(days=2)).isoformat()
    assert found(f"dari={tomorrow}") == [] and len(found(f"sampai={tomorrow}")) >= 3
    assert len(found("tindakan=apa&pelaku=siapa&dari=kapan")) >= 3  # what does not fit is left out


def test_the_page_costs_the_same_for_many_events(
    client: Client, evaluation: Evaluation, django_assert_max_num_queries: Any
) -> None:
    who = people(evaluation)
    client.force_login(who["operator"])
    answered(evaluation, who["coordinator"], *"abcdefgh")
    client.get(f"/evaluasi/{evaluation.pk}/jejak/")
    with django_assert_max_num_queries(12):
        page = client.get(f"/evaluasi/{evaluation.pk}/jejak/")
    text = page.content.decode()
    assert "Jawaban disimpan" in text and "<ins>" in text and "<del>" in text


def test_what_was_erased_says_so(client: Client, evaluation: Evaluation) -> None:
    who = people(evaluation)
    answered(evaluation, who["coordinator"], "nama seorang anak")
    event = trail.everything(evaluation, who["operator"]).get(action="answer.save")
    erase(event, reason="Diminta.", by=None)
    client.force_login(who["operator"])
    text = client.get(f"/evaluasi/{evaluation.pk}/jejak/").content.decode()
    assert "nama seorang anak" not in text and "Isi catatan ini sudah dihapus" in text


def test_judges_have_no_names_for_the_region(client: Client, evaluation: Evaluation) -> None:
    who = people(evaluation)
    evaluation = _at(evaluation, Stage.MINISTRY_REVIEW, submitted_at=timezone.now())
    who["province"].full_name = "Nama Verifikator"
    who["province"].save()
    note(evaluation, "evaluation.verify", who["province"], after={"stage": Stage.MINISTRY_REVIEW})
    client.force_login(who["operator"])
    text = client.get(f"/evaluasi/{evaluation.pk}/jejak/").content.decode()
    assert "Verifikasi administrasi selesai" in text and "Nama Verifikator" not in text
