"""What the shipped instruments say, and that the documentation says the same. No database."""

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clusters import scoring
from clusters.content import InstrumentData
from clusters.enums import QuestionKind
from clusters.loading import read
from clusters.tests.make import NUMBERS
from clusters.wants import parse_want

SHIPPED = Path(__file__).resolve().parents[1] / "instruments"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "instrument.md"


@pytest.fixture(scope="module")
def shipped() -> InstrumentData:
    return read((SHIPPED / "kla-2024.yaml").read_bytes())


@pytest.fixture(scope="module")
def rules(shipped: InstrumentData) -> dict[str, scoring.Rule]:
    return {question.code: scoring.parse_rule(question.kind, question.rule) for question in shipped.questions}


@pytest.fixture(scope="module")
def earlier() -> InstrumentData:
    return read((SHIPPED / "kla-2022.yaml").read_bytes())


def test_every_shipped_file_is_read_here() -> None:
    assert sorted(file.name for file in SHIPPED.glob("*.yaml")) == ["kla-2022.yaml", "kla-2024.yaml"]


def test_the_shipped_instrument_is_complete(shipped: InstrumentData) -> None:
    assert len(shipped.questions) == 274
    assert scoring.sum_points(question.max_points for question in shipped.questions) == 1000
    assert {question.kind for question in shipped.questions} == set(scoring.READERS)
    assert all(question.guidance and question.owners and question.wants for question in shipped.questions)


def test_every_ladder_is_marked_and_reaches_from_nothing_to_all(
    shipped: InstrumentData, rules: dict[str, scoring.Rule]
) -> None:
    for question in shipped.questions:
        steps = {level.fraction for level in scoring.ladder(rules[question.code])}
        assert question.rule["source"] == "assumption", question.code
        assert (min(steps), max(steps)) == (0, 1), question.code


def test_a_checklist_weighs_its_items_in_points(shipped: InstrumentData, rules: dict[str, scoring.Rule]) -> None:
    for question in shipped.questions:
        rule = rules[question.code]
        if isinstance(rule, scoring.Checklist):
            assert rule.weight == question.max_points, question.code


def test_what_counts_downwards(rules: dict[str, scoring.Rule]) -> None:
    banded = scoring.Banded | scoring.Table | scoring.Rollup
    lower = {code for code, rule in rules.items() if isinstance(rule, banded) and rule.better == "lower"}
    negative = {code for code, rule in rules.items() if isinstance(rule, scoring.YesNo) and rule.no > rule.yes}
    kecamatan, villages = {f"25.7{part}" for part in "abcd"}, {f"26.8{part}" for part in "abcd"}
    assert lower == {"12.4", "12.5", "13.1", "13.2", "13.3", "14.3", "26.17"} | kecamatan | villages
    assert negative == {"17.5", "17.6"}


def test_the_lettered_parts_keep_their_own_maxima(shipped: InstrumentData) -> None:
    parts = {each.number: int(each.max_points) for cluster in shipped.clusters for each in cluster.indicators}
    assert list(parts) == NUMBERS
    assert len({number.rstrip("ABC") for number in parts}) == 24 + 2
    lettered = {number: points for number, points in parts.items() if not number.isdecimal()}
    assert lettered == {
        "21A": 83, "21B": 17, "21C": 22, "22A": 17, "22B": 18, "23A": 23, "23B": 4, "24A": 14, "24B": 7,
    }  # fmt: skip


def test_a_question_belongs_to_its_indicator_and_wants_little(shipped: InstrumentData) -> None:
    for cluster in shipped.clusters:
        for indicator in cluster.indicators:
            for question in indicator.questions:
                assert question.code.partition(".")[0] == indicator.number
                assert len(question.wants) <= 3, question.code


def test_what_is_wanted_says_what_would_do(shipped: InstrumentData) -> None:
    wants = [parse_want(want) for question in shipped.questions for want in question.wants]
    assert all(want.kinds for want in wants)
    assert all(want.signed for want in wants if want.kinds in (("sk",), ("perda",), ("mou",))), "an SK is signed"
    assert all(
        want.kinds == ("foto",) for want in wants if want.label.startswith("Foto ") and "atau b" not in want.label
    )
    assert {want.years for want in wants if "dua tahun" in want.label} == {"each"}
    statuses = {want.label for want in wants if want.valid}
    assert {"SK PRAP", "SK penetapan SRA", "Sertifikat RBRA", "SK dan laporan PATBM"} <= statuses
    assert not any(want.optional for want in wants)


