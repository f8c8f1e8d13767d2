import pytest

from clusters.correspondence import Codes, Line
from clusters.enums import Level
from clusters.mapping import MappingData, read
from clusters.nodes import Invalid

OLD: Codes = {Level.CLUSTER: ("I", "KELANA", "DEKELA"), Level.INDICATOR: (), Level.QUESTION: ()}
NEW: Codes = {Level.CLUSTER: ("I", "KD"), Level.INDICATOR: ("1",), Level.QUESTION: ("1.1",)}
TEXT = """
source: lama
target: baru
note: Dua menjadi satu.
source_url: https://contoh.go.id/a
lines:
  - {level: cluster, relation: merged, source: KELANA, target: KD}
  - {level: cluster, relation: merged, source: DEKELA, target: KD, note: "bernilai 75"}
"""


def known(code: str) -> Codes | None:
    return {"lama": OLD, "baru": NEW}.get(code)


def reading(text: str) -> MappingData:
    return read(text.encode(), known)


def faults(text: str) -> str:
    with pytest.raises(Invalid) as refused:
        reading(text)
    return str(refused.value)


def test_a_mapping_is_read_with_its_lines() -> None:
    found = reading(TEXT)
    assert (found.source, found.target, found.note) == ("lama", "baru", "Dua menjadi satu.")
    assert found.lines[1] == Line("cluster", "merged", "DEKELA", "KD", "bernilai 75")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("source: lama", "source: entah", "source (baris 2): instrumen “entah” tidak dikenal"),
        ("target: baru", "target: lama", "target (baris 3): asal dan tujuan adalah instrumen yang sama"),
        ("https://contoh", "javascript://contoh", "bukan alamat http(s)"),
        ("relation: merged, source: KELANA", "relation: lain, source: KELANA", "lines[0].relation (baris 7)"),
        ("source: DEKELA", "source: DEKELB", "lines[1] (baris 8): klaster DEKELB tidak ada pada versi asal"),
        ("note: Dua", "nota: Dua", "kunci “nota” tidak dikenal"),
        ("level: cluster, relation: merged, source: KELANA", "level: x, source: KELANA", "relation belum diisi"),
        ('note: "bernilai 75"', "note: [1]", "lines[1].note (baris 8): di sini diharapkan teks"),
        ("lines:", "lines: x\nlain:", "lines (baris 6): di sini diharapkan daftar"),
        ("target: KD}", "target: KD}\n  - {level: cluster, relation: merged, source: KELANA, target: KD}", "dua kali"),
        ("target: baru", "target: *b", "alias"),
    ],
)
def test_each_fault_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert old in TEXT
    assert said in faults(TEXT.replace(old, new, 1))


def test_what_is_forgotten_is_named() -> None:
    cut = TEXT.replace("  - {level: cluster, relation: merged, source: KELANA, target: KD}\n", "")
    assert "klaster KELANA dari versi asal belum dipetakan" in faults(cut)
