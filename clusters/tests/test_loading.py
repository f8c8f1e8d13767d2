"""What the loader lets in and what it refuses, with the place of every fault. No database."""

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clusters.loading import MAX_BYTES, read
from clusters.nodes import Fault, Invalid

SMALL = """\
code: uji-1
name: Instrumen uji
edition: 2024
max_points: 1000
predicates:
  - {code: pratama, name: Pratama, lower: 500, inclusive: true, source: published}
  - {code: madya, name: Madya, lower: 600, inclusive: false, source: assumption}
clusters:
  - code: KEL
    name: Kelembagaan
    max_points: 600
    indicators:
      - number: 1
        name: Kebijakan
        max_points: 600
        source: published
        questions:
          - code: 1.1
            text: Adakah Perda?
            kind: yes_no
            max_points: 400
            owners: [dp3a]
            wants: [{key: perda, label: Perda}]
            source: published
            rule: {yes: 1, no: 0}
          - code: 1.10
            text: Berapa persen?
            kind: percentage
            max_points: 200
            owners: [disdukcapil, dp3a]
            source: assumption
            rule:
              unit: "%"
              better: higher
              bands:
                - {from: 0, fraction: 0}
                - {from: 50, fraction: 0.5}
                - {from: 90, fraction: 1}
  - code: I
    name: Hak Sipil
    max_points: 400
    indicators:
      - number: 2
        name: Akta
        max_points: 400
        source: published
        questions:
          - code: 2.1
            text: Sejauh mana?
            kind: choice
            max_points: 400
            owners: [dinkes]
            source: published
            rule:
              options:
                - {key: a, label: Belum, fraction: 0}
                - {key: b, label: Sudah, fraction: 1}
"""


def faults_of(text: str | bytes) -> tuple[Fault, ...]:
    with pytest.raises(Invalid) as refused:
        read(text.encode() if isinstance(text, str) else text)
    assert refused.value.faults
    return refused.value.faults


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


def test_read_keeps_codes_and_numbers_exact() -> None:
    data = read(SMALL.encode())
    assert [question.code for question in data.questions] == ["1.1", "1.10", "2.1"]
    assert data.edition == "2024"
    assert data.questions[1].rule["bands"][1] == {"from": "50", "fraction": "0.5"}
    assert data.questions[0].max_points == Decimal(400)
    assert data.predicates[1]["inclusive"] is False


def test_the_digest_follows_the_content_and_not_the_layout() -> None:
    data = read(SMALL.encode())
    assert (
        read(("# catatan\n" + SMALL.replace("owners: [dp3a]", "owners:\n              - dp3a")).encode()).digest
        == data.digest
    )
    assert read(SMALL.replace("max_points: 400", "max_points: 400.0").encode()).digest == data.digest
    assert read(SMALL.replace("Adakah", "Apakah ada").encode()).digest != data.digest


