from typing import Any

import django_filters
from django import forms
from django.urls import reverse_lazy

from regions.enums import Level
from regions.models import Region, RegionQuerySet

# Searching as one types: the field asks for the list alone, with the whole form, and keeps the address bar true.
_LIVE = {
    "hx-get": reverse_lazy("regions:region_list"),
    "hx-target": "#daftar",
    "hx-include": "closest form",
    "hx-push-url": "true",
    "hx-sync": "closest form:replace",
}


class RegionFilter(django_filters.FilterSet):
    """`?q=` a name or a code, `?tingkat=` a level."""

    q = django_filters.CharFilter(
        label="Nama atau kode",
        method="search",
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "placeholder": "mis. Balikpapan atau 64.71",
                "hx-trigger": "input changed delay:300ms, search",
                **_LIVE,
            }
        ),
    )
    tingkat = django_filters.ChoiceFilter(
        label="Tingkat",
        field_name="level",
        choices=Level.choices,
        empty_label="Semua tingkat",
        widget=forms.Select(attrs={"hx-trigger": "change", **_LIVE}),
    )

    class Meta:
        model = Region
        fields: list[str] = []

    def search(self, regions: RegionQuerySet, name: str, text: str) -> Any:
        return regions.search(text)
