"""Until when the agencies' parts are wanted, in the region's own time."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from kla_portal.lib.dates import ZONES, zone_of
from regions.models import Agency

EVERYBODY = "semua"
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


def _field(label: str, help_text: str = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        help_text=help_text,
        input_formats=FORMATS,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMATS[0]),
    )


class DeadlineForm(forms.Form):
    """One moment for all (`semua`), and one for each agency (`agency_<pk>`). `cleaned_data["wanted"]` is {agency pk or
    None: aware moment}; what was stored may be in the past, what is new may not."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)

    def __init__(
        self,
        data: Any = None,
        *,
        agencies: Iterable[Agency],
        stored: Mapping[int | None, datetime],
        seen: str,
        region_code: str,
    ) -> None:
        zone = zone_of(region_code)
        self.zone, self.stored = ZONES[zone], stored
        self.names: dict[str, int | None] = {EVERYBODY: None} | {f"agency_{each.pk}": each.pk for each in agencies}
        initial: dict[str, Any] = {"seen": seen}
        for name, pk in self.names.items():
            if pk in stored:
                initial[name] = stored[pk].astimezone(self.zone).replace(tzinfo=None, second=0, microsecond=0)
        super().__init__(data, initial=initial)
        self.fields[EVERYBODY] = _field("Untuk semua perangkat daerah", f"Waktu {zone}. Kosongkan bila tidak ada.")
        for each in agencies:
            self.fields[f"agency_{each.pk}"] = _field(str(each))

    @property
    def of_agencies(self) -> list[forms.BoundField]:
        return [self[name] for name in self.names if name != EVERYBODY]

    @property
    def own_set(self) -> bool:
        """Has any agency a moment of its own, stored or typed, or one at fault?"""
        return any(field.value() or field.errors for field in self.of_agencies)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        wanted: dict[int | None, datetime] = {}
        for name, pk in self.names.items():
            if not (typed := given.get(name)):
                continue
            if typed.year not in range(2010, 2101):
                self.add_error(name, "Tahunnya harus antara 2010 dan 2100.")
                continue
            wanted[pk] = timezone.make_naive(typed).replace(tzinfo=self.zone)
            if name not in self.changed_data:
                wanted[pk] = self.stored[pk]
            elif wanted[pk] <= timezone.now():
                self.add_error(name, "Waktu ini sudah lewat. Pilih waktu yang akan datang.")
        given["wanted"] = wanted
        return given
