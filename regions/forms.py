from typing import Any

from django import forms

from regions.enums import AgencyKind
from regions.models import Agency, Region
from regions.services import NameTaken


class AgencyNameForm(forms.Form):
    """The names of an agency, its own within the region whatever the case. `version`: the row as the page showed it."""

    name = forms.CharField(
        label="Nama lengkap",
        max_length=120,
        help_text="Seperti pada peraturan pembentukannya, mis. Dinas Kesehatan Kota Balikpapan.",
    )
    short_name = forms.CharField(label="Nama singkat", max_length=30, help_text="Sebutan sehari-hari, mis. Dinkes.")
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, region: Region, agency: Agency | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region, self.agency = region, agency

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        others = Agency.objects.of(self.region)
        if self.agency is not None:
            others = others.exclude(pk=self.agency.pk)
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError(str(NameTaken(self.region)))
        return name


class AgencyForm(AgencyNameForm):
    """A new agency: also its kind. `once` is the key that makes a double click one agency."""

    kind = forms.ChoiceField(
        label="Jenis",
        choices=[("", "Pilih jenis"), *AgencyKind.choices],
        help_text="Menentukan pertanyaan mana yang menjadi tanggung jawabnya. Tidak dapat diubah kemudian.",
    )
    once = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    version = None  # type: ignore[assignment]  # a row that does not exist yet has none
    field_order = ["kind", "name", "short_name", "once"]