def test_what_differs_from_the_recap_is_told_beside_the_question(shipped: InstrumentData) -> None:
    changed = {question.code: question for question in shipped.questions if question.source == "assumption"}
    assert {code: question.max_points for code, question in changed.items()} == {
        "7.2": Decimal(22), "19.4": Decimal(3), "21B.2": Decimal(8), "26.17": Decimal("0.5"), "26.18": Decimal("3.5"),
    }  # fmt: skip
    assert all("ekap" in question.note for question in changed.values())


def test_kelana_and_dekela_are_percentages_of_their_units(rules: dict[str, scoring.Rule]) -> None:
    found = {code: rule for code, rule in rules.items() if isinstance(rule, scoring.Rollup)}
    assert {code.partition(".")[0] for code in found} == {"25", "26"}
    assert len(found) == sum(code.startswith(("25.", "26.")) for code in rules) == 35
    assert all(rule.of == ("kecamatan" if code.startswith("25") else "desa") for code, rule in found.items())


def test_where_the_recap_asks_for_two_years_they_are_compared(
    shipped: InstrumentData, rules: dict[str, scoring.Rule]
) -> None:
    factors = scoring.Compare(Decimal(1), Decimal(1), Decimal("0.8"))
    found = {code: rule.compare for code, rule in rules.items() if isinstance(rule, scoring.Banded) and rule.compare}
    assert found == dict.fromkeys(
        ["4.1", "4.2", "4.3", "5.3", "12.3", "12.4", "12.5", "14.2", "16.2", "16.5", "17.3a", "17.3b", "17.3c"],
        factors,
    )
    notes = {question.code: question.note for question in shipped.questions}
    assert all("dikalikan 0,8" in notes[code] and "asumsi" in notes[code] for code in found)


def test_a_table_has_few_columns_a_total_and_its_choice_told(
    shipped: InstrumentData, rules: dict[str, scoring.Rule]
) -> None:
    for question in shipped.questions:
        rule = rules[question.code]
        if isinstance(rule, scoring.Table):
            assert 3 <= len(rule.columns) <= 7, question.code
            assert any(column.required for column in rule.columns), question.code
            for key in filter(None, (rule.total.column, rule.total.among)):
                assert rule.by_key[key].required, question.code
            assert "Kolomnya" in question.note
            assert "asumsi" in question.note
            assert not any(want["key"].startswith("matriks") for want in question.wants), question.code


def test_no_table_asks_who_a_child_is(rules: dict[str, scoring.Rule]) -> None:
    """Children are counted, never named."""
    of_children = {
        (code, column.label): column.type
        for code, rule in rules.items()
        if isinstance(rule, scoring.Table)
        for column in rule.columns
        if re.search(r"\banak\b", column.label, re.IGNORECASE) and "untuk anak" not in column.label
    }
    assert of_children == {("6.5", "Jumlah peserta anak"): "number", ("10.1", "Jumlah anak asuh"): "number"}


def test_what_may_be_inapplicable_says_why(shipped: InstrumentData) -> None:
    found = {question.code: question.note for question in shipped.questions if question.may_be_inapplicable}
    assert set(found) == {"18.2", "19.2e"}
    assert all("tidak berlaku" in note for note in found.values())


def test_the_prerequisites_name_their_source(shipped: InstrumentData) -> None:
    bands = scoring.parse_bands(shipped.predicates)
    needs = {(band.code, need.question): need for band in bands for need in band.requires}
    assert {place: (need.least, need.enforced) for place, need in needs.items()} == {
        ("nindya", "3.2"): (1, False),
        ("nindya", "20.2"): (Decimal("0.2"), False),
        ("utama", "1.1"): (1, True),
        ("paripurna", "17.5"): (1, False),
    }
    assert all(need.source == "assumption" and need.source_url for need in needs.values())
    assert all(band.note and band.source_url for band in bands)


def test_without_its_perda_a_region_stays_nindya(shipped: InstrumentData) -> None:
    bands = scoring.parse_bands(shipped.predicates)
    everything = {question.code: Decimal(1) for question in shipped.questions}
    assert scoring.standing(Decimal(950), bands, everything).predicate.name == "Paripurna"
    held = scoring.standing(Decimal(950), bands, everything | {"1.1": Decimal(0)})
    assert (held.reached.name, held.predicate.name) == ("Paripurna", "Nindya")
    assert [need.label for need in held.missing] == ["Perda KLA"]
    free = scoring.standing(Decimal(950), bands, everything | {"17.5": Decimal(0)})
    assert (free.predicate.name, [need.question for need in free.missing]) == ("Paripurna", ["17.5"])


