from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.content import ClusterData, IndicatorData, InstrumentData, QuestionData
from clusters.correspondence import Line, codes_of, correspond
from clusters.diffing import Diff, diff, marked
from clusters.tests.make import CHECKLIST, CHOICE, PERCENTAGE, PREDICATES, ROLLUP, TABLE, TWO_YEARS, YES_NO


def question(code: str, **fields: Any) -> QuestionData:
    base = QuestionData(
        code, f"Pertanyaan {code}?", "", "yes_no", Decimal(5), YES_NO, ("dp3a",), ({"key": "sk", "label": "SK"},),
        False, "published", "",
    )  # fmt: skip
    return replace(base, **fields)


def instrument(*clusters: ClusterData, **fields: Any) -> InstrumentData:
    return replace(
        InstrumentData("uji", "Uji", "1", "questions", "", Decimal(1000), "", (), (), tuple(PREDICATES), clusters),
        **fields,
    )


def cluster(code: str, *indicators: IndicatorData, points: int = 500) -> ClusterData:
    return ClusterData(code, f"Klaster {code}", Decimal(points), indicators)


def indicator(number: str, *questions: QuestionData, points: int = 500) -> IndicatorData:
    return IndicatorData(number, f"Indikator {number}", "", Decimal(points), "published", "", questions)


def compared(old: InstrumentData, new: InstrumentData, *lines: Line) -> Diff:
    return diff(old, new, correspond(codes_of(old), codes_of(new), lines))


def small(*questions: QuestionData) -> InstrumentData:
    return instrument(cluster("I", indicator("1", *questions)))


def changes(found: Diff) -> list[tuple[str, str, str, str]]:
    return [
        (entry.what, change.sort, change.before, change.after) for entry in found.entries for change in entry.changes
    ]


def test_what_is_equal_is_left_out() -> None:
    same = small(question("1.1"), question("1.2"))
    found = compared(same, same)
    assert (found.entries, found.counts, found.touched) == ((), [], frozenset())
    assert [(one.before, one.after, one.gain) for one in found.sums] == [(500, 500, 0)]


FIRST: dict[str, Any] = TABLE["columns"][0]
BANDS = {**PERCENTAGE, "bands": [*PERCENTAGE["bands"][:3], {"from": "60", "fraction": "0.7"}, *PERCENTAGE["bands"][4:]]}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({}, {"text": "Lain?"}, ("text", "Pertanyaan 1.1?", "Lain?")),
        ({}, {"guidance": "Baca."}, ("guidance", "", "Baca.")),
        ({}, {"max_points": Decimal("7.5")}, ("points", "5", "7,5")),
        ({}, {"owners": ("dinkes", "dp3a")}, ("owners", "Dinas P3A (utama)", "Dinas Kesehatan (utama), Dinas P3A")),
        ({}, {"wants": ()}, ("wants", "SK [sk]", "")),
        (
            {},
            {"wants": ({"key": "sk", "label": "SK", "kinds": ["sk", "perda"], "years": "any"},)},
            ("wants", "SK [sk]", "SK [sk]: SK atau Perda; dari salah satu tahun data"),
        ),
        ({}, {"may_be_inapplicable": True}, ("inapplicable", "Selalu berlaku", "Boleh dinyatakan tidak berlaku")),
        ({}, {"note": "Dari rekap"}, ("source", "Terpublikasi", "Terpublikasi. Dari rekap")),
        (
            {"kind": "percentage", "rule": PERCENTAGE},
            {"kind": "percentage", "rule": BANDS},
            ("ladder", "60–80 %: 0,60", "60–80 %: 0,70"),
        ),
        (
            {"kind": "percentage", "rule": PERCENTAGE},
            {"kind": "percentage", "rule": TWO_YEARS},
            ("ladder", "", "Lebih baik dari tahun sebelumnya: × 1\nSama: × 0,8\nTidak lebih baik: × 0,5"),
        ),
        (
            {"kind": "checklist", "rule": CHECKLIST},
            {"kind": "checklist", "rule": {**CHECKLIST, "items": CHECKLIST["items"][:2]}},
            ("ladder", "Butir PAUD-HI: bobot 1", ""),
        ),
        (
            {"kind": "table", "rule": TABLE},
            {"kind": "table", "rule": {**TABLE, "columns": [FIRST | {"label": "Nama"}, *TABLE["columns"][1:]]}},
            ("ladder", "Kolom Nama lembaga (teks, wajib)", "Kolom Nama (teks, wajib)"),
        ),
        (
            {"kind": "rollup", "rule": ROLLUP},
            {"kind": "rollup", "rule": {**ROLLUP, "of": "kecamatan"}},
            ("ladder", "Dihitung per desa/kelurahan", "Dihitung per kecamatan"),
        ),
        ({}, {"rule": {}}, None),
    ],
)  # fmt: skip
def test_each_sort_of_change_is_told(old: dict[str, Any], new: dict[str, Any], told: Any) -> None:
    found = compared(small(question("1.1", **old)), small(question("1.1", **new)))
    [(what, *change)] = changes(found)
    assert what == "Pertanyaan 1.1"
    if told:
        assert tuple(change) == told
    else:  # a draft's rule that nobody has finished
        assert change[0] == "ladder" and "belum dapat dipakai" in change[2]


def test_another_kind_comes_with_its_whole_ladder() -> None:
    found = compared(small(question("1.1")), small(question("1.1", kind="choice", rule=CHOICE)))
    kind, ladder = changes(found)
    assert kind[1:] == ("kind", "Ya/tidak", "Pilihan")
    assert ladder[2].startswith("Ya: 1,00") and ladder[1] == "ladder"


