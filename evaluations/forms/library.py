"""The library: looking for a document, saying what it is, bringing in a new revision."""

from typing import Any

from django import forms

from evaluations.forms.files import FileForm, kind_field, personal_field
from evaluations.queries.library import shown
from evaluations.services.library import standing
from evidence.enums import EvidenceKind
from evidence.models import EvidenceItem
from evidence.permissions import can_hand_over
from evidence.services.library import FIELDS
from kla_portal.lib.forms import LinesField
from regions.models import Agency

MOST_TAGS, TAG_LENGTH = 12, 40
YEARS = range(1945, 2101)
_FORMATS = ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"]


class LibraryFilter(forms.Form):
    """What of the library to show, in the address. What does not fit is left out."""

    STATES = (
        ("", "Semua"),
        ("belum-dipakai", "Belum dipakai"),
        ("segera-berakhir", "Berakhir dalam 60 hari"),
        ("berakhir", "Masa berlaku lewat"),
        ("tautan-putus", "Tautan tidak dapat dibuka"),
        ("menunggu", "Menunggu pemindaian"),
        ("dikarantina", "Dikarantina"),
        ("dihapus", "Dihapus"),
    )
    ORDERS = (
        ("", "Terbaru"),
        ("judul", "Judul"),
        ("tanggal", "Tanggal dokumen"),
        ("berlaku", "Masa berlaku"),
        ("ukuran", "Ukuran"),
    )
    q = forms.CharField(
        label="Cari judul, nomor, atau nama berkas",
        required=False,
        max_length=100,  # SQLite refuses patterns of more than 50,000 bytes
        widget=forms.SearchInput(attrs={"class": "form-control"}),
    )
    jenis = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua"), *EvidenceKind.choices])
    instansi = forms.ChoiceField(label="Perangkat daerah", required=False)
    tahun = forms.IntegerField(
        label="Tahun data", required=False, min_value=YEARS[0], max_value=YEARS[-1], widget=forms.NumberInput()
    )
    label = forms.CharField(label="Label", required=False, max_length=TAG_LENGTH, widget=forms.TextInput())
    pribadi = forms.ChoiceField(
        label="Data pribadi", required=False, choices=[("", "Semua"), ("ya", "Memuat"), ("tidak", "Tidak memuat")]
    )
    keadaan = forms.ChoiceField(label="Keadaan", required=False, choices=STATES)
    urut = forms.ChoiceField(label="Urutkan", required=False, choices=ORDERS)
    rare = ("tahun", "label", "pribadi", "urut")

    def __init__(self, data: Any, *, agencies: list[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="f_%s")
        field = self.fields["instansi"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Semua"), *agencies, ("tanpa", "Belum ditentukan")]

    @property
    def rare_set(self) -> bool:
        """Is one of the rare filters set, so that they are to be seen?"""
        return any(self.data.get(name) for name in self.rare)

    @property
    def chosen(self) -> dict[str, Any]:
        """What was chosen, by the names of the fields; nothing of what cannot be."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


def tags_in(text: str) -> list[str]:
    """The labels in a text with commas, each once, as they are kept.

    >>> tags_in(" Akta,  #akta, Forum  Anak ,")
    ['akta', 'forum anak']
    """
    tags = (" ".join(part.strip().lstrip("#").casefold().split()) for part in text.replace("\n", ",").split(","))
    return list(dict.fromkeys(filter(None, tags)))


def _date_field(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=_FORMATS,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Tulis tanggal lengkap, misalnya 31-12-2024."},
    )


class SaidMixin(forms.Form):
    """What is said of a document. `said` has it under the names of the item's fields."""

    title = forms.CharField(label="Judul dokumen", max_length=200)
    kind = kind_field()
    number = forms.CharField(label="Nomor", required=False, max_length=80, help_text="Misalnya 188.45/123/2024.")
    dated = _date_field("Tanggal dokumen")
    signatory = forms.CharField(
        label="Penanda tangan", required=False, max_length=120, help_text="Jabatan atau nama, misalnya Wali Kota."
    )
    data_year = forms.IntegerField(
        label="Tahun data",
        required=False,
        min_value=YEARS[0],
        max_value=YEARS[-1],
        help_text="Tahun yang dibicarakan isinya, bukan tahun suratnya.",
    )
    valid_from = _date_field("Berlaku sejak")
    valid_until = _date_field("Berlaku sampai", "Kosongkan bila tidak berbatas waktu.")
    tags = forms.CharField(
        label="Label", required=False, max_length=600, help_text="Pisahkan dengan koma, misalnya akta, forum anak."
    )
    note = LinesField(label="Catatan", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    agency = forms.ModelChoiceField(
        label="Perangkat daerah pemilik", required=False, queryset=Agency.objects.none(), empty_label="Belum ditentukan"
    )
    personal_data = personal_field()

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agency = self.fields["agency"]
        assert isinstance(agency, forms.ModelChoiceField)
        if can_hand_over(user):
            agency.queryset = Agency.objects.visible_to(user).of(user.acting.region)
        else:
            del self.fields["agency"]

    def clean_title(self) -> str:
        return " ".join(str(self.cleaned_data["title"]).split())

    def clean_tags(self) -> list[str]:
        tags = tags_in(self.cleaned_data["tags"])
        if len(tags) > MOST_TAGS:
            raise forms.ValidationError(f"Paling banyak {MOST_TAGS} label; Anda menulis {len(tags)}.")
        if long := [tag for tag in tags if len(tag) > TAG_LENGTH]:
            raise forms.ValidationError(f"Label “{long[0]}” terlalu panjang; paling banyak {TAG_LENGTH} huruf.")
        return tags

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name in ("dated", "valid_from", "valid_until"):
            if (day := given.get(name)) and day.year not in YEARS:
                self.add_error(name, f"Tahunnya harus antara {YEARS[0]} dan {YEARS[-1]}.")
        since, until = given.get("valid_from"), given.get("valid_until")
        if since and until and until < since:
            self.add_error("valid_until", "Akhir masa berlaku tidak boleh sebelum awalnya.")
        return given

    @property
    def said(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIELDS if name in self.cleaned_data}


class ItemForm(SaidMixin):
    """What is said of a document that is there. Opening what was personal data is asked about once more.

    With `judged` what judges read stands still. The page shows it disabled, so nothing of it is sent; a page opened
    before sends it, and is refused with what was typed where it says something else.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    opened = forms.BooleanField(
        label="Ya, dokumen ini tidak memuat data pribadi atau data anak",
        required=False,
        help_text="Judul dan berkasnya akan terbuka bagi semua pembaca jawaban.",
    )

    def __init__(self, *args: Any, item: EvidenceItem, user: Any, judged: bool = False, **kwargs: Any) -> None:
        self.item = item
        super().__init__(*args, user=user, initial=initial_of(item), **kwargs)
        self.auto_id = "item_%s"
        if item.kind == EvidenceKind.LINK or item.revisions.filter(file=None, purged_at=None).exists():
            self.fields["kind"] = kind_field(links=True)
        self.asks_to_open = False
        self.fixed = [name for name in standing(item) if name in self.fields] if judged else []
        if not any(name in self.data for name in self.fixed):
            for name in self.fixed:
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for name in self.fixed:
            if name in self.changed_data:
                self.add_error(name, f"Terkunci selama dinilai. Yang tersimpan: {shown(name, self.initial[name])}.")
            elif name in given:
                given[name] = getattr(self.item, name)
        if "personal_data" in self.fixed:
            return given
        if self.item.personal_data and not given.get("personal_data"):
            self.asks_to_open = True
            if not given.get("opened"):
                self.add_error(
                    "opened",
                    "Anda menandai dokumen ini tidak memuat data pribadi. Periksa isinya, lalu tegaskan di sini.",
                )
        return given


def initial_of(item: EvidenceItem) -> dict[str, Any]:
    """What is said of it, as the form shows it."""
    return {name: getattr(item, name) for name in FIELDS} | {"tags": ", ".join(item.tags), "version": item.version}


class AddForm(SaidMixin, FileForm):
    """A new document for the library: a file, or the address of one on the web."""

    url = forms.URLField(
        label="Atau alamat tautan",
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text="Bila dokumen ada di web; kosongkan bila Anda mengunggah berkas. Jenis “Lainnya” dicatat "
        "sebagai Tautan.",
        error_messages={"invalid": "Alamat tidak lengkap. Tulis seperti https://jdih.contoh.go.id/dokumen."},
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["title"].required = False
        self.fields["title"].help_text = "Bila kosong, nama berkas yang dipakai."
        self.order_fields([*(name for name in self.fields if name not in ("url", "file")), "url", "file"])

    @property
    def elsewhere(self) -> bool:
        return bool(self.cleaned_data.get("url")) or "url" in self.errors

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("url") and (given.get("file") or given.get("upload")):
            self.add_error("url", "Pilih salah satu: berkas atau alamat tautan.")
        if given.get("url") and not given.get("title"):
            self.add_error("title", "Beri judul agar penilai mengenalinya.")
        return given


class RevisionForm(FileForm):
    """The file of a new revision."""


class RevisionLinkForm(forms.Form):
    """The address of a new revision."""

    url = forms.URLField(
        label="Alamat baru",
        max_length=500,
        assume_scheme="https",
        error_messages={
            "required": "Isi alamat tautan.",
            "invalid": "Alamat tidak lengkap. Tulis seperti https://jdih.contoh.go.id/dokumen.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "link_%s"
