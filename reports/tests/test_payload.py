import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage, Verdict
from evaluations.models import Evaluation
from evaluations.tests.make import make_answer, make_evaluation, make_link, make_score, people
from evidence.tests.make import make_revision
from reports.payload import build, fingerprint, frozen

pytestmark = pytest.mark.django_db


def loaded(evaluation: Evaluation) -> Evaluation:
    return Evaluation.objects.with_names().get(pk=evaluation.pk)


def questions(payload):
    return {q["code"]: q for part in payload["clusters"] for block in part["indicators"] for q in block["questions"]}


def test_the_region_reads_its_own_answers_with_points_and_evidence():
    evaluation = make_evaluation()
    answer = make_answer(evaluation=evaluation, code="1.1", value="yes", note=" Perda Nomor 3 ")
    make_link(
        answer=answer,
        want="perda",
        revision=make_revision(region=evaluation.region, title="Perda KLA", personal_data=False),
    )
    content = build(loaded(evaluation), make_user(Role.COORDINATOR, evaluation.region))

    one = questions(content)["1.1"]
    assert (one["answer"], one["note"], one["tally"]["claimed"], one["tally"]["scored"]) == (
        "Ya",
        "Perda Nomor 3",
        "200",
        None,
    )
    assert [line["title"] for line in one["evidence"]] == ["Perda KLA"]
    assert len(one["evidence"][0]["sha256"]) == 12
    assert content["region"] == {"code": "64.71", "name": "Kota Balikpapan", "province": "Kalimantan Timur"}
    assert content["total"]["maximum"] == "1000"
    assert content["counts"] == {"questions": 5, "answered": 1, "judged": 0}
    assert questions(content)["2.1"]["missing"] == ["Bukti data", "Bukti foto"]


def test_personal_data_has_kind_and_number_only():
    evaluation = make_evaluation()
    answer = make_answer(evaluation=evaluation, code="1.1")
    for _ in range(2):
        make_link(
            answer=answer,
            revision=make_revision(
                region=evaluation.region,
                title="Daftar anak bernama",
                kind="foto",
                personal_data=True,
                name="anak-siti.pdf",
            ),
        )
    content = build(loaded(evaluation), make_user(Role.COORDINATOR, evaluation.region))

    assert questions(content)["1.1"]["evidence"] == [
        {"title": "", "kind": "Foto", "count": 2, "personal": True, "about": "", "sha256": ""}
    ]
    assert "bernama" not in json.dumps(content)
    assert "siti" not in json.dumps(content)


def test_who_may_not_read_scores_gets_none_and_nothing_that_follows_from_them():
    evaluation = make_evaluation(stage=Stage.MINISTRY_REVIEW)
    answer = make_answer(evaluation=evaluation, code="1.1", value="yes")
    make_score(answer=answer, fraction=Decimal("0.25"), verdict=Verdict.ADJUSTED, level="no", reason="Tidak sah KENARI")
    who = people(evaluation)
    city = build(loaded(evaluation), who["coordinator"])
    judge = build(loaded(evaluation), who["evaluator"])

    assert questions(judge)["1.1"]["tally"]["scored"] == "50"
    assert questions(judge)["1.1"]["verdict"]["reason"] == "Tidak sah KENARI"
    assert judge["predicates"]["scored"] == {"code": "none", "label": "Belum berpredikat", "held": ""}
    assert "KENARI" not in json.dumps(city)
    for tally in [
        city["total"],
        *(part["tally"] for part in city["clusters"]),
        *(q["tally"] for q in questions(city).values()),
    ]:
        assert (tally["scored"], tally["supported"]) == (None, None)
    assert (city["predicates"]["scored"], city["predicates"]["supported"], city["counts"]["judged"]) == (None, None, 0)
    assert fingerprint(city, "x") != fingerprint(judge, "x")


def test_the_awarded_predicate_is_named():
    evaluation = make_evaluation(
        stage=Stage.AWARDED,
        awarded_predicate="nindya",
        awarded_points=Decimal("732.500"),
        awarded_at=datetime(2025, 12, 1, tzinfo=UTC),
    )
    content = build(loaded(evaluation), make_user(Role.COORDINATOR, evaluation.region))
    assert content["predicates"]["awarded"] == {"code": "nindya", "label": "Nindya", "points": "732.5"}


def test_the_instruments_assumptions_come_with_their_sources():
    evaluation = make_evaluation()
    instrument = evaluation.cycle.instrument
    instrument.assumptions = [{"text": "Bobot dari rekap", "source_url": "https://contoh.go.id/rekap"}, "Tanpa sumber"]
    instrument.legal_basis = [{"title": "Perpres 25/2021", "url": ""}]
    instrument.save()
    told = build(loaded(evaluation), make_user(Role.COORDINATOR, evaluation.region))["instrument"]
    assert told["assumptions"] == [
        {"text": "Bobot dari rekap", "source": "https://contoh.go.id/rekap"},
        {"text": "Tanpa sumber", "source": ""},
    ]
    assert told["legal_basis"] == [{"text": "Perpres 25/2021", "source": ""}]


def test_the_fingerprint_follows_content_and_layout_and_not_the_clock_or_the_database():
    evaluation = make_evaluation()
    answer = make_answer(evaluation=evaluation)
    user = make_user(Role.COORDINATOR, evaluation.region)
    with time_machine.travel(datetime(2025, 11, 23, 2, 0, tzinfo=UTC)):
        first = build(loaded(evaluation), user)
    with time_machine.travel(datetime(2025, 12, 31, 2, 0, tzinfo=UTC)):
        second = build(loaded(evaluation), user)
    assert (first["made_on"], second["made_on"]) == ("2025-11-23", "2025-12-31")
    assert fingerprint(first, "x") == fingerprint(second, "x") == fingerprint(frozen(first), "x")
    assert fingerprint(first, "y") != fingerprint(first, "x")

    make_answer(evaluation=evaluation, code=answer.question.code, note="lain")
    assert fingerprint(build(loaded(evaluation), user), "x") != fingerprint(first, "x")


def test_a_very_long_note_is_cut_and_says_so():
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="1.1", note="a" * 50_000)
    note = questions(build(loaded(evaluation), make_user(Role.COORDINATOR, evaluation.region)))["1.1"]["note"]
    assert len(note) == 4000
    assert note.endswith("(selengkapnya di portal)")


def test_queries_do_not_grow_with_answers_and_evidence(django_assert_max_num_queries):
    evaluation = make_evaluation()
    for code in ("1.1", "2.1", "3.1"):
        make_link(answer=make_answer(evaluation=evaluation, code=code))
    user = make_user(Role.COORDINATOR, evaluation.region)
    fresh = loaded(evaluation)
    build(fresh, user)  # the instrument's outline is in memory from here on
    with django_assert_max_num_queries(7):
        build(fresh, user)
