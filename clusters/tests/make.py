"""Builders: a small published instrument with a question of each simple kind, and single questions of any kind."""

from decimal import Decimal
from itertools import count
from typing import Any

from clusters.correspondence import Line
from clusters.enums import InstrumentState, QuestionKind, Source
from clusters.models import Cluster, Indicator, Instrument, Mapping, MappingLine, Question

PREDICATES = [
    {"code": "pratama", "name": "Pratama", "lower": "500", "inclusive": True, "source": "published"},
    {"code": "madya", "name": "Madya", "lower": "600", "inclusive": False, "source": "assumption"},
    {"code": "nindya", "name": "Nindya", "lower": "700", "inclusive": False, "source": "assumption"},
    {"code": "utama", "name": "Utama", "lower": "800", "inclusive": False, "source": "assumption"},
    {"code": "paripurna", "name": "Paripurna", "lower": "900", "inclusive": False, "source": "assumption"},
]
NUMBERS = [
    *map(str, range(1, 21)), "21A", "21B", "21C", "22A", "22B", "23A", "23B", "24A", "24B", "25", "26",
]  # fmt: skip
"""The indicators of the shipped instrument: 24 by number, the last four in lettered parts, then Kelana and Dekela."""
YES_NO = {"yes": "1", "no": "0"}
CHOICE = {
    "options": [
        {"key": "none", "label": "Belum ada", "fraction": "0"},
        {"key": "draft", "label": "Rancangan", "fraction": "0.5"},
        {"key": "done", "label": "Sudah ditetapkan", "fraction": "1"},
    ]
}
PERCENTAGE = {
    "unit": "%",
    "better": "higher",
    "bands": [{"from": str(20 * n), "fraction": str(Decimal(n) / 5)} for n in range(6)],
}
COUNT = {
    "unit": "orang",
    "better": "higher",
    "bands": [{"from": str(2 * n), "fraction": str(Decimal(n) / 5)} for n in range(6)],
}
CHECKLIST = {
    "levels": [
        {"key": "none", "label": "Tidak ada", "fraction": "0"},
        {"key": "letter", "label": "Surat edaran", "fraction": "0.25"},
        {"key": "perda", "label": "Perda", "fraction": "1"},
    ],
    "items": [
        {"key": "akta", "label": "Akta kelahiran", "points": "3"},
        {"key": "gizi", "label": "Gizi balita", "points": "1"},
        {"key": "paud", "label": "PAUD-HI", "points": "1"},
    ],
}
TABLE = {
    "columns": [
        {"key": "nama", "label": "Nama lembaga", "type": "text", "required": True},
        {"key": "jenis", "label": "Jenis", "type": "choice", "options": ["PAUD", "SD"]},
        {"key": "sk", "label": "Tanggal SK", "type": "date"},
        {"key": "anak", "label": "Jumlah anak", "type": "number", "required": True},
    ],
    "total": {"of": "sum", "column": "anak"},
    "unit": "anak",
    "better": "higher",
    "bands": [{"from": str(20 * n), "fraction": str(Decimal(n) / 5)} for n in range(6)],
}
ROLLUP = {
    "of": "desa",
    "unit": "%",
    "better": "higher",
    "bands": [{"from": str(20 * n), "fraction": str(Decimal(n) / 5)} for n in range(6)],
}
COMPARE = {"improved": "1", "same": "0.8", "worse": "0.5"}
TWO_YEARS = PERCENTAGE | {"compare": COMPARE}
RULES: dict[str, dict[str, Any]] = {
    QuestionKind.YES_NO: YES_NO,
    QuestionKind.CHOICE: CHOICE,
    QuestionKind.PERCENTAGE: PERCENTAGE,
    QuestionKind.COUNT: COUNT,
    QuestionKind.CHECKLIST: CHECKLIST,
    QuestionKind.TABLE: TABLE,
    QuestionKind.ROLLUP: ROLLUP,
}
_serial = count(1)


