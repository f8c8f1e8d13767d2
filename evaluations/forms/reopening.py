"""What a judge asks of the region, and until when. Times are typed as WIB."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from evaluations.forms.calendar import moment_field
from evaluations.forms.files import FileForm
from kla_portal.lib.forms import LinesField


class AskForm(forms.Form):
    """What is asked, and until when the region may answer it."""

    reason = LinesField(label="Yang diminta", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    until = moment_field("Terbuka sampai (WIB)")
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "a_%s"
        self.fields["once"].initial = str(uuid.uuid4())


class ReopenForm(AskForm):
    """The same for several questions at once, by their codes."""

    questions = forms.MultipleChoiceField(
        label="Pertanyaan", error_messages={"required": "Pilih sedikitnya satu pertanyaan."}
    )

    def __init__(self, *args: Any, codes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        questions = self.fields["questions"]
        assert isinstance(questions, forms.MultipleChoiceField)
        questions.choices = [(code, code) for code in codes]

    @property
    def ticked(self) -> set[str]:
        """The codes that are ticked, as sent or as proposed."""
        return set(self["questions"].value() or ())


class DeclarationForm(FileForm):
    """The signed declaration: a PDF or a photo."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label = "Surat pernyataan yang sudah ditandatangani"
        self.fields["file"].widget.attrs["accept"] = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"