@pytest.mark.parametrize(
    ("old", "new", "path", "problem"),
    [
        # sums, at every height
        ("max_points: 1000", "max_points: 900", "max_points", "harus 1.000, bukan 900"),
        ("max_points: 600\n    ind", "max_points: 601\n    ind", "clusters[0].max_points", "berjumlah 600"),
        ("max_points: 600\n    ind", "max_points: 601\n    ind", "max_points", "berjumlah 1.001"),
        ("max_points: 200", "max_points: 199.5", "clusters[0].indicators[0].max_points", "berjumlah 599,5"),
        ("max_points: 200", "max_points: 1e2", "clusters[0].indicators[0].questions[1].max_points", "bukan nilai"),
        ("max_points: 200", "max_points: -200", "clusters[0].indicators[0].questions[1].max_points", "bukan nilai"),
        ("max_points: 200", "max_points: 0", "clusters[0].indicators[0].questions[1].max_points", "lebih dari 0"),
        ("max_points: 200", "max_points: [200]", "clusters[0].indicators[0].questions[1].max_points", "bukan nilai"),
        # codes
        ("code: 1.10", "code: 1.1", "clusters[0].indicators[0].questions[1].code", "sudah dipakai"),
        ("code: 2.1", "code: 1.1", "clusters[1].indicators[0].questions[0].code", "sudah dipakai"),
        ("number: 2", "number: 1", "clusters[1].indicators[0].number", "sudah dipakai"),
        ("code: I\n", "code: KEL\n", "clusters[1].code", "sudah dipakai"),
        ("code: I\n", "code: klaster satu\n", "clusters[1].code", "bukan kode"),
        ("code: uji-1", "code: Uji 1", "code", "bukan kode"),
        ("          - code: 2.1\n            text", "          - text", "clusters[1].indicators[0].questions[0].code",
         "wajib"),
        # owners, evidence, sources
        ("[dinkes]", "[dinas_kesehatan]", "clusters[1].indicators[0].questions[0].owners[0]", "tidak dikenal"),
        ("[dinkes]", "[dinkes, dinkes]", "clusters[1].indicators[0].questions[0].owners[1]", "dua kali"),
        ("[dinkes]", "[]", "clusters[1].indicators[0].questions[0].owners", "1 sampai"),
        ("[dinkes]", "dinkes", "clusters[1].indicators[0].questions[0].owners", "daftar"),
        ("[dinkes]", "[[dinkes]]", "clusters[1].indicators[0].questions[0].owners[0]", "tidak dikenal"),
        ("{key: perda, label: Perda}", "{key: PERDA, label: Perda}",
         "clusters[0].indicators[0].questions[0].wants[0].key", "bukan kode"),
        ("[{key: perda, label: Perda}]", "[{key: a, label: A}, {key: a, label: B}]",
         "clusters[0].indicators[0].questions[0].wants[1].key", "dua kali"),
        ("label: Perda}", "label: Perda, kinds: [ijazah]}",
         "clusters[0].indicators[0].questions[0].wants[0].kinds[0]", "tidak dikenal"),
        ("label: Perda}", "label: Perda, kinds: [sk, sk]}",
         "clusters[0].indicators[0].questions[0].wants[0].kinds[1]", "dua kali"),
        ("label: Perda}", "label: Perda, kinds: sk}",
         "clusters[0].indicators[0].questions[0].wants[0].kinds", "daftar"),
        ("label: Perda}", "label: Perda, kinds: []}",
         "clusters[0].indicators[0].questions[0].wants[0].kinds", "1 sampai"),
        ("label: Perda}", "label: Perda, years: both}",
         "clusters[0].indicators[0].questions[0].wants[0].years", "bukan salah satu"),
        ("label: Perda}", "label: Perda, signed: ya}",
         "clusters[0].indicators[0].questions[0].wants[0].signed", "bukan salah satu"),
        ("label: Perda}", "label: Perda, umur: 2}",
         "clusters[0].indicators[0].questions[0].wants[0].“umur”", "tidak dikenal"),
        ("source: assumption\n            rule", "source: gosip\n            rule",
         "clusters[0].indicators[0].questions[1].source", "bukan salah satu"),
        # rules
        ("fraction: 0.5", "fraction: 1.5", "clusters[0].indicators[0].questions[1].rule.bands[1].fraction", "di luar"),
        ("from: 50", "from: 95", "clusters[0].indicators[0].questions[1].rule.bands[2].from", "berurutan"),
        ("better: higher", "better: lower", "clusters[0].indicators[0].questions[1].rule.bands[1].fraction",
         "berlawanan"),
        ("yes: 1, no: 0", "ya: 1, no: 0", "clusters[0].indicators[0].questions[0].rule.“ya”", "tidak dikenal"),
        ("rule: {yes: 1, no: 0}", "rule: ya", "clusters[0].indicators[0].questions[0].rule", "pemetaan"),
        ("key: b", "key: a", "clusters[1].indicators[0].questions[0].rule.options[1].key", "dua kali"),
        ("kind: choice", "kind: matrix", "clusters[1].indicators[0].questions[0].kind", "bukan salah satu"),
        ("kind: choice", "kind: [choice]", "clusters[1].indicators[0].questions[0].kind", "bukan salah satu"),
        # shape
        ("name: Akta", "nama: Akta", "clusters[1].indicators[0].“nama”", "tidak dikenal"),
        ("name: Akta", "nama: Akta", "clusters[1].indicators[0].name", "wajib"),
        ("name: Akta", "name: ''", "clusters[1].indicators[0].name", "kosong"),
        ("name: Akta", "name: {a: b}", "clusters[1].indicators[0].name", "teks"),
        ("name: Akta", f"name: {'a' * 301}", "clusters[1].indicators[0].name", "lebih panjang"),
        ("name: Akta", 'name: "a\\0b"', "clusters[1].indicators[0].name", "tanda kendali"),
        ("lower: 600", "lower: 500", "predicates[1].lower", "berurutan"),
        ("inclusive: true", "inclusive: ya", "predicates[0].inclusive", "true atau false"),
        ("edition: 2024", "edition: 2024\nsource_url: ftp://a", "source_url", "bukan alamat"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_place(old: str, new: str, path: str, problem: str) -> None:
    assert SMALL.count(old) == 1
    text = SMALL.replace(old, new)
    found = [fault for fault in faults_of(text) if fault.path == path and problem in fault.problem]
    assert len(found) == 1, faults_of(text)
    key = re.sub(r"\[\d+\]$|[“”]", "", path.rsplit(".", 1)[-1])
    assert "wajib" in problem or key in text.splitlines()[found[0].line - 1]


def test_the_line_is_that_of_the_fault() -> None:
    text = SMALL.replace("fraction: 0.5", "fraction: 1.5").replace("[dinkes]", "[dinas_kesehatan]")
    assert [(fault.line, fault.path.rsplit(".", 1)[1]) for fault in faults_of(text)] == [
        (line_of(text, "fraction: 1.5"), "fraction"),
        (line_of(text, "[dinas_kesehatan]"), "owners[0]"),
    ]
    assert re.fullmatch(r"clusters\[1\]\S+owners\[0\] \(baris \d+\): .*dinas_kesehatan.*", str(faults_of(text)[1]))


def test_all_faults_come_at_once() -> None:
    text = SMALL.replace("[dinkes]", "[x]").replace("[dp3a]", "[y]").replace("code: 1.10", "code: 1.1")
    assert len(faults_of(text)) == 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "kosong"),
        (b"\xff\xfe", "UTF-8"),
        (b"a: &x 1\nb: *x\n", "alias"),
        (b"a: [&a [x, x], *a, *a]", "alias"),
        (b"a: !!python/object/apply:os.system ['true']", "tag"),
        (b"a: !!int 3", "tag"),
        (b"a: 1\na: 2", "dua kali"),
        (b"? [a]\n: b", "kunci"),
        (b"a: 1\n---\nb: 2", "satu dokumen"),
        (b"a: [", "YAML tidak sah"),
        (b"a: 'b", "YAML tidak sah"),
        (b"[" * 5000, "terlalu dalam"),
        (b"- a\n" * 150_000, "terlalu besar"),
        (b"#" * (MAX_BYTES + 1), "lebih besar"),
        (b"hanya teks", "pemetaan"),
        (b"- daftar", "pemetaan"),
    ],
)
def test_files_that_are_no_instrument_are_refused_in_words(text: bytes, problem: str) -> None:
    assert problem in faults_of(text)[0].problem


