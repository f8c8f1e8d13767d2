"""How an instrument lies on the sheets of a workbook: one row per thing, one column per fact, headings in Indonesian.
Pure; `clusters.workbook` reads and writes by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from clusters.enums import EvidenceKind, Granularity, QuestionKind, Source, WantedYears
from regions.enums import AgencyKind

Words = Mapping[str, str]
"""What is stored → what stands in the cell."""


class Sort(Enum):
    TEXT = "text"
    NUMBER = "number"
    LIST = "list"


def _labels(choices: list[tuple[str, str]]) -> Words:
    return MappingProxyType({value: str(label) for value, label in choices})


YES_OR_NO = MappingProxyType({"true": "ya", "false": "tidak"})
SOURCES = _labels(Source.choices)
KINDS = _labels(QuestionKind.choices)
OWNERS = _labels(AgencyKind.choices)
DOCUMENTS = _labels(EvidenceKind.choices)
YEARS = MappingProxyType({value: label.lower() for value, label in _labels(WantedYears.choices).items()})
BETTER = MappingProxyType({"higher": "makin tinggi makin baik", "lower": "makin rendah makin baik"})
TOTALS = MappingProxyType({"rows": "jumlah baris", "sum": "jumlah kolom", "share": "persentase antarkolom"})
AREAS = MappingProxyType({"kecamatan": "kecamatan", "desa": "desa/kelurahan"})
TYPES = MappingProxyType({"text": "teks", "number": "angka", "date": "tanggal", "choice": "pilihan"})


@dataclass(frozen=True)
class Field:
    """One column. `key`: the path of the fact inside its thing ("rule.compare.same"). `words`: what may stand there,
    when it is one of few, or several of them parted by semicolons (LIST). `needed`: a sheet with rows has this
    column."""

    key: str
    heading: str
    width: int = 16
    sort: Sort = Sort.TEXT
    words: Words | None = None
    needed: bool = False


@dataclass(frozen=True)
class Sheet:
    """`fields` begin with what names the parents, when `parents` names their sheets."""

    name: str
    fields: tuple[Field, ...]
    about: str
    parents: tuple[str, ...] = ()

    @property
    def by_heading(self) -> dict[str, Field]:
        return {field.heading.casefold(): field for field in self.fields}


CODE, NAME = Field("code", "Kode", 10, needed=True), Field("name", "Nama", 60, needed=True)
MAXIMUM = Field("max_points", "Nilai", 10, Sort.NUMBER, needed=True)
SOURCE, NOTE = Field("source", "Sumber", 14, words=SOURCES, needed=True), Field("note", "Catatan", 60)
KEY, LABEL = Field("key", "Kunci", 18, needed=True), Field("label", "Bunyi", 70, needed=True)
FRACTION = Field("fraction", "Bagian", 10, Sort.NUMBER, needed=True)
URL = Field("source_url", "Alamat sumber", 50)
OF_QUESTION = Field("question", "Pertanyaan", 12, needed=True)

GUIDE = "Petunjuk"
HEAD = Sheet(
    "Instrumen",
    (
        CODE,
        NAME,
        Field("edition", "Versi"),
        Field("granularity", "Kedalaman", words=_labels(Granularity.choices)),
        Field("corrects", "Memperbaiki"),
        Field("max_points", "Nilai maksimum", sort=Sort.NUMBER),
        URL,
    ),
    "Keterangan umum. Isi kolom Nilai saja.",
)
LAWS = Sheet(
    "Dasar hukum", (Field("title", "Judul", 80, needed=True), Field("url", "Alamat", 60)), "Satu baris per peraturan."
)
ASSUMPTIONS = Sheet(
    "Asumsi", (Field("text", "Asumsi", 100, needed=True), URL), "Apa yang belum dipastikan kementerian."
)
PREDICATES = Sheet(
    "Predikat",
    (
        CODE,
        Field("name", "Nama", 24, needed=True),
        Field("lower", "Batas bawah", sort=Sort.NUMBER, needed=True),
        Field("inclusive", "Batas termasuk", words=YES_OR_NO, needed=True),
        SOURCE,
        NOTE,
        URL,
    ),
    "Dari yang terendah. Bila batas tidak termasuk, nilai harus lebih dari batas itu.",
)
REQUIREMENTS = Sheet(
    "Prasyarat",
    (
        Field("predicate", "Predikat", needed=True),
        OF_QUESTION,
        Field("least", "Paling sedikit", sort=Sort.NUMBER, needed=True),
        Field("label", "Bunyi", 60),
        Field("enforced", "Menahan predikat", words=YES_OR_NO),
        SOURCE,
        URL,
    ),
    "Pertanyaan yang harus bernilai (bagian 0 sampai 1) untuk predikat itu dan di atasnya.",
    ("Predikat",),
)
CLUSTERS = Sheet("Klaster", (CODE, NAME, MAXIMUM), "Nilai semua klaster berjumlah nilai maksimum.")
INDICATORS = Sheet(
    "Indikator",
    (
        Field("cluster", "Klaster", 10, needed=True),
        Field("number", "Nomor", 10, needed=True),
        NAME,
        Field("description", "Uraian", 60),
        MAXIMUM,
        SOURCE,
        NOTE,
    ),
    "Nilai indikator berjumlah nilai klasternya.",
    ("Klaster",),
)
QUESTIONS = Sheet(
    "Pertanyaan",
    (
        Field("indicator", "Indikator", 10, needed=True),
        CODE,
        Field("text", "Pertanyaan", 80, needed=True),
        Field("guidance", "Petunjuk", 60),
        Field("kind", "Jenis", 18, words=KINDS, needed=True),
        MAXIMUM,
        Field("owners", "Penanggung jawab", 40, Sort.LIST, OWNERS, needed=True),
        Field("may_be_inapplicable", "Boleh tidak berlaku", words=YES_OR_NO),
        SOURCE,
        NOTE,
        Field("rule.source", "Sumber tangga nilai", 14, words=SOURCES),
        Field("rule.yes", "Bagian bila ya", 10, Sort.NUMBER),
        Field("rule.no", "Bagian bila tidak", 10, Sort.NUMBER),
        Field("rule.unit", "Satuan"),
        Field("rule.better", "Arah", 26, words=BETTER),
        Field("rule.compare.improved", "Faktor bila membaik", 10, Sort.NUMBER),
        Field("rule.compare.same", "Faktor bila tetap", 10, Sort.NUMBER),
        Field("rule.compare.worse", "Faktor bila memburuk", 10, Sort.NUMBER),
        Field("rule.of", "Wilayah yang dihitung", words=AREAS),
        Field("rule.total.of", "Total matriks", 22, words=TOTALS),
        Field("rule.total.column", "Kolom dijumlah"),
        Field("rule.total.among", "Kolom pembanding"),
    ),
    "Nilai pertanyaan berjumlah nilai indikatornya. Penanggung jawab: yang utama lebih dahulu, dipisah titik koma.",
    ("Indikator",),
)
LEVELS = Sheet(
    "Pilihan",
    (OF_QUESTION, KEY, LABEL, FRACTION),
    "Jawaban jenis Pilihan, atau tingkat jenis Daftar butir.",
    ("Pertanyaan",),
)
ITEMS = Sheet(
    "Butir",
    (OF_QUESTION, KEY, LABEL, Field("points", "Bobot", 10, Sort.NUMBER, needed=True)),
    "Butir jenis Daftar butir.",
    ("Pertanyaan",),
)
BANDS = Sheet(
    "Pita",
    (OF_QUESTION, Field("from", "Mulai dari", 12, Sort.NUMBER, needed=True), FRACTION),
    "Tangga nilai jenis Persentase, Jumlah, Matriks, dan Persentase wilayah; yang pertama dari 0.",
    ("Pertanyaan",),
)
COLUMNS = Sheet(
    "Kolom",
    (OF_QUESTION, KEY, LABEL, Field("type", "Jenis", words=TYPES), Field("required", "Wajib", words=YES_OR_NO)),
    "Kolom jenis Matriks.",
    ("Pertanyaan",),
)
COLUMN_OPTIONS = Sheet(
    "Pilihan kolom",
    (OF_QUESTION, Field("column", "Kolom", 18, needed=True), Field("option", "Pilihan", 60, needed=True)),
    "Isian yang tersedia pada kolom matriks berjenis pilihan.",
    ("Pertanyaan", "Kolom"),
)
WANTS = Sheet(
    "Bukti",
    (
        OF_QUESTION,
        KEY,
        LABEL,
        Field("kinds", "Jenis dokumen", 30, Sort.LIST, DOCUMENTS),
        Field("years", "Tahun data", 22, words=YEARS),
        Field("signed", "Bertanda tangan", words=YES_OR_NO),
        Field("valid", "Masih berlaku", words=YES_OR_NO),
        Field("optional", "Tidak wajib", words=YES_OR_NO),
    ),
    "Bukti yang diminta. Jenis dokumen yang memenuhinya dipisah titik koma; kolom yang kosong tidak menuntut apa pun. "
    "Bertanda tangan: bernomor, bertanggal, dan bertanda tangan.",
    ("Pertanyaan",),
)
SHEETS = (
    HEAD,
    LAWS,
    ASSUMPTIONS,
    PREDICATES,
    REQUIREMENTS,
    CLUSTERS,
    INDICATORS,
    QUESTIONS,
    LEVELS,
    ITEMS,
    BANDS,
    COLUMNS,
    COLUMN_OPTIONS,
    WANTS,
)
LADDERS: dict[str, dict[str, str]] = {
    "yes_no": {},
    "choice": {"Pilihan": "options"},
    "percentage": {"Pita": "bands"},
    "count": {"Pita": "bands"},
    "checklist": {"Pilihan": "levels", "Butir": "items"},
    "table": {"Kolom": "columns", "Pita": "bands"},
    "rollup": {"Pita": "bands"},
}
"""Which sheets a kind of question needs, and the list of its rule that each of them is."""
RULE_FIELDS = {
    "yes_no": {"yes", "no"},
    "choice": set(),
    "percentage": {"unit", "better", "compare"},
    "count": {"unit", "better", "compare"},
    "checklist": set(),
    "table": {"unit", "better", "total"},
    "rollup": {"of", "unit", "better"},
}
"""Which columns of a question's row its kind needs, besides the source."""