def test_2022_is_known_to_its_clusters(earlier: InstrumentData) -> None:
    assert (earlier.granularity, earlier.edition, earlier.questions) == ("clusters", "2022", ())
    assert [(cluster.code, int(cluster.max_points)) for cluster in earlier.clusters] == [
        ("KEL", 150), ("I", 115), ("II", 170), ("III", 150), ("IV", 110), ("V", 205), ("KELANA", 25), ("DEKELA", 75),
    ]  # fmt: skip
    assert scoring.sum_points(cluster.max_points for cluster in earlier.clusters) == earlier.max_points == 1000
    bands = scoring.parse_bands(earlier.predicates)
    assert [band.name for band in bands] == ["Pratama", "Madya", "Nindya", "Utama", "KLA"]
    assert not any(band.requires for band in bands)


def test_the_assumptions_count_what_the_file_holds(shipped: InstrumentData, rules: dict[str, scoring.Rule]) -> None:
    told = " ".join(assumption["text"] for assumption in shipped.assumptions)
    tables = sum(isinstance(rule, scoring.Table) for rule in rules.values())
    pairs = sum(isinstance(rule, scoring.Banded) and rule.compare is not None for rule in rules.values())
    assert f"{tables} pertanyaan yang pada rekap meminta matriks" in told
    assert f"{pairs} pertanyaan yang pada rekap meminta data dua tahun" in told


BODY = {"nama": "PUSPAGA Melati", "jenis": "PUSPAGA", "layanan": "Konseling"}
EXAMPLES: list[tuple[str, Any, str]] = [
    ("17.5", "no", "2"),
    ("1.2a", "decision", "0.5"),
    ("12.1", "63,5 %", "1.8"),
    ("2.2", "11", "2"),
    ("16.2", {"before": "84", "now": "82,5"}, "1.92"),
    ("12.5", {"before": "4", "now": "2"}, "2.4"),
    ("8.1", [*[BODY] * 5, {"nama": "BKB Cendana", "jenis": "BKB"}], "2.4"),
    ("8.2", [{"nama": "A", "layanan": "Konseling", "keluarga": "180"},
             {"nama": "A", "layanan": "Rujukan", "keluarga": "65"}], "3.2"),
    ("8.5", [{"lembaga": "A", "tenaga": "6", "terlatih": "6"},
             {"lembaga": "B", "tenaga": "4", "terlatih": "1"}], "2.4"),
    ("25.2", {"met": "5", "of": "6"}, "1"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "typed", "points"), EXAMPLES)
def test_the_documented_examples_earn_what_is_written(
    shipped: InstrumentData, rules: dict[str, scoring.Rule], code: str, typed: Any, points: str
) -> None:
    [question] = [each for each in shipped.questions if each.code == code]
    earned = scoring.fraction(rules[code], scoring.normalise(rules[code], typed))
    assert scoring.points(earned, question.max_points) == Decimal(points)
    [row] = re.findall(
        rf"^\| [^|]+\| {re.escape(code)}[, ].*\| ([\d.]+) \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE
    )
    assert row == points


def test_the_documented_checklist_and_what_does_not_apply(
    shipped: InstrumentData, rules: dict[str, scoring.Rule]
) -> None:
    rule = rules["3.1b"]
    assert isinstance(rule, scoring.Checklist)
    levels = {level.fraction: level.key for level in rule.levels}
    given = {
        item.key: levels[Decimal(part)] for item, part in zip(rule.items, ("1", "0.33", "0.66"), strict=True)
    }  # the order of the three does not matter, they weigh the same
    assert scoring.points(scoring.fraction(rule, given), Decimal("4.5")) == Decimal("2.985")
    maxima = [question.max_points for question in shipped.questions if question.code.startswith("18.")]
    spread = scoring.redistribute(maxima, [True, False, True, True])
    assert [round(points, 2) for points in spread] == [Decimal("8.57"), 0, Decimal("6.86"), Decimal("8.57")]


def test_the_documented_table_is_that_of_the_file(shipped: InstrumentData) -> None:
    lines = DOCUMENT.read_text("utf-8").partition("## What is shipped")[2].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    kinds = [QuestionKind.YES_NO, QuestionKind.CHOICE, QuestionKind.PERCENTAGE, QuestionKind.COUNT,
             QuestionKind.CHECKLIST, QuestionKind.TABLE, QuestionKind.ROLLUP]  # fmt: skip
    assert rows[0][4:] == [kind.value.replace("_no", "/no") for kind in kinds]
    written = [[int(cell or 0) for cell in [row[1], *row[3:]]] for row in rows[2:]]
    found = []
    for cluster in shipped.clusters:
        counted = Counter(question.kind for each in cluster.indicators for question in each.questions)
        found.append([int(cluster.max_points), counted.total(), *(counted[kind] for kind in kinds)])
    assert written == [*found, [sum(column) for column in zip(*found, strict=True)]]
