"""What a judge sends about one document: accepted, doubtful, rejected, or the verdict taken back."""

from typing import Any

from django import forms

from evaluations.enums import DocumentVerdict
from evaluations.forms.scores import ScoreFilter
from evaluations.forms.seen import joined
from kla_portal.lib.forms import LinesField

WITHDRAW = "withdraw"
VERDICTS = [*DocumentVerdict.choices, (WITHDRAW, "Batalkan putusan")]
DOCUMENT_REASONS = {
    "unrelated": "Isi dokumen bukan yang diminta.",
    "unreadable": "Berkas tidak terbaca atau tidak lengkap.",
    "year": "Dokumen bukan dari tahun yang dinilai.",
    "draft": "Dokumen belum bernomor atau belum ditandatangani.",
    "expired": "Masa berlaku dokumen sudah lewat.",
    "numbers": "Angka pada dokumen berbeda dari klaim.",
}
"""Sentences that can be ticked instead of typed."""


class DocumentForm(ScoreFilter):
    """A verdict on the revision and over the verdict that were on the screen (`verdict_version` 0: there was none)."""

    revision = forms.UUIDField()
    verdict_version = forms.IntegerField(min_value=0)
    verdict = forms.ChoiceField(choices=VERDICTS)
    reasons = forms.MultipleChoiceField(label="Alasan umum", required=False, choices=list(DOCUMENT_REASONS.items()))
    reason = LinesField(label="Alasan", required=False, max_length=2000)
    once = forms.CharField(required=False, max_length=64)

    @property
    def verdict_text(self) -> str:
        """What a valid form asks for, in words."""
        return str(dict(VERDICTS)[self.cleaned_data["verdict"]]).lower()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("verdict") not in (DocumentVerdict.DOUBTFUL, DocumentVerdict.REJECTED):
            given["reason"] = ""
        elif "reason" in given and "reasons" in given:
            given["reason"] = joined([DOCUMENT_REASONS[key] for key in given["reasons"]], given["reason"])
            if not given["reason"]:
                self.add_error("reason", "Pilih atau tulis alasan bila dokumen meragukan atau ditolak.")
        return given
