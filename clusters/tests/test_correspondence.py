from typing import Any

import pytest

from clusters.correspondence import Correspondence, Line, correspond, problems
from clusters.enums import Level

Q = Level.QUESTION


def codes(*questions: str) -> dict[str, tuple[str, ...]]:
    return {Level.CLUSTER: ("I",), Level.INDICATOR: ("1",), Q: questions}


def line(relation: str, source: str, target: str, note: str = "") -> Line:
    return Line(Q, relation, source, target, note)


def ties(pairs: Correspondence) -> list[tuple[str, str, str]]:
    return [(tie.relation, " ".join(tie.sources), " ".join(tie.targets)) for tie in pairs.ties(Q)]


def test_without_lines_equal_codes_are_the_same_and_the_rest_is_new_or_gone() -> None:
    assert ties(correspond(codes("1.1", "1.2"), codes("1.3", "1.1"))) == [
        ("new", "", "1.3"),
        ("same", "1.1", "1.1"),
        ("gone", "1.2", ""),
    ]


def test_every_relation_is_told_once_with_its_note() -> None:
    old, new = codes("1.1", "1.2", "1.3", "1.4", "1.5"), codes("1.1", "1.2a", "1.2b", "1.3", "1.9")
    lines = [
        line("split", "1.2", "1.2a"), line("split", "1.2", "1.2b"), line("merged", "1.3", "1.3", "dua jadi satu"),
        line("merged", "1.4", "1.3"), line("new", "", "1.9", "diminta Perpres"), line("gone", "1.5", "", "dihapus"),
    ]  # fmt: skip
    pairs = correspond(old, new, lines)
    assert ties(pairs) == [
        ("same", "1.1", "1.1"),
        ("split", "1.2", "1.2a 1.2b"),
        ("merged", "1.3 1.4", "1.3"),
        ("new", "", "1.9"),
        ("gone", "1.5", ""),
    ]
    assert [tie.note for tie in pairs.ties(Q)] == ["", "", "dua jadi satu", "diminta Perpres", "dihapus"]
    assert problems(old, new, lines) == []


def test_codes_that_change_places_are_renamed() -> None:
    lines = [line("renamed", "1.1", "1.2"), line("renamed", "1.2", "1.1")]
    pairs = correspond(codes("1.1", "1.2"), codes("1.1", "1.2"), lines)
    assert ties(pairs) == [("renamed", "1.2", "1.1"), ("renamed", "1.1", "1.2")]


def test_a_line_whose_target_was_removed_leaves_its_source_gone() -> None:
    assert ties(correspond(codes("1.1"), codes("1.2"), [line("same", "1.1", "1.1")])) == [
        ("new", "", "1.2"),
        ("gone", "1.1", ""),
    ]


def test_two_mappings_in_a_row_lead_through() -> None:
    first = correspond(codes("a", "b", "c"), codes("a", "x", "y"), [
        line("merged", "b", "x"), line("merged", "c", "x"), line("new", "", "y"),
    ])  # fmt: skip
    second = correspond(codes("a", "x", "y"), codes("z", "x1", "x2"), [
        line("renamed", "a", "z"), line("split", "x", "x1"), line("split", "x", "x2"), line("gone", "y", ""),
    ])  # fmt: skip
    whole = first.then(second)
    assert whole.origins(Q, "x2") == ("b", "c")
    assert whole.heirs(Q, "a") == ("z",)
    assert ties(whole) == [("renamed", "a", "z"), ("merged", "b c", "x1 x2")]


def test_backwards_is_the_same_seen_from_the_other_side() -> None:
    pairs = correspond(codes("1.1", "1.2"), codes("1.1"), [line("gone", "1.2", "", "sudah tidak ditanya")])
    assert ties(pairs.backwards()) == [("same", "1.1", "1.1"), ("new", "", "1.2")]
    assert pairs.backwards().ties(Q)[1].note == "sudah tidak ditanya"
    assert ties(pairs.backwards().backwards()) == ties(pairs)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([line("same", "9.9", "1.1")], "pertanyaan 9.9 tidak ada pada versi asal"),
        ([line("same", "1.1", "9.9")], "pertanyaan 9.9 tidak ada pada versi tujuan"),
        ([line("split", "1.1", "1.1")], "1.1 dipecah, tetapi hanya satu baris menyebutnya"),
        ([line("merged", "1.1", "1.1")], "1.1 hasil gabungan, tetapi hanya satu baris menyebutnya"),
        ([line("same", "1.1", "1.1"), line("same", "1.1", "1.2")], "1.1 sudah disebut baris lain"),
        ([line("same", "1.1", "1.1"), line("same", "1.2", "1.1")], "1.1 sudah disebut baris lain"),
        ([line("gone", "1.1", "1.1")], "yang dihapus tidak mempunyai tujuan"),
        ([line("new", "1.1", "1.1")], "yang baru tidak mempunyai asal"),
        ([line("gone", "1.1", "")], "pertanyaan 1.1 pada versi tujuan belum dipetakan"),
        ([line("new", "", "1.1")], "pertanyaan 1.1 dari versi asal belum dipetakan"),
    ],
)
def test_lines_that_contradict_each_other_are_named(lines: list[Line], said: str) -> None:
    found = problems(codes("1.1", "1.2"), codes("1.1", "1.2"), lines)
    assert any(said in problem.text for problem in found), found


def test_a_level_that_one_side_does_not_have_needs_no_lines() -> None:
    shallow: dict[str, Any] = {Level.CLUSTER: ("I",), Level.INDICATOR: (), Q: ()}
    assert problems(shallow, codes("1.1"), []) == []
    assert [tie.relation for tie in correspond(shallow, codes("1.1")).ties(Level.CLUSTER)] == ["same"]
