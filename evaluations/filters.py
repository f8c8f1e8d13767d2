"""Filters that live in the URL."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django import forms

from accounts.enums import Role
from evaluations.enums import PublishedPredicate, Stage
from evaluations.models import Cycle, Evaluation, PublishedResult
from regions import codes
from regions.enums import Level
from regions.models import Region


def years() -> list[tuple[int, str]]:
    """The years there are published results of, newest first."""
    found = PublishedResult.objects.order_by("-year").values_list("year", flat=True).distinct()
    return [(year, str(year)) for year in found]


class EvaluationFilter(django_filters.FilterSet):
    """The list of evaluations by cycle, stage and name of the region."""

    siklus = django_filters.ModelChoiceFilter(
        field_name="cycle", label="Siklus", queryset=Cycle.objects.order_by("-created_at"), empty_label="Semua siklus"
    )
    tahap = django_filters.ChoiceFilter(
        field_name="stage", label="Tahap", choices=Stage.choices, empty_label="Semua tahap"
    )
    q = django_filters.CharFilter(
        field_name="region__name",
        lookup_expr="icontains",
        label="Nama daerah",
        widget=forms.SearchInput(),
        max_length=100,  # SQLite refuses patterns of more than 50,000 bytes
    )

    class Meta:
        model = Evaluation
        fields: list[str] = []


class PublishedFilter(django_filters.FilterSet):
    """Published results by province, year, predicate, name; whole evaluations unless their parts are asked for."""

    q = django_filters.CharFilter(
        field_name="region__name",
        lookup_expr="icontains",
        label="Nama daerah",
        widget=forms.SearchInput(),
        max_length=100,
    )
    provinsi = django_filters.ModelChoiceFilter(
        label="Provinsi",
        queryset=Region.objects.filter(level=Level.PROVINCE).order_by("code"),
        empty_label="Semua provinsi",
        method="in_province",
    )
    tahun = django_filters.ChoiceFilter(field_name="year", label="Tahun", choices=years, empty_label="Semua tahun")
    predikat = django_filters.ChoiceFilter(
        field_name="predicate", label="Predikat", choices=PublishedPredicate.choices, empty_label="Semua predikat"
    )
    bagian = django_filters.ChoiceFilter(
        label="Bagian",
        choices=[("klaster", "Nilai per klaster"), ("semua", "Keduanya")],
        empty_label="Nilai keseluruhan",
        method="of_parts",
    )

    class Meta:
        model = PublishedResult
        fields: list[str] = []

    def in_province(self, queryset: Any, name: str, value: Region) -> Any:
        return queryset.filter(codes.below(value.code, "region_id"))

    def of_parts(self, queryset: Any, name: str, value: str) -> Any:
        return queryset  # see below, where the choice of neither is heard too

    def filter_queryset(self, queryset: Any) -> Any:
        match self.form.cleaned_data.get("bagian"):
            case "klaster":
                queryset = queryset.exclude(cluster_code="")
            case "semua":
                pass
            case _:
                queryset = queryset.filter(cluster_code="")
        return super().filter_queryset(queryset)


class AddressForm(forms.Form):
    """A filter that is no query by itself; what does not fit is left out."""

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="f_%s")

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def chosen(self, name: str) -> str:
        """What was chosen, "" for nothing and for what cannot be chosen."""
        self.is_valid()
        return str(self.cleaned_data.get(name, ""))


class QuestionFilter(AddressForm):
    """What of an evaluation's questions to show: by agency, by what they lack."""

    STATES = (
        ("", "Semua"),
        ("kosong", "Belum diisi"),
        ("diisi", "Sedang diisi"),
        ("siap", "Siap"),
        ("tanpa-bukti", "Data dukung belum lengkap"),
        ("menunggu", "Menunggu telaah"),
        ("dikembalikan", "Dikembalikan"),
        ("disetujui", "Disetujui"),
        ("dibuka-lagi", "Dibuka lagi"),
    )
    instansi = forms.ChoiceField(label="Perangkat daerah", required=False)
    status = forms.ChoiceField(label="Keadaan", required=False, choices=STATES)

    def __init__(self, data: Any, *, agencies: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self._choose("instansi", [("", "Semua"), *agencies])


class MissingFilter(AddressForm):
    """What of the evidence that lacks to show, and how it is grouped. What does not fit is left out."""

    GROUPS = (("", "Perangkat daerah"), ("klaster", "Klaster"))
    STATES = (
        ("", "Semua"),
        ("terjawab", "Sudah dijawab"),
        ("kurang", "Ada yang belum ada"),
        ("peringatan", "Ada yang tidak sesuai"),
        ("terbuka", "Dapat Anda lengkapi sekarang"),
    )
    menurut = forms.ChoiceField(label="Kelompokkan menurut", required=False, choices=GROUPS)
    instansi = forms.ChoiceField(label="Perangkat daerah", required=False)
    klaster = forms.ChoiceField(label="Klaster", required=False)
    keadaan = forms.ChoiceField(label="Keadaan", required=False, choices=STATES)

    def __init__(self, data: Any, *, agencies: list[tuple[str, str]], clusters: list[tuple[str, str]]) -> None:
        super().__init__(data)
        for name, choices in {"instansi": agencies, "klaster": clusters}.items():
            self._choose(name, [("", "Semua"), *choices])


class TrailFilter(AddressForm):
    """What of an evaluation's history to show. All of it lives in the address; what does not fit is left out."""

    pertanyaan = forms.CharField(label="Pertanyaan", required=False, max_length=20)
    tindakan = forms.ChoiceField(label="Tindakan", required=False)
    pelaku = forms.ChoiceField(label="Pelaku", required=False, choices=[("", "Semua"), *Role.choices])
    dari = forms.DateField(label="Dari tanggal", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    sampai = forms.DateField(
        label="Sampai tanggal", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def __init__(self, data: Any, *, kinds: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self._choose("tindakan", [("", "Semua"), *kinds])

    def chosen(self, name: str) -> Any:
        """What was chosen, None for nothing and for what cannot be chosen."""
        if not self.is_bound:
            return None
        self.is_valid()
        return self.cleaned_data.get(name) or None


class LiftFilter(AddressForm):
    """What of "what would lift us" to show. All of it lives in the address; what does not fit is left out."""

    TABS = (
        ("risiko", "Poin berisiko"),
        ("raih", "Poin yang dapat diraih"),
        ("semua", "Semua pertanyaan"),
        ("jalan", "Jalan ke tujuan"),
        ("pesan", "Pesan per perangkat daerah"),
    )
    ORDERS = (("", "Poin terbanyak"), ("kode", "Nomor pertanyaan"), ("instansi", "Perangkat daerah"))
    instansi = forms.ChoiceField(label="Perangkat daerah", required=False)
    klaster = forms.ChoiceField(label="Klaster", required=False)
    urut = forms.ChoiceField(label="Urutkan", required=False, choices=ORDERS)
    tujuan = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    daftar = forms.ChoiceField(required=False, choices=TABS, widget=forms.HiddenInput)
    j = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any, *, agencies: list[tuple[str, str]], clusters: list[tuple[str, str]], goals: list[str]
    ) -> None:
        super().__init__(data)
        for name, choices in {"instansi": agencies, "klaster": clusters}.items():
            self._choose(name, [("", "Semua"), *choices])
        self._choose("tujuan", [(goal, goal) for goal in goals])


class QueueFilter(AddressForm):
    """Which of the regions in their turn to show, and in what order. What does not fit is left out."""

    STATES: tuple[tuple[str, str], ...] = (
        ("", "Semua"),
        ("terlambat", "Lewat batas waktu"),
        ("belum", "Ada yang belum dinilai"),
        ("permintaan", "Menunggu jawaban atas permintaan"),
    )
    ORDERS = (
        ("", "Batas waktu terdekat"),
        ("diajukan", "Paling lama diajukan"),
        ("daerah", "Nama daerah"),
        ("tahap", "Tahap"),
    )
    tahap = forms.ChoiceField(label="Tahap", required=False)
    provinsi = forms.ChoiceField(label="Provinsi", required=False)
    keadaan = forms.ChoiceField(label="Keadaan", required=False, choices=STATES)
    urut = forms.ChoiceField(label="Urutkan", required=False, choices=ORDERS)

    def __init__(self, data: Any, *, stages: Sequence[Stage], provinces: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self._choose("tahap", [("", "Semua"), *((stage.value, stage.label) for stage in stages)])
        self._choose("provinsi", [("", "Semua provinsi"), *provinces])
        if len(stages) < 2:
            del self.fields["tahap"]
        if not provinces:
            del self.fields["provinsi"]


class BatchFilter(QueueFilter):
    """What to do to many regions, and which of them to show."""

    STATES = (("", "Semua"), ("terlambat", "Lewat batas waktu"))
    tindakan = forms.ChoiceField(label="Tindakan", required=False)
    keadaan = forms.ChoiceField(label="Keadaan", required=False, choices=STATES)
    urut = None  # type: ignore[assignment]
    field_order = ("tindakan", "tahap", "provinsi", "keadaan")

    def __init__(self, data: Any, *, actions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self._choose("tindakan", [("", "Pilih tindakan"), *actions])


class AwardFilter(QueueFilter):
    """Which of the regions that are to be awarded to show."""

    STATES = (
        ("", "Semua"),
        ("belum", "Belum diputuskan"),
        ("sudah", "Sudah diputuskan, belum diterbitkan"),
        ("lain", "Lain dari hitungan"),
        ("terbit", "Sudah ditetapkan"),
    )
    keadaan = forms.ChoiceField(label="Keadaan", required=False, choices=STATES)
    urut = None  # type: ignore[assignment]

    def __init__(self, data: Any, *, provinces: list[tuple[str, str]]) -> None:
        super().__init__(data, stages=(), provinces=provinces)
