"""How long a cycle's evidence is kept."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

LATEST = date(2100, 12, 31)


class KeepForm(forms.Form):
    """The last day on which the evidence is kept; empty: for good. `seen` is the day that the page showed."""

    until = forms.DateField(
        label="Simpan sampai",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Kosongkan untuk menyimpan tanpa batas waktu.",
    )
    seen = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "k_%s"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        until = cleaned.get("until")
        if until and until != cleaned.get("seen") and not timezone.localdate() < until <= LATEST:
            self.add_error("until", "Pilih tanggal sesudah hari ini, paling lambat 31 Desember 2100.")
        return cleaned
