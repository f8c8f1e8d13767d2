"""The forms of the instrument editor. Codes, lengths and addresses as `clusters.checking` wants them of a file."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from clusters import scoring
from clusters.canon import predicate_data, rule_data
from clusters.checking import CLUSTER_CODE, CODE, INDICATOR_NUMBER, QUESTION_CODE, RESERVED
from clusters.enums import EvidenceKind, Granularity, InstrumentState, QuestionKind, Source, WantedYears
from clusters.forms.rows import Cell, Drawn, Group, PointsField, Row, RowsForm, shown, stored
from clusters.forms.rules import GROUPS as RULE_GROUPS
from clusters.forms.rules import RuleDraft, converted, from_rule, place_of, read_singles
from clusters.models import Cluster, Indicator, Instrument, Question
from clusters.services.editing import HEAD, head_seen
from clusters.skeleton import RULE
from clusters.wants import FLAGS_TOLD, Want, parse_want, want_data
from kla_portal.lib.forms import LinesField
from regions.enums import AgencyKind

SOURCES = Group(
    "legal_basis", "Dasar hukum",
    (Cell("title", "Judul peraturan"), Cell("url", "Alamat", "url", required=False)), "Tambah dasar hukum",
)  # fmt: skip
ASSUMPTIONS = Group(
    "assumptions", "Asumsi",
    (Cell("text", "Yang belum dipastikan", "long", most=1000),
     Cell("source_url", "Alamat sumber", "url", required=False)),
    "Tambah asumsi", "Ditampilkan kepada semua pembaca sampai kementerian memastikannya.",
)  # fmt: skip
YES_NO = (("yes", "Ya"), ("no", "Tidak"))
PREDICATES = Group(
    "predicates",
    "Predikat",
    (
        Cell("name", "Nama", most=80),
        Cell("lower", "Batas bawah", "number"),
        Cell("inclusive", "Batas termasuk", "check"),
        Cell("source", "Sumber", "select", tuple(Source.choices)),
        Cell("note", "Catatan", required=False),
        Cell("source_url", "Alamat sumber", "url", required=False),
        Cell("code", "Kunci", "key", required=False, most=40),
    ),
    "Tambah predikat",
    "Dari yang terendah. Tanpa “batas termasuk”, nilai harus lebih besar dari batasnya.",
)
REQUIRES = Group(
    "requires",
    "Prasyarat predikat",
    (
        Cell("band", "Mulai predikat (kunci)", most=40),
        Cell("question", "Kode pertanyaan", most=12),
        Cell("least", "Bagian paling sedikit", "fraction"),
        Cell("label", "Sebutan", most=300),
        Cell("enforced", "Menahan predikat", "check"),
        Cell("source", "Sumber", "select", tuple(Source.choices)),
        Cell("source_url", "Alamat sumber", "url", required=False),
    ),
    "Tambah prasyarat",
    "Berlaku bagi predikat itu dan yang lebih tinggi. Yang tidak menahan hanya diberitahukan.",
)
OWNERS = Group(
    "owners", "Penanggung jawab", (Cell("kind", "Perangkat daerah", "select", (("", "Pilih"), *AgencyKind.choices)),),
    "Tambah penanggung jawab", "Yang pertama adalah penanggung jawab utama.",
)  # fmt: skip
WANTS = Group(
    "wants", "Bukti yang diminta",
    (
        Cell("label", "Bukti", most=200),
        Cell("key", "Kunci", "key", required=False, most=40),
        Cell("kinds", "Jenis dokumen", "many", tuple(EvidenceKind.choices), required=False),
        Cell("years", "Tahun data", "select", (("", "Tidak ditentukan"), *WantedYears.choices), required=False),
        Cell("signed", "Bernomor, bertanggal, bertanda tangan", "check"),
        Cell("valid", "Harus masih berlaku", "check"),
        Cell("optional", "Tidak wajib", "check"),
    ),
    "Tambah bukti",
    "Yang tidak memenuhi syarat diberi peringatan, tidak ditolak. Tanpa jenis dokumen, jenis apa pun memenuhi.",
)  # fmt: skip


class CreateForm(forms.Form):
    """An empty draft."""

    code = forms.CharField(
        label="Kode",
        max_length=40,
        help_text="Huruf kecil, angka, dan tanda hubung, mis. kla-2026. Tidak dapat diubah kemudian.",
    )
    name = forms.CharField(label="Nama", max_length=160)
    edition = forms.CharField(label="Versi", max_length=20, help_text="Mis. 2026 atau 2026.1.")
    granularity = forms.ChoiceField(label="Kedalaman", choices=Granularity.choices)
    with_clusters = forms.BooleanField(
        label="Mulai dengan tujuh kelompok baku",
        required=False,
        initial=True,
        help_text="Tanpa nilai; Anda mengisinya.",
    )
    once = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).strip()
        if not CODE.fullmatch(code) or code in RESERVED:
            raise forms.ValidationError("Pakai huruf kecil, angka, dan tanda hubung saja, misalnya kla-2026.")
        return code


class HeadForm(RowsForm):
    """What stands above the clusters. The total is always 1000 and the code stays."""

    groups = (SOURCES, ASSUMPTIONS, PREDICATES, REQUIRES)

    name = forms.CharField(label="Nama", max_length=160)
    edition = forms.CharField(label="Versi", max_length=20)
    corrects = forms.ModelChoiceField(
        Instrument.objects.none(), label="Memperbaiki atau melanjutkan", required=False, to_field_name="code",
        empty_label="Tidak ada", help_text="Versi terbit yang dibandingkan dengannya.",
    )  # fmt: skip
    source_url = forms.URLField(label="Alamat sumber bobot", required=False, max_length=280, assume_scheme="https")
    seen = forms.CharField(max_length=24, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, instrument: Instrument, **kwargs: Any) -> None:
        super().__init__(data, rows=head_rows(instrument), initial=head_values(instrument), **kwargs)
        published = Instrument.objects.filter(state=InstrumentState.PUBLISHED).exclude(pk=instrument.pk)
        self.fields["corrects"].queryset = published  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        predicates = [_predicate(row, self.rows["requires"]) for row in self.rows["predicates"]]
        known = {row["code"] for row in self.rows["predicates"]}
        for place, row in enumerate(self.rows["requires"]):
            if row["band"] and row["band"] not in known:
                self.row_problems[f"requires-{place}-band"] = "Tidak ada predikat dengan kunci ini."
        if not self.row_problems:
            try:
                cleaned["predicates"] = [predicate_data(band) for band in scoring.parse_bands(predicates)]
            except scoring.RuleError as error:
                self.row_problems[self._place(error.path)] = f"{error.problem[:1].upper()}{error.problem[1:]}."
        cleaned["legal_basis"] = [dict(row) for row in self.rows["legal_basis"]]
        cleaned["assumptions"] = [dict(row) for row in self.rows["assumptions"]]
        return cleaned

    def _place(self, path: str) -> str:
        """The cell behind a path of the predicates: "[1].lower", "[1].requires[0].least"."""
        parts = path.replace("[", ".").replace("]", "").strip(".").split(".")
        if len(parts) < 2 or not parts[0].isdecimal():
            return "predicates"
        if parts[1] != "requires" or len(parts) < 4:
            return f"predicates-{parts[0]}-{parts[1]}"
        code = self.rows["predicates"][int(parts[0])]["code"]
        places = [place for place, row in enumerate(self.rows["requires"]) if row["band"] == code]
        return f"requires-{places[int(parts[2])]}-{parts[3]}"

    def changes(self) -> dict[str, Any]:
        """What `editing.save_head` takes."""
        return {name: self.cleaned_data[name] for name in HEAD}


def _predicate(row: Row, requires: list[Row]) -> dict[str, Any]:
    found: dict[str, Any] = {name: row[name] for name in ("code", "name", "source", "note", "source_url")}
    found |= {"lower": stored(row["lower"]), "inclusive": bool(row["inclusive"])}
    found["requires"] = [
        {
            **{name: each[name] for name in ("question", "label", "source", "source_url")},
            "least": stored(each["least"]),
            "enforced": bool(each["enforced"]),
        }
        for each in requires
        if each["band"] == row["code"]
    ]
    return found


def head_values(instrument: Instrument) -> dict[str, Any]:
    return {
        "name": instrument.name,
        "edition": instrument.edition,
        "corrects": instrument.corrects.code if instrument.corrects else "",
        "source_url": instrument.source_url,
        "seen": head_seen(instrument),
    }


def head_rows(instrument: Instrument) -> dict[str, list[Row]]:
    """The rows of the head as the form shows them."""

    def texts(entry: Mapping[str, Any], group: Group) -> Row:
        return {cell.name: str(entry.get(cell.name, "")) for cell in group.cells}

    predicates, requires = [], []
    for band in instrument.predicates:
        flag = "on" if band["inclusive"] else ""
        predicates.append({**texts(band, PREDICATES), "lower": shown(band["lower"]), "inclusive": flag})
        for each in band.get("requires", []):
            flags = {"least": shown(each["least"]), "enforced": "on" if each["enforced"] else "", "band": band["code"]}
            requires.append({**texts(each, REQUIRES), **flags})
    return {
        "legal_basis": [texts(each, SOURCES) for each in instrument.legal_basis],
        "assumptions": [texts(each, ASSUMPTIONS) for each in instrument.assumptions],
        "predicates": predicates,
        "requires": requires,
    }


class ClusterForm(forms.Form):
    code = forms.CharField(label="Kode", max_length=10, help_text="Huruf besar dan angka, mis. KEL atau III.")
    name = forms.CharField(label="Nama", max_length=160)
    max_points = PointsField(label="Nilai maksimum")
    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    once = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).strip().upper()
        if not CLUSTER_CODE.fullmatch(code):
            raise forms.ValidationError("Pakai huruf besar dan angka saja, misalnya III.")
        return code


class IndicatorForm(forms.Form):
    number = forms.CharField(label="Nomor", max_length=6, help_text="Angka, bila perlu dengan huruf, mis. 21A.")
    name = forms.CharField(label="Nama", max_length=300)
    cluster = forms.ModelChoiceField(Cluster.objects.none(), label="Klaster", empty_label=None)
    max_points = PointsField(label="Nilai maksimum")
    description = LinesField(label="Uraian", required=False, max_length=2000)
    source = forms.ChoiceField(label="Sumber bobot", choices=Source.choices)
    note = LinesField(label="Catatan", required=False, max_length=2000, help_text="Dibaca semua orang pada instrumen.")
    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    once = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, instrument: Instrument, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cluster"].queryset = instrument.clusters.all()  # type: ignore[attr-defined]

    def clean_number(self) -> str:
        number = str(self.cleaned_data["number"]).strip()
        if not INDICATOR_NUMBER.fullmatch(number):
            raise forms.ValidationError("Pakai angka dan huruf saja, misalnya 21A.")
        return number


class QuestionForm(RowsForm):
    """A question with its rule in the cells and rows of its kind; `ruled` is the kind of those on the page."""

    code = forms.CharField(label="Kode", max_length=12, help_text="Mis. 4.2 atau 3.1a.")
    text = LinesField(label="Pertanyaan", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    guidance = LinesField(
        label="Petunjuk", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Menjelaskan kepada operator apa yang dihitung dan dari mana datanya.",
    )  # fmt: skip
    indicator = forms.ModelChoiceField(Indicator.objects.none(), label="Indikator", empty_label=None)
    max_points = PointsField(label="Nilai maksimum", least=Decimal("0.001"))
    may_be_inapplicable = forms.BooleanField(
        label="Boleh dinyatakan tidak berlaku", required=False,
        help_text="Daerah memberi alasan; nilainya dibagikan kepada pertanyaan lain pada indikator ini.",
    )  # fmt: skip
    source = forms.ChoiceField(label="Sumber bobot", choices=Source.choices)
    note = LinesField(
        label="Catatan", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Pilihan yang diambil bila sumbernya bertentangan.",
    )  # fmt: skip
    kind = forms.ChoiceField(label="Jenis", choices=QuestionKind.choices)
    ruled = forms.CharField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    once = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, instrument: Instrument, question: Question | None = None, initial: Any = None
    ) -> None:
        before = from_rule(question.kind, question.rule) if question else from_rule(QuestionKind.YES_NO, RULE)
        self.shape = before.kind
        if data is not None:
            typed = str(data.get("ruled", ""))
            self.shape = typed if typed in QuestionKind.values else before.kind
        rows = question_rows(question) | before.rows
        super().__init__(data, rows=rows, initial=(question_values(question) if question else {}) | (initial or {}))
        singles = before.singles if data is None else read_singles(data)
        draft = RuleDraft(self.shape, singles, {group.name: self.rows[group.name] for group in RULE_GROUPS[self.shape]})
        wanted = self.shape if data is None else str(data.get("kind", ""))
        self.draft = converted(draft, wanted if wanted in QuestionKind.values else self.shape)
        self.shape = self.draft.kind
        self.rows |= self.draft.rows
        if not self.is_bound:
            self.initial["ruled"] = self.draft.kind
        self.fields["indicator"].queryset = Indicator.objects.filter(  # type: ignore[attr-defined]
            cluster__instrument=instrument
        ).order_by("position")

    def is_acted(self, data: Mapping[str, Any]) -> bool:
        """A kind that was changed first shows its own cells."""
        return super().is_acted(data) or data.get("kind") != data.get("ruled")

    def all_groups(self) -> tuple[Group, ...]:
        return (OWNERS, WANTS, *RULE_GROUPS[self.shape])

    @property
    def rule_groups(self) -> list[Any]:
        """The rows of the rule as the page shows them."""
        drawn = self.drawn
        return [drawn[group.name] for group in self.draft.groups]

    @property
    def rule_cells(self) -> list[Drawn]:
        return self.draft.drawn(self.row_problems)

    @property
    def rule_problem(self) -> str:
        """What is wrong with the rule as a whole."""
        return self.row_problems.get("rule", "")

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).strip()
        if not QUESTION_CODE.fullmatch(code):
            raise forms.ValidationError("Pakai angka, huruf, titik, dan tanda hubung saja, misalnya 4.2.")
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.row_problems |= self.draft.problems()
        owners = [row["kind"] for row in self.rows["owners"]]
        if not owners:
            self.row_problems["owners"] = "Pilih sedikitnya satu penanggung jawab."
        for name, keys in (("owners", owners), ("wants", [row["key"] for row in self.rows["wants"]])):
            for place, key in enumerate(keys):
                if key and key in keys[:place]:
                    self.row_problems[f"{name}-{place}-{'kind' if name == 'owners' else 'key'}"] = "Tertulis dua kali."
        cleaned["owners"] = owners
        cleaned["wants"] = [_want(row) for row in self.rows["wants"]]
        if not self.row_problems:
            try:
                cleaned["rule"] = rule_data(scoring.parse_rule(self.draft.kind, self.draft.rule()))
            except scoring.RuleError as error:
                self.row_problems[place_of(error.path)] = f"{error.problem[:1].upper()}{error.problem[1:]}."
        return cleaned

    @property
    def row_faults(self) -> list[Any]:
        titles = {f"rule-{cell.name}": cell.label for cell in self.draft.cells()} | {"rule": "Tangga nilai"}
        return [
            type(fault)(fault.id, fault.label or titles.get(fault.id, "Tangga nilai"), fault.problem)
            for fault in super().row_faults
        ]

    def changes(self) -> dict[str, Any]:
        """What `editing.save_part` and `add_question` take."""
        names = ("code", "text", "guidance", "kind", "max_points", "rule", "owners", "wants", "may_be_inapplicable",
                 "source", "note", "indicator")  # fmt: skip
        return {name: self.cleaned_data[name] for name in names}


def _want(row: Row) -> dict[str, Any]:
    flags = {name: bool(row[name]) for name in FLAGS_TOLD}
    return want_data(Want(row["key"], row["label"], tuple(row["kinds"].split()), row["years"], **flags))


def _want_row(data: Mapping[str, Any]) -> Row:
    want = parse_want(data)
    flags = {name: "on" if getattr(want, name) else "" for name in FLAGS_TOLD}
    return {"label": want.label, "key": want.key, "kinds": " ".join(want.kinds), "years": want.years, **flags}


def question_values(question: Question) -> dict[str, Any]:
    names = ("code", "text", "guidance", "kind", "max_points", "may_be_inapplicable", "source", "note", "version")
    return {name: getattr(question, name) for name in names} | {"indicator": question.indicator_id}


def question_rows(question: Question | None) -> dict[str, list[Row]]:
    """Owners and wanted evidence as the form shows them; of a new question, one owner to choose."""
    if question is None:
        return {"owners": [{"kind": ""}], "wants": []}
    return {
        "owners": [{"kind": kind} for kind in question.owners],
        "wants": [_want_row(want) for want in question.wants],
    }