def test_a_syntax_fault_names_its_line_and_what_to_look_at_without_the_parsers_words() -> None:
    fault = faults_of(b"a: [1,\n  - b: {")[0]
    assert (fault.line, fault.problem) == (2, "YAML tidak sah")
    assert "tanda petik" in fault.cure


def readable(data: bytes) -> None:
    """Either an instrument or named faults: nothing else may come out."""
    try:
        assert read(data).max_points == 1000
    except Invalid as invalid:
        assert invalid.faults
        assert all(fault.line >= 1 and fault.problem for fault in invalid.faults)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b'a: "\\ud800"')
@example(b"%YAML 9.9\n---\na: 1")
@example(b"a:\n\t- b")
def test_no_bytes_break_the_reader(data: bytes) -> None:
    readable(data)


LINES = SMALL.splitlines()
PIECES = st.sampled_from(
    ["", "[]", "{}", "null", "~", "-1", "1e9", "&a b", "*a", "!x y", "'", ": :", "|", ">", "? ", "\x00", "é", "- x"]
)


@given(st.data())
def test_no_damage_to_an_instrument_breaks_the_reader(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        how = data.draw(st.integers(0, 4))
        if how == 0:
            del lines[at]
        elif how == 1:
            lines[at] = lines[at].split(":")[0] + ": " + data.draw(PIECES)
        elif how == 2:
            lines.insert(at, data.draw(st.text(max_size=20)))
        elif how == 3:
            lines[at] = " " * data.draw(st.integers(0, 12)) + lines[at].strip()
        else:
            lines[at] = lines[at].replace("{", data.draw(PIECES)).replace(",", data.draw(PIECES), 1)
    readable("\n".join(lines).encode("utf-8", "surrogatepass"))
