"""The calendar of a cycle, and more time for one region. Times are typed as WIB."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms

from evaluations.enums import Stage
from kla_portal.lib.forms import LinesField

YEARS = range(2010, 2101)
PLANNED = tuple(stage for stage in Stage if stage != Stage.AWARDED)
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class MomentInput(forms.DateTimeInput):
    """A browser's own field for day and time; seconds are shown where a stored time has some."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%dT%H:%M:%S}" if value.second else f"{value:%Y-%m-%dT%H:%M}"
        return super().format_value(value)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        if isinstance(value, datetime) and value.second:
            attrs = {**(attrs or {}), "step": "1"}
        return super().get_context(name, value, attrs)


def moment_field(label: str, **more: Any) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, widget=MomentInput(), input_formats=FORMATS, **more)


class WindowsForm(forms.Form):
    """For each stage when it opens and closes; a stage without times stays open.

    `cleaned_data["windows"]` is {stage: (opens, closes)} of the stages whose dates were given.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "c_%s"
        for stage in PLANNED:
            for edge, word in (("opens", "dibuka"), ("closes", "ditutup")):
                self.fields[f"{stage}_{edge}"] = moment_field(f"{stage.label} {word}", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        windows: dict[str, tuple[datetime, datetime]] = {}
        for stage in PLANNED:
            for edge in (f"{stage}_opens", f"{stage}_closes"):
                if (moment := cleaned.get(edge)) and moment.year not in YEARS:
                    self.add_error(
                        edge, f"Tahunnya harus antara {YEARS[0]} dan {YEARS[-1]}."
                    )  # takes it from `cleaned`
            opens, closes = cleaned.get(f"{stage}_opens"), cleaned.get(f"{stage}_closes")
            if {f"{stage}_opens", f"{stage}_closes"} & set(self.errors):
                continue
            if bool(opens) != bool(closes):
                self.add_error(
                    f"{stage}_{'closes' if opens else 'opens'}", "Isi kedua waktunya, atau kosongkan keduanya."
                )
            elif opens and closes:
                if closes <= opens:
                    self.add_error(f"{stage}_closes", "Waktu tutup harus sesudah waktu buka.")
                windows[stage] = (opens, closes)
        cleaned["windows"] = windows
        return cleaned

    @property
    def window_rows(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """(stage's name, opens, closes)."""
        return [(stage.label, self[f"{stage}_opens"], self[f"{stage}_closes"]) for stage in PLANNED]


class PlanForm(WindowsForm):
    """The calendar of a cycle that runs. `seen`: the windows that the page showed; `agreed`: how many regions the admin
    has been told that it locks out; `look`: only to see whom it reaches."""

    seen = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)
    agreed = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    @staticmethod
    def shown(windows: dict[str, tuple[datetime, datetime]], seen: str) -> dict[str, Any]:
        """What a page shows of these windows, as `initial`."""
        edges = {
            f"{stage}_{edge}": moment
            for stage, both in windows.items()
            for edge, moment in zip(("opens", "closes"), both, strict=True)
        }
        return edges | {"seen": seen}


class ExtensionForm(forms.Form):
    """More time in one of the `stages`, until when, and why."""

    stage = forms.ChoiceField(label="Tahap")
    until = moment_field("Diperpanjang sampai (WIB)", help_text="Waktu dibaca sebagai WIB, bukan zona daerah.")
    reason = LinesField(
        label="Alasan",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Dicatat dalam jejak dan terbaca oleh daerah, misalnya “Gangguan jaringan sejak 28 November”.",
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, stages: Iterable[Stage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "x_%s"
        self.fields["once"].initial = str(uuid.uuid4())
        choice = self.fields["stage"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(stage.value, stage.label) for stage in stages]

    def clean_until(self) -> datetime:
        until: datetime = self.cleaned_data["until"]
        if until.year not in YEARS:
            raise forms.ValidationError(f"Tahunnya harus antara {YEARS[0]} dan {YEARS[-1]}.")
        return until
