from typing import Any

from django import forms


class ReaderForm(forms.Form):
    """What of an instrument is to be read: words, and the agency that answers. Its state lives in the address."""

    q = forms.CharField(
        label="Kata atau nomor",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "placeholder": "mis. akta atau 4.2"}),
    )
    instansi = forms.ChoiceField(label="Penanggung jawab", required=False)

    def __init__(self, *args: Any, owners: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instansi"].choices = [("", "Semua perangkat daerah"), *owners]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, str]:
        """`owner` and `text` for `queries.document`; what is not valid does not filter."""
        self.full_clean()
        valid = self.cleaned_data if self.is_bound else {}
        return {"owner": valid.get("instansi", ""), "text": valid.get("q", "")}
