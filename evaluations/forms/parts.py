"""An agency's part of one question: ready or not, and its note."""

from typing import Any

from django import forms

from kla_portal.lib.forms import LinesField

DEEDS = (("ready", "Tandai siap"), ("unready", "Lepas tanda siap"), ("note", "Simpan catatan"))


class PartForm(forms.Form):
    """What is done (`do`), from which version of the part on, and the note where that is written."""

    do = forms.ChoiceField(choices=DEEDS)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    note = LinesField(
        label="Catatan untuk koordinator",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )


class FinishForm(forms.Form):
    """The questions (`tetap`: codes) that are marked although something lacks."""

    tetap = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["tetap"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(code, code) for code in codes]
