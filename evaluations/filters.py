"""Filters that live in the URL."""

from typing import Any

import django_filters
from django import forms

from evaluations.enums import Stage
from evaluations.models import Cycle, Evaluation


class EvaluationFilter(django_filters.FilterSet):
    """The list of evaluations by cycle, stage and name of the region."""

    siklus = django_filters.ModelChoiceFilter(
        field_name="cycle", label="Siklus", queryset=Cycle.objects.order_by("-created_at"), empty_label="Semua siklus"
    )
    tahap = django_filters.ChoiceFilter(
        field_name="stage", label="Tahap", choices=Stage.choices, empty_label="Semua tahap"
    )
    q = django_filters.CharFilter(
        field_name="region__name",
        lookup_expr="icontains",
        label="Nama daerah",
        widget=forms.SearchInput(),
        max_length=100,  # SQLite refuses patterns of more than 50,000 bytes
    )

    class Meta:
        model = Evaluation
        fields: list[str] = []


class QuestionFilter(forms.Form):
    """What of an evaluation's questions to show: by agency, by what they lack."""

    STATES = (
        ("", "Semua"),
        ("kosong", "Belum diisi"),
        ("tanpa-bukti", "Data dukung belum lengkap"),
        ("menunggu", "Menunggu telaah"),
        ("dikembalikan", "Dikembalikan"),
        ("disetujui", "Disetujui"),
    )
    instansi = forms.ChoiceField(label="Perangkat daerah", required=False)
    status = forms.ChoiceField(label="Keadaan", required=False, choices=STATES)

    def __init__(self, data: Any, *, agencies: list[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="f_%s")
        field = self.fields["instansi"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Semua"), *agencies]
