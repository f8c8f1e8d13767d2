"""Golden cases: rule, answer, and what it earns, worked out by hand. `because` is the arithmetic, for who checks it.

The rules are small ones of their own, so that nothing here moves with an instrument; points are of `most`.
"""

from typing import Any, NamedTuple

FIFTHS = [{"from": str(20 * n), "fraction": f"0.{2 * n}" if n < 5 else "1"} for n in range(6)]
YES_NO = {"yes": "1", "no": "0"}
NO_IS_BETTER = {"yes": "0", "no": "1"}
RANKS = {
    "options": [
        {"key": "none", "label": "Belum ada", "fraction": "0"},
        {"key": "letter", "label": "Surat edaran", "fraction": "0.25"},
        {"key": "decision", "label": "Surat keputusan", "fraction": "0.5"},
        {"key": "head", "label": "Peraturan kepala daerah", "fraction": "0.75"},
        {"key": "perda", "label": "Peraturan daerah", "fraction": "1"},
    ]
}
SHARE = {"unit": "%", "better": "higher", "bands": FIFTHS}
STUNTING = {
    "unit": "%",
    "better": "lower",
    "bands": [
        {"from": "0", "fraction": "1"}, {"from": "14", "fraction": "0.66"},
        {"from": "20", "fraction": "0.33"}, {"from": "30", "fraction": "0"},
    ],
}  # fmt: skip
MEETINGS = {
    "unit": "kali",
    "better": "higher",
    "bands": [{"from": "0", "fraction": "0"}, {"from": "1", "fraction": "0.5"}, {"from": "4", "fraction": "1"}],
}
COMPARE = {"improved": "1", "same": "0.8", "worse": "0.5"}
BUDGET = {
    "levels": [
        {"key": "none", "label": "Tidak ada", "fraction": "0"},
        {"key": "one", "label": "Satu sumber", "fraction": "0.33"},
        {"key": "two", "label": "Dua sumber", "fraction": "0.66"},
        {"key": "all", "label": "Semua sumber", "fraction": "1"},
    ],
    "items": [
        {"key": "akta", "label": "Akta kelahiran", "points": "2"},
        {"key": "ila", "label": "Informasi layak anak", "points": "1"},
        {"key": "forum", "label": "Forum Anak", "points": "1"},
    ],
}
_COLUMNS = [
    {"key": "nama", "label": "Lembaga", "type": "text", "required": True},
    {"key": "semua", "label": "Petugas", "type": "number", "required": True},
    {"key": "terlatih", "label": "Terlatih KHA", "type": "number"},
]
ROWS = {
    "columns": _COLUMNS, "total": {"of": "rows"}, "unit": "lembaga", "better": "higher",
    "bands": [{"from": "0", "fraction": "0"}, {"from": "1", "fraction": "0.4"}, {"from": "3", "fraction": "1"}],
}  # fmt: skip
SUM = ROWS | {
    "total": {"of": "sum", "column": "terlatih"}, "unit": "orang",
    "bands": [{"from": "0", "fraction": "0"}, {"from": "5", "fraction": "0.5"}, {"from": "10", "fraction": "1"}],
}  # fmt: skip
OF_ALL = ROWS | {"total": {"of": "share", "column": "terlatih", "among": "semua"}, "unit": "%", "bands": FIFTHS}
UNITS = {"of": "desa", "unit": "%", "better": "higher", "bands": FIFTHS}
STAFF = [
    {"nama": "Puspaga", "semua": "8", "terlatih": "6"},
    {"nama": "LKSA Harapan", "semua": "12", "terlatih": "1.5"},
    {"nama": "TPA Melati"},
]


class Golden(NamedTuple):
    kind: str
    rule: dict[str, Any]
    value: Any
    most: str
    fraction: str
    points: str
    because: str


