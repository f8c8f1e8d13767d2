"""What of an earlier cycle is taken over."""

from typing import Any

from django import forms

from evaluations.models import AnswerEvidence
from evaluations.queries.carrying import Panel

GONE = "Salah satu dokumen yang Anda centang tidak dapat dipasang lagi. Periksa centangnya, lalu kirim sekali lagi."


class TakeOverForm(forms.Form):
    """The earlier answer, where it fits and the person may write, and ticks for its evidence."""

    take_answer = forms.BooleanField(label="Pakai jawaban dan catatannya", required=False)
    evidence = forms.MultipleChoiceField(label="Data dukung", required=False, error_messages={"invalid_choice": GONE})
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, panel: Panel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.panel = panel
        self.usable = {str(proof.link.pk): proof.link for proof in panel.proofs if proof.pickable}
        self.fields["evidence"].choices = [(pk, pk) for pk in self.usable]  # type: ignore[attr-defined]

    @property
    def takes_answer(self) -> bool:
        return bool(self.cleaned_data["take_answer"]) and self.panel.writable and self.panel.carried.source is not None

    @property
    def links(self) -> list[AnswerEvidence]:
        """The ticked evidence."""
        return [self.usable[pk] for pk in self.cleaned_data["evidence"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.takes_answer and not cleaned["evidence"]:
            self.add_error(None, "Centang jawaban atau data dukung yang akan diambil.")
        return cleaned
