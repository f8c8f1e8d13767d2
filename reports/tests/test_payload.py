import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine

from accounts.enums import Role
from accounts.tests.make import make_user
from clusters.enums import QuestionKind
from clusters.models import Indicator
from clusters.tests.make import TWO_YEARS, make_instrument, make_question
from evaluations.enums import Stage, Verdict
from evaluations.models import Evaluation
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link, make_score, people
from evidence.tests.make import make_revision
from kla_portal.tests.read_pdf import text_of
from reports import document
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


def asked_anew():
    """An evaluation whose instrument also has a table (2.2), two years (2.3) and a question of units (2.4)."""
    instrument = make_instrument()
    birth = Indicator.objects.get(cluster__instrument=instrument, number="2")
    make_question(birth, "2.2", QuestionKind.TABLE, 10, [], [])
    make_question(birth, "2.3", QuestionKind.PERCENTAGE, 10, [], [], rule=TWO_YEARS)
    make_question(birth, "2.4", QuestionKind.ROLLUP, 10, [], [], may_be_inapplicable=True)
    return make_evaluation(cycle=make_cycle(instrument=instrument))


@pytest.mark.parametrize(("count", "printed"), [(2, True), (30, True), (31, False)])
def test_tables_two_years_and_what_does_not_apply(count, printed):
    evaluation = asked_anew()
    rows = [{"nama": f"Lembaga {n}", "jenis": "PAUD", "sk": "2024-12-31", "anak": "2.5"} for n in range(count)]
    make_answer(evaluation=evaluation, code="2.2", value=rows)
    make_answer(evaluation=evaluation, code="2.3", value={"now": "72.5"})
    make_answer(evaluation=evaluation, code="2.4", value="n/a", note="Tidak ada desa.")
    content = build(loaded(evaluation), make_user(Role.COORDINATOR, evaluation.region))

    table = questions(content)["2.2"]["table"]
    assert table["count"] == count and table["columns"][0]["label"] == "Nama lembaga"
    assert table["rows"][:1] == ([["Lembaga 0", "PAUD", "31-12-2024", "2,5"]] if printed else [])
    assert len(table["rows"]) == (count if printed else 0)
    assert table["sums"] == (["", "", "", "5" if count == 2 else "75"] if printed else [])
    assert questions(content)["2.3"]["years"] == ["Tahun 2024: Belum diisi", "Tahun 2025: 72,5 %"]
    assert (questions(content)["2.4"]["answer"], questions(content)["2.4"]["applies"]) == ("Tidak berlaku", False)
    assert frozen(content) == frozen(frozen(content))

    text = text_of(document.print_pdf(frozen(content), "f0" * 32))
    assert ("Lembaga 1" in text) is printed and ("Lampiran B" in text) is printed
    assert ("rincian di portal" in text) is not printed
    for words in ("Isi matriks", "Tahun 2025: 72,5 %", "Tidak berlaku", "Alasan tidak berlaku.", "Tidak ada desa."):
        assert words in text, words


def test_without_tables_there_is_no_annex_for_them():
    evaluation = make_evaluation()
    content = build(loaded(evaluation), make_user(Role.COORDINATOR, evaluation.region))
    text = text_of(document.print_pdf(frozen(content), "f0" * 32))
    assert "Isi matriks" not in text and "C Keaslian dokumen" in " ".join(text.split())
