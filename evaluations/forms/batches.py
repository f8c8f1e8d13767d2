"""What is done to many regions at once, and the predicate decided for one."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django import forms

from evaluations.enums import BatchKind
from evaluations.queries.batching import Action
from kla_portal.lib.forms import LinesField

LINES = forms.Textarea(attrs={"rows": 3, "class": "form-control"})
MOST = 100
"""Regions that one form may name: as many as one page shows."""


class BatchForm(forms.Form):
    """The ticked regions, each as it was seen (`queries.batching.Line.picked`). `cleaned_data["items"]` is what
    `services.batches.start` takes. An extension wants its end and its reason beside them."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    sah = forms.BooleanField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, *, action: Action, **kwargs: Any) -> None:
        super().__init__(data, auto_id="b_%s", **kwargs)
        self.action = action
        if action.kind == BatchKind.EXTEND:
            self.fields["until"] = forms.DateTimeField(
                label="Diperpanjang sampai (WIB)",
                widget=forms.DateTimeInput(
                    attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
                ),
                input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            )
            self.fields["reason"] = LinesField(
                label="Alasan", max_length=1000, help_text="Terbaca oleh daerahnya.", widget=LINES
            )

    def clean_until(self) -> datetime:
        until: datetime = self.cleaned_data["until"]
        if not 2010 <= until.year <= 2100:
            raise forms.ValidationError("Tahunnya harus antara 2010 dan 2100.")
        return until

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        picked = self.data.getlist("pilih") if hasattr(self.data, "getlist") else []
        if not picked:
            raise forms.ValidationError("Pilih sekurangnya satu daerah.")
        if len(picked) > MOST:
            raise forms.ValidationError(f"Paling banyak {MOST} daerah sekaligus.")
        try:
            cleaned["items"] = [_item(each, self.action) for each in dict.fromkeys(picked)]
        except (ValueError, InvalidOperation):
            raise forms.ValidationError("Pilihan tidak dikenali. Muat ulang halaman ini, lalu pilih lagi.") from None
        if len({item[0] for item in cleaned["items"]}) < len(cleaned["items"]):
            raise forms.ValidationError("Satu daerah terpilih dua kali. Muat ulang halaman ini, lalu pilih lagi.")
        return cleaned


def _item(text: str, action: Action) -> list[Any]:
    """[id, version], and for a decision [id, version, version of the decision, points]. Raises ValueError."""
    pk, version, *seen = text[:200].split(":")
    if len(seen) != (2 if action.kind == BatchKind.DECIDE else 0):
        raise ValueError(text)
    found: list[Any] = [str(UUID(pk)), _number(version)]
    if seen:
        points = Decimal(seen[1])
        if not points.is_finite():
            raise ValueError(text)
        found += [_number(seen[0]), str(points)]
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError(text)
    return int(text)


class AwardForm(forms.Form):
    """The predicate of one region: the computed one (''), or another with a reason. `version` and `points` are those
    that were seen."""

    predicate = forms.ChoiceField(label="Predikat", required=False, widget=forms.Select(attrs={"class": "form-select"}))
    reason = LinesField(label="Alasan", required=False, max_length=2000, widget=LINES)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    points = forms.DecimalField(widget=forms.HiddenInput, max_digits=13, decimal_places=9)

    def __init__(self, data: Any = None, *, computed: str, names: dict[str, str], pk: UUID, **kwargs: Any) -> None:
        super().__init__(data, auto_id=f"a_{pk}_%s", **kwargs)
        self.computed = computed
        choice = self.fields["predicate"]
        assert isinstance(choice, forms.ChoiceField)
        known = {"none": "Tanpa predikat"} | names
        others = [(code, name) for code, name in known.items() if code != computed]
        choice.choices = [("", f"{known.get(computed, computed)} (terhitung)"), *others]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("predicate") and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Tulis alasan bila predikatnya bukan yang terhitung.")
        return cleaned
