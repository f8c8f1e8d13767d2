"""A file of published results, or its text."""

from typing import Any

from django import forms

from evaluations.history.reading import MAX_BYTES, BadFile, text_of
from kla_portal.lib.forms import LinesField


class HistoryImportForm(forms.Form):
    """CSV pasted or as a file; cleans to `csv`, its text. The file comes last: what follows a file cut off is lost."""

    text = LinesField(
        label="Tempel isi CSV",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text="Baris pertama berisi judul kolom. Salinan dari lembar kerja juga diterima.",
    )
    action = forms.ChoiceField(choices=[("check", "Periksa"), ("write", "Impor")], required=False)
    file = forms.FileField(
        label="Berkas CSV",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
        help_text="Paling besar 2 MB dan 20.000 baris.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        file, text = cleaned.get("file"), cleaned.get("text") or ""
        if file is None:
            cleaned["csv"] = text
            if not text.strip() and not self.errors:
                self.add_error("file", "Pilih berkas CSV atau tempel isinya.")
        elif text.strip():
            self.add_error("file", "Pilih salah satu: berkas atau isi yang ditempel.")
        else:
            try:
                cleaned["csv"] = text_of(file.read(MAX_BYTES + 1))
            except BadFile as bad:
                self.add_error("file", bad.faults[0].reason)
        return cleaned