GOLDEN = [
    Golden("yes_no", YES_NO, "yes", "12", "1", "12", "yes earns 1; 1 × 12"),
    Golden("yes_no", YES_NO, "no", "12", "0", "0", "no earns 0"),
    Golden("yes_no", NO_IS_BETTER, "no", "3", "1", "3", "no sponsor of tobacco is better; 1 × 3"),
    Golden("yes_no", NO_IS_BETTER, None, "3", "0", "0", "unanswered earns nothing, even where no is better"),
    Golden("choice", RANKS, "head", "1.5", "0.75", "1.125", "rank three of four; 0.75 × 1.5"),
    Golden("choice", RANKS, "letter", "5", "0.25", "1.25", "0.25 × 5"),
    Golden("choice", RANKS, "none", "5", "0", "0", "answered, and worth nothing"),
    Golden("percentage", SHARE, "72.5", "5", "0.6", "3", "60 ≤ 72.5 < 80; 0.6 × 5"),
    Golden("percentage", SHARE, "79.999999", "5", "0.6", "3", "a hair below 80 is still below; 0.6 × 5"),
    Golden("percentage", SHARE, "80", "5", "0.8", "4", "the lower bound belongs to its band; 0.8 × 5"),
    Golden("percentage", SHARE, "100", "5", "1", "5", "the last band is 100 alone"),
    Golden("percentage", STUNTING, "13.9", "7", "1", "7", "below 14, lower is better"),
    Golden("percentage", STUNTING, "14", "7", "0.66", "4.62", "14 ≤ 14 < 20; 0.66 × 7"),
    Golden("percentage", STUNTING, "30", "7", "0", "0", "30 and more earns nothing"),
    Golden("count", MEETINGS, "0", "6", "0", "0", "none"),
    Golden("count", MEETINGS, "3", "6", "0.5", "3", "1 to 3; 0.5 × 6"),
    Golden("count", MEETINGS, "4", "6", "1", "6", "4 and more"),
    Golden("percentage", SHARE | {"compare": COMPARE}, {"before": "60", "now": "72.5"}, "10", "0.6", "6",
           "later year: 60 ≤ 72.5 < 80 → 0.6; better than 60 → × 1; 0.6 × 10"),
    Golden("percentage", SHARE | {"compare": COMPARE}, {"before": "72.5", "now": "72.5"}, "10", "0.48", "4.8",
           "0.6, the same → × 0.8 = 0.48; × 10"),
    Golden("percentage", SHARE | {"compare": COMPARE}, {"before": "95", "now": "81"}, "10", "0.4", "4",
           "80 ≤ 81 < 100 → 0.8; worse than 95 → × 0.5 = 0.4; × 10"),
    Golden("percentage", SHARE | {"compare": COMPARE}, {"now": "81"}, "10", "0.4", "4",
           "no earlier figure counts as worse: 0.8 × 0.5 = 0.4; × 10"),
    Golden("percentage", SHARE | {"compare": COMPARE}, {"before": "81"}, "10", "0", "0",
           "without the later year there is nothing to judge"),
    Golden("percentage", STUNTING | {"compare": COMPARE}, {"before": "19.5", "now": "16"}, "7", "0.66", "4.62",
           "16 → 0.66; lower is better and 16 < 19.5 → × 1; 0.66 × 7"),
    Golden("percentage", STUNTING | {"compare": COMPARE}, {"before": "15", "now": "16"}, "7", "0.33", "2.31",
           "16 → 0.66; risen, which is worse → × 0.5 = 0.33; × 7"),
    Golden("count", MEETINGS | {"compare": COMPARE}, {"before": "5", "now": "4"}, "6", "0.5", "3",
           "4 and more → 1; fewer than 5 → × 0.5; × 6"),
    Golden("checklist", BUDGET, {"akta": "two", "ila": "all"}, "4", "0.58", "2.32",
           "2 × 0.66 + 1 × 1 + 1 × 0 = 2.32 of a weight of 4; 2.32 / 4 = 0.58; × 4"),
    Golden("checklist", BUDGET, {"akta": "one", "ila": "one", "forum": "one"}, "2", "0.33", "0.66",
           "all at 0.33: (0.66 + 0.33 + 0.33) / 4 = 0.33; × 2"),
    Golden("checklist", BUDGET, {"akta": "all", "ila": "all", "forum": "all"}, "4", "1", "4", "everything"),
    Golden("table", ROWS, STAFF, "5", "0.4", "2",
           "two rows have name and staff, the third lacks staff: 2 → 1 to 2 → 0.4; × 5"),
    Golden("table", SUM, STAFF, "5", "0.5", "2.5", "6 + 1.5 = 7.5 → 5 to below 10 → 0.5; × 5"),
    Golden("table", OF_ALL, STAFF, "5", "0.2", "1",
           "100 × (6 + 1.5) / (8 + 12) = 37.5 % → 20 to 40 → 0.2; × 5"),
    Golden("table", OF_ALL, [{"nama": "Puspaga"}], "5", "0", "0", "nothing of nothing is 0 %"),
    Golden("rollup", UNITS, {"met": "5", "of": "6"}, "10", "0.8", "8", "100 × 5 / 6 = 83.33… % → 80 to 100: 0.8 × 10"),
    Golden("rollup", UNITS, {"met": "2", "of": "3"}, "4", "0.6", "2.4", "66.66… % → 60 to 80 → 0.6; × 4"),
    Golden("rollup", UNITS, {"met": "6", "of": "6"}, "10", "1", "10", "all of them"),
    Golden("rollup", UNITS, {"met": "0", "of": "0"}, "10", "0", "0", "no desa at all earns nothing"),
    Golden("choice", RANKS, "n/a", "5", "0", "0", "not applicable earns nothing itself; its points go to neighbours"),
]  # fmt: skip

