"""What a task-force member sends: approve, or return with a reason."""

from typing import Any

from django import forms

from evaluations.enums import AnswerState
from evaluations.forms.seen import SeenField, joined
from kla_portal.lib.forms import LinesField

APPROVE, RETURN = "approve", "return"
ALL, REPAIRED = "all", "repaired"
RETURN_REASONS = {
    "evidence": "Data dukung belum ada atau belum lengkap.",
    "mismatch": "Jawaban tidak sesuai dengan isi data dukung.",
    "year": "Data dukung bukan dari tahun yang dinilai.",
    "draft": "Dokumen belum final atau belum ditandatangani.",
    "figure": "Sumber atau cara menghitung angka belum dijelaskan.",
}
"""Sentences that can be ticked instead of typed."""
STATES = [
    (AnswerState.ANSWERED, "Menunggu telaah"),
    (REPAIRED, "Diperbaiki sejak dikembalikan"),
    (AnswerState.RETURNED, "Dikembalikan"),
    (AnswerState.APPROVED, "Disetujui"),
    (ALL, "Semua yang dijawab"),
]


class ReviewFilter(forms.Form):
    """Which answers are shown; whatever cannot be read is left out."""

    klaster = forms.CharField(required=False, max_length=10)
    status = forms.ChoiceField(required=False, choices=STATES)

    @property
    def chosen(self) -> tuple[str, str]:
        """Cluster code ('' for none named) and state."""
        self.is_valid()
        return self.cleaned_data.get("klaster", ""), self.cleaned_data.get("status") or AnswerState.ANSWERED


class ReviewForm(forms.Form):
    """A verdict on the version of the answer that was on the screen. `reason` joins ticked sentences and typed text."""

    version = forms.IntegerField(min_value=1)
    decision = forms.ChoiceField(choices=[(APPROVE, "Setujui"), (RETURN, "Kembalikan")])
    reasons = forms.MultipleChoiceField(label="Alasan umum", required=False, choices=list(RETURN_REASONS.items()))
    reason = LinesField(label="Alasan", required=False, max_length=2000)
    status = forms.ChoiceField(required=False, choices=STATES)
    once = forms.CharField(required=False, max_length=64)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("decision") == RETURN and "reason" in given and "reasons" in given:
            given["reason"] = joined([RETURN_REASONS[key] for key in given["reasons"]], given["reason"])
            if not given["reason"]:
                self.add_error(
                    "reason", "Pilih atau tulis alasan, agar perangkat daerah tahu apa yang harus diperbaiki."
                )
        return given


class ApproveAllForm(forms.Form):
    seen = SeenField()
    klaster = forms.CharField(required=False, max_length=10)
    once = forms.CharField(required=False, max_length=64)
