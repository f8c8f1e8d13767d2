"""Until when documents are asked for, and the number of the letter."""

from datetime import date
from typing import Any

from django import forms


class AgencyRequestForm(forms.Form):
    """Cleans to `sampai`, a day from today on, and `nomor`, which may be left for the hand."""

    sampai = forms.DateField(
        label="Dipenuhi paling lambat",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Bila tidak diubah: batas internal daerah, atau seminggu sebelum tahap ditutup.",
    )
    nomor = forms.CharField(
        label="Nomor surat", max_length=60, required=False, help_text="Boleh dikosongkan dan ditulis tangan."
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_sampai(self) -> date:
        day: date = self.cleaned_data["sampai"]
        if day < self.today:
            raise forms.ValidationError("Tanggal ini sudah lewat. Pilih hari ini atau sesudahnya.")
        if (day - self.today).days > 730:
            raise forms.ValidationError("Tanggal ini terlalu jauh. Pilih paling lama dua tahun dari sekarang.")
        return day