SPREADS = [
    # (own points, which apply, effective points, the arithmetic)
    (["4", "2", "6"], [1, 1, 0], ["8", "4", "0"], "12 over a rest of 6: everything doubles"),
    (["10", "5"], [1, 1], ["10", "5"], "all apply: nothing moves"),
    (["10", "5"], [0, 0], ["10", "5"], "none applies: a whole indicator cannot be inapplicable"),
    (["1", "1", "1", "7"], [1, 1, 1, 0], ["3.333333334", "3.333333333", "3.333333333", "0"],
     "10 / 3 each; what is cut off at the ninth decimal, 0.000000001, stays with the first of the largest"),
    (["3", "4", "2"], [1, 0, 1], ["5.4", "0", "3.6"], "9 over a rest of 5: 3 × 1.8 and 2 × 1.8"),
]  # fmt: skip

CLUSTERS = {
    "Kabupaten Sumbawa 2022": {
        "source": "http://prokopim.sumbawakab.go.id/index.php/berita/id/312/wakil-bupati-sumbawa-buka-secara-resmi-"
        "rapat-evaluasi-kabupaten-layak-anak--kla--tahun-2022.html",
        "scores": {
            "KEL": "83.50", "I": "53", "II": "78", "III": "94.50",
            "IV": "44.50", "V": "104.85", "KELANA": "17", "DEKELA": "30.50",
        },
        "stated": "505.85",
        "predicate": "Pratama",
    },
    "Kabupaten Lombok Tengah 2023": {
        # Seven parts are published rounded to two decimals, their sum to three; Kelana and Dekela are one part.
        "source": "https://mataram.antaranews.com/berita/281463/bupati-input-dokumen-penilaian-kla-di-lombok-tengah-rampung",
        "scores": {
            "KEL": "99.01", "I": "64.67", "II": "103.8", "III": "114", "IV": "58", "V": "87.15",
            "KELANA+DEKELA": "71.3",
        },
        "stated": "597.928",
        "predicate": "",
    },
}  # fmt: skip
