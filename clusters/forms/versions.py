"""New versions, what differs between two, and the lines of a mapping."""

import uuid
from typing import Any

from django import forms

from clusters.checking import CODE
from clusters.correspondence import Codes, Line, line_problems
from clusters.enums import Difference, Level, Relation
from clusters.models import Instrument, Mapping, MappingLine
from kla_portal.lib.forms import LinesField


def _once() -> forms.CharField:
    return forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)


class NewVersionForm(forms.Form):
    """What a new version is called. Everything else it takes from the version that it corrects."""

    code = forms.CharField(
        label="Kode",
        max_length=40,
        help_text="Huruf kecil, angka, dan tanda hubung, misalnya kla-2024-b. Dipakai dalam alamat dan tetap.",
        error_messages={"required": "Isi kode versi baru."},
    )
    edition = forms.CharField(
        label="Versi",
        max_length=20,
        help_text="Tahun atau nomor yang dibaca orang, misalnya 2024 b.",
        error_messages={"required": "Isi nomor versi."},
    )
    name = forms.CharField(label="Nama", max_length=160, error_messages={"required": "Isi nama instrumen."})

    def __init__(self, *args: Any, source: Instrument, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial", {"code": f"{source.code}-b"[:40], "edition": f"{source.edition} b"[:20], "name": source.name}
        )
        super().__init__(*args, **kwargs)
        self.fields["once"] = _once()
        self.fields["once"].initial = str(uuid.uuid4())

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not CODE.fullmatch(code):
            raise forms.ValidationError("Pakai huruf kecil, angka, dan tanda hubung saja.")
        if Instrument._default_manager.filter(code=code).exists():
            raise forms.ValidationError("Kode ini sudah dipakai versi lain. Pilih kode lain.")
        return code


class DiffFilter(forms.Form):
    """Which differences are shown; what cannot be read does not filter."""

    jenis = forms.ChoiceField(label="Jenis perubahan", required=False)
    klaster = forms.ChoiceField(label="Klaster", required=False)

    def __init__(
        self, *args: Any, counts: list[tuple[Difference, int]], clusters: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        sorts = [(sort.value, f"{sort.label} ({count})") for sort, count in counts]
        self.fields["jenis"].choices = [("", "Semua jenis"), *sorts]  # type: ignore[attr-defined]
        self.fields["klaster"].choices = [("", "Semua klaster"), *clusters]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, str]:
        """`sort` and `cluster` for `Diff.chosen`."""
        self.full_clean()
        valid = self.cleaned_data if self.is_bound else {}
        return {"sort": valid.get("jenis", ""), "cluster": valid.get("klaster", "")}


class MappingFilter(forms.Form):
    """Which lines of a mapping are shown."""

    tingkat = forms.ChoiceField(label="Tingkat", required=False, choices=[("", "Semua tingkat"), *Level.choices])
    hubungan = forms.ChoiceField(label="Hubungan", required=False, choices=[("", "Semua hubungan"), *Relation.choices])

    def chosen(self) -> tuple[str, str]:
        """Level and relation, '' for any."""
        self.full_clean()
        valid = self.cleaned_data if self.is_bound else {}
        return valid.get("tingkat", ""), valid.get("hubungan", "")


class LineForm(forms.Form):
    """One line of a mapping. Whether it fits the others is told beside the table: a split needs more than one line."""

    level = forms.ChoiceField(label="Tingkat", choices=Level.choices)
    relation = forms.ChoiceField(label="Hubungan", choices=Relation.choices)
    source = forms.CharField(
        label="Kode asal", required=False, max_length=12, help_text="Kosong bila baru.", strip=True
    )
    target = forms.CharField(
        label="Kode tujuan", required=False, max_length=12, help_text="Kosong bila dihapus.", strip=True
    )
    note = LinesField(label="Catatan", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    version = forms.IntegerField(widget=forms.HiddenInput)
    baris = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, mapping: Mapping, codes: tuple[Codes, Codes], replacing: MappingLine | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.mapping, self.codes, self.replacing = mapping, codes, replacing
        self.fields["once"] = _once()
        self.fields["once"].initial = str(uuid.uuid4())

    @property
    def line(self) -> Line:
        typed = self.cleaned_data
        return Line(*(typed[name] for name in ("level", "relation", "source", "target", "note")))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        for problem in line_problems(*self.codes, self.line):
            side = "target" if "tujuan" in problem else "source"
            self.add_error(side, f"{problem[0].upper()}{problem[1:]}.")
        if self.errors:
            return cleaned
        twins = self.mapping.lines.filter(
            level=cleaned["level"], source_code=cleaned["source"], target_code=cleaned["target"]
        )
        if (twins.exclude(pk=self.replacing.pk) if self.replacing else twins).exists():
            self.add_error(None, "Baris dengan kedua kode ini sudah ada.")
        return cleaned