def make_instrument(
    *,
    code: str = "",
    state: str = InstrumentState.PUBLISHED,
    scale: int = 10,
    **fields: Any,
) -> Instrument:
    """1000 points (100 × `scale`) in two clusters, three indicators and one question of each simple kind.

    | question | kind       | points (scale 10) | owners                | wants       |
    | 1.1      | yes_no     | 200               | dp3a                  | perda       |
    | 1.2      | checklist  | 300               | dp3a, disdukcapil     | dokumen     |
    | 2.1      | percentage | 200               | disdukcapil           | data, foto  |
    | 3.1      | count      | 100               | dinkes, dp3a          | sertifikat  |
    | 3.2      | choice     | 200               | dinkes                | (nothing)   |
    """
    number = next(_serial)
    fields.setdefault("name", f"Instrumen uji {number}")
    fields.setdefault("edition", "2024")
    fields.setdefault("predicates", PREDICATES)
    instrument = Instrument.objects.create(
        code=code or f"uji-{number}",
        state=state,
        max_points=Decimal(100 * scale),
        digest=fields.pop("digest", f"{number:064d}"),
        **fields,
    )
    first = make_cluster(instrument, code="KEL", name="Kelembagaan", max_points=50 * scale)
    second = make_cluster(instrument, code="I", name="Hak Sipil dan Kebebasan", max_points=50 * scale)
    law = make_indicator(first, number="1", name="Kebijakan daerah", max_points=50 * scale)
    birth = make_indicator(second, number="2", name="Akta kelahiran", max_points=20 * scale)
    health = make_indicator(second, number="3", name="Layanan kesehatan", max_points=30 * scale)
    make_question(law, "1.1", QuestionKind.YES_NO, 20 * scale, ["dp3a"], ["perda"])
    make_question(law, "1.2", QuestionKind.CHECKLIST, 30 * scale, ["dp3a", "disdukcapil"], ["dokumen"])
    make_question(birth, "2.1", QuestionKind.PERCENTAGE, 20 * scale, ["disdukcapil"], ["data", "foto"])
    make_question(health, "3.1", QuestionKind.COUNT, 10 * scale, ["dinkes", "dp3a"], ["sertifikat"])
    make_question(health, "3.2", QuestionKind.CHOICE, 20 * scale, ["dinkes"], [])
    instrument.refresh_from_db()
    return instrument


def make_cluster(instrument: Instrument, *, code: str, name: str, max_points: int) -> Cluster:
    return Cluster.objects.create(
        instrument=instrument,
        code=code,
        name=name,
        max_points=Decimal(max_points),
        position=instrument.clusters.count(),
    )


def make_indicator(cluster: Cluster, *, number: str, name: str, max_points: int) -> Indicator:
    return Indicator.objects.create(
        cluster=cluster,
        number=number,
        name=name,
        max_points=Decimal(max_points),
        source=Source.PUBLISHED,
        position=cluster.indicators.count(),
    )


def make_question(
    indicator: Indicator | None = None,
    code: str = "9.9",
    kind: str = QuestionKind.YES_NO,
    max_points: int | Decimal = 5,
    owners: list[str] | None = None,
    wants: list[Any] | None = None,
    **fields: Any,
) -> Question:
    """One question; without an indicator it joins the first of a new instrument (whose sums then no longer hold)."""
    indicator = indicator or Indicator.objects.filter(cluster__instrument=make_instrument())[0]
    fields.setdefault("text", f"Pertanyaan {code} tentang {QuestionKind(kind).label.lower()}?")
    fields.setdefault("rule", RULES[kind])
    fields.setdefault("source", Source.PUBLISHED)
    instrument = indicator.cluster.instrument
    instrument.digest = f"{next(_serial):064d}"  # what is asked has changed: nobody may go on with a kept outline
    instrument.save(update_fields=["digest"])
    return Question.objects.create(
        instrument=instrument,
        indicator=indicator,
        code=code,
        kind=kind,
        max_points=Decimal(max_points),
        owners=["dp3a"] if owners is None else owners,
        wants=[
            want if isinstance(want, dict) else {"key": want, "label": f"Bukti {want}"}
            for want in (["dokumen"] if wants is None else wants)
        ],
        position=indicator.questions.count(),
        **fields,
    )


def make_mapping(
    *, source: Instrument | None = None, target: Instrument | None = None, lines: tuple[Line, ...] = (), **fields: Any
) -> Mapping:
    """A mapping with the lines given; equal codes need none. Its ends are two new instruments of the same questions."""
    mapping = Mapping.objects.create(source=source or make_instrument(), target=target or make_instrument(), **fields)
    for line in lines:
        MappingLine.objects.create(
            mapping=mapping,
            level=line.level,
            relation=line.relation,
            source_code=line.source,
            target_code=line.target,
            note=line.note,
        )
    return mapping