def test_added_gone_and_moved_questions_are_told_with_their_place() -> None:
    old = instrument(cluster("I", indicator("1", question("1.1"), question("1.2"))), cluster("II", indicator("2")))
    new = instrument(cluster("I", indicator("1", question("1.3"))), cluster("II", indicator("2", question("1.1"))))
    assert changes(compared(old, new)) == [
        ("Pertanyaan 1.3", "added", "", "1.3 Pertanyaan 1.3? (5 poin)"),
        ("Pertanyaan 1.1", "moved", "Indikator 1 Indikator 1", "Indikator 2 Indikator 2"),
        ("Pertanyaan 1.2", "gone", "1.2 Pertanyaan 1.2? (5 poin)", ""),
    ]


def test_another_order_is_told_and_touches_no_answer() -> None:
    one, two, three = (question(code) for code in ("1.1", "1.2", "1.3"))
    found = compared(small(one, two, three), small(three, one, two))
    assert changes(found) == [("Pertanyaan 1.3", "moved", "urutan ke-3", "urutan ke-1")]
    assert found.touched == frozenset()


def test_a_question_that_took_anothers_code_is_compared_with_what_it_was() -> None:
    old = small(question("1.1", text="Perda?"), question("1.2", text="SK?"))
    new = small(question("1.1", text="SK?"), question("1.2", text="Perda?"))
    lines = [Line("question", "renamed", "1.1", "1.2"), Line("question", "renamed", "1.2", "1.1")]
    assert {change[1] for change in changes(compared(old, new, *lines))} == {"renamed", "moved"}


def test_split_and_merged_questions_are_one_entry_each() -> None:
    old = small(question("1.1"), question("1.2"), question("1.3"))
    new = small(question("1.1a"), question("1.1b"), question("1.4"))
    lines = [
        Line("question", "split", "1.1", "1.1a"), Line("question", "split", "1.1", "1.1b"),
        Line("question", "merged", "1.2", "1.4"), Line("question", "merged", "1.3", "1.4"),
    ]  # fmt: skip
    found = compared(old, new, *lines)
    assert [(what, sort) for what, sort, _, _ in changes(found)] == [
        ("Pertanyaan 1.1 → 1.1a, 1.1b", "split"),
        ("Pertanyaan 1.2, 1.3 → 1.4", "merged"),
    ]
    assert found.touched == {"1.1", "1.2", "1.3"}


def test_maxima_names_and_predicates_of_the_whole_are_told() -> None:
    old = instrument(cluster("I", indicator("1")), cluster("II", indicator("2")))
    stricter = [{**band, "inclusive": True} if band["code"] == "madya" else band for band in PREDICATES]
    new = instrument(
        cluster("I", replace(indicator("1", points=520), name="Nama lain"), points=520),
        cluster("II", indicator("2", points=480), points=480),
        predicates=tuple(stricter),
    )
    found = compared(old, new)
    assert [(what, sort) for what, sort, _, _ in changes(found)] == [
        ("", "predicates"), ("Klaster I", "maxima"), ("Klaster II", "maxima"), ("Indikator 1", "text"),
        ("Indikator 1", "maxima"), ("Indikator 2", "maxima"),
    ]  # fmt: skip
    assert [(one.names, one.gain) for one in found.sums] == [("Klaster I", 20), ("Klaster II", -20)]
    assert [(sort.value, count) for sort, count in found.counts] == [("text", 1), ("maxima", 4), ("predicates", 1)]


def test_merged_clusters_are_one_sum() -> None:
    old = instrument(cluster("I", points=900), cluster("KELANA", points=25), cluster("DEKELA", points=75))
    new = instrument(cluster("I", points=900), cluster("KD", points=100))
    lines = [Line("cluster", "merged", code, "KD") for code in ("KELANA", "DEKELA")]
    assert [(one.before, one.after) for one in compared(old, new, *lines).sums] == [(900, 900), (100, 100)]


def test_a_version_known_to_its_clusters_is_compared_to_its_clusters() -> None:
    old = instrument(cluster("I", points=900), granularity="clusters")
    new = instrument(cluster("I", indicator("1", question("1.1")), points=1000))
    assert [what for what, *_ in changes(compared(old, new))] == ["Klaster I"]


def test_entries_are_chosen_by_sort_and_cluster() -> None:
    old = instrument(cluster("I", indicator("1", question("1.1"))), cluster("II", indicator("2", question("2.1"))))
    edit: Callable[[str], QuestionData] = lambda code: question(code, text="Lain?")  # noqa: E731
    new = instrument(
        cluster("I", indicator("1", edit("1.1"))), cluster("II", indicator("2", edit("2.1"), question("2.2")))
    )
    found = compared(old, new)
    assert [entry.what for entry in found.chosen(sort="text")] == ["Pertanyaan 1.1", "Pertanyaan 2.1"]
    assert [entry.what for entry in found.chosen(cluster="II")] == ["Pertanyaan 2.1", "Pertanyaan 2.2"]
    assert [entry.what for entry in found.chosen(sort="added", cluster="I")] == []


@given(st.text(alphabet="ab \n", max_size=30), st.text(alphabet="ab \n", max_size=30))
def test_marked_words_give_both_texts_back(before: str, after: str) -> None:
    old, new = marked(before, after)
    assert ("".join(piece.text for piece in old), "".join(piece.text for piece in new)) == (before, after)
    kept = ["".join(piece.text for piece in side if not piece.marked) for side in (old, new)]
    assert kept[0] == kept[1]
