"""What a judge sends: accept the claim, or another level with a reason."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms

from clusters import scoring
from evaluations.enums import Verdict
from evaluations.forms.seen import SeenField, joined
from kla_portal.lib.forms import LinesField

SCORE_REASONS = {
    "unproven": "Data dukung tidak membuktikan klaim.",
    "partly": "Data dukung membuktikan sebagian klaim.",
    "year": "Data dukung bukan dari tahun yang dinilai.",
    "draft": "Dokumen belum ditetapkan atau belum ditandatangani.",
    "more": "Data dukung menunjukkan capaian di atas klaim.",
}
"""Sentences that can be ticked instead of typed."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the bench shows: the list's cluster ('' for all), whether only what is still to be judged, and the document
    (pk of an AnswerEvidence, '' for the first that waits)."""

    cluster: str = ""
    only_open: bool = False
    document: str = ""

    @property
    def query(self) -> str:
        """The list's part of the address, without "?"."""
        return urlencode([("klaster", self.cluster)] * bool(self.cluster) + [("sisa", "on")] * self.only_open)


class ScoreFilter(forms.Form):
    """Which questions the list shows, and which document; whatever cannot be read is left out."""

    klaster = forms.CharField(required=False, max_length=10)
    sisa = forms.BooleanField(required=False)
    berkas = forms.UUIDField(required=False)

    @property
    def chosen(self) -> Chosen:
        self.is_valid()
        given = self.cleaned_data
        return Chosen(given.get("klaster", ""), bool(given.get("sisa")), str(given.get("berkas") or ""))


class ScoreForm(ScoreFilter):
    """A verdict on the versions of answer and verdict that were on the screen (`score_version` 0: there was none)."""

    answer_version = forms.IntegerField(min_value=1)
    score_version = forms.IntegerField(min_value=0)
    verdict = forms.ChoiceField(choices=Verdict.choices)
    level = forms.ChoiceField(label="Tingkat", required=False)
    reasons = forms.MultipleChoiceField(label="Alasan umum", required=False, choices=list(SCORE_REASONS.items()))
    reason = LinesField(label="Alasan", required=False, max_length=2000)
    once = forms.CharField(required=False, max_length=64)

    def __init__(self, *args: Any, rule: scoring.Rule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        level = self.fields["level"]
        assert isinstance(level, forms.ChoiceField)
        level.choices = [(each.key, each.label) for each in scoring.levels(rule)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("verdict") == Verdict.ACCEPTED:
            given |= {"level": "", "reason": ""}
        elif given.get("verdict") == Verdict.ADJUSTED:
            if "level" in given and not given["level"]:
                self.add_error("level", "Pilih tingkat yang Anda berikan.")
            if "reason" in given and "reasons" in given:
                given["reason"] = joined([SCORE_REASONS[key] for key in given["reasons"]], given["reason"])
                if not given["reason"]:
                    self.add_error("reason", "Pilih atau tulis alasan bila nilai berbeda dari klaim daerah.")
        return given


class AcceptAllForm(ScoreFilter):
    seen = SeenField()
    code = forms.CharField(max_length=12)
    once = forms.CharField(required=False, max_length=64)
