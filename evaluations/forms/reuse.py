"""Documents of the library put to a question, and the page to look at."""

from typing import Any

from django import forms

from evaluations.forms.answers import page_field, want_field
from evaluations.models import Answer


class PickForm(forms.Form):
    """What of the question a document of the library meets, and where in it to look."""

    def __init__(self, *args: Any, answer: Answer, open_want: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["want"] = want_field(answer, open_want)
        self.fields["page_hint"] = page_field()


class HintForm(forms.Form):
    """Where in the document to look; `was` is what the page showed when it was opened."""

    page_hint = page_field()
    was = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class SearchForm(forms.Form):
    """Words of a title, number or file name."""

    q = forms.CharField(
        label="Cari judul, nomor, atau nama berkas",
        required=False,
        max_length=100,  # SQLite refuses patterns of more than 50,000 bytes
        widget=forms.SearchInput(attrs={"class": "form-control"}),
    )
