"""Opening a cycle, enrolling regions, allotting evaluators."""

import re
import uuid
from typing import Any

from django import forms

from accounts.enums import Role
from accounts.models import Membership, User
from clusters.models import Instrument
from clusters.queries import usable
from evaluations.forms.calendar import YEARS, WindowsForm
from evaluations.models import Cycle
from regions.enums import Level
from regions.models import Agency, Region


class CycleForm(WindowsForm):
    """Name, data years, instrument, and for each stage when it opens and closes."""

    name = forms.CharField(label="Nama siklus", max_length=80, help_text="Misalnya “Evaluasi KLA 2025”.")
    data_years = forms.CharField(
        label="Tahun data", max_length=40, help_text="Tahun yang dinilai, misalnya “2024, 2025”."
    )
    instrument = forms.ModelChoiceField(label="Instrumen", queryset=Instrument.objects.none(), empty_label=None)
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["instrument"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = usable(Instrument.objects.visible_to(user))
        self.fields["once"].initial = str(uuid.uuid4())

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if Cycle.objects.filter(name=name).exists():
            raise forms.ValidationError("Nama ini sudah dipakai siklus lain.")
        return name

    def clean_data_years(self) -> list[int]:
        text = self.cleaned_data["data_years"]
        years = sorted({int(year) for year in re.findall(r"\b\d{4}\b", text)})
        if not years or not all(year in YEARS for year in years):
            raise forms.ValidationError("Tulis tahun dengan empat angka, misalnya “2024, 2025”.")
        return years


class EnrolForm(forms.Form):
    """Kabupaten and kota of one province to enrol. Offered are those not enrolled yet; others of the province are
    accepted too, so that a form sent twice is no mistake."""

    regions = forms.ModelMultipleChoiceField(
        label="Kabupaten/kota",
        queryset=Region.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Pilih sekurangnya satu kabupaten/kota."},
    )

    def __init__(self, *args: Any, cycle: Cycle, province: Region, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "e_%s"
        choice = self.fields["regions"]
        assert isinstance(choice, forms.ModelMultipleChoiceField)
        cities = Region.objects.visible_to(user).children_of(province.pk).filter(level=Level.REGENCY, gone_since=None)
        choice.queryset = cities
        self.open = [(city.pk, str(city)) for city in cities.exclude(evaluations__cycle=cycle)]
        choice.choices = self.open


class AllotForm(forms.Form):
    """An evaluator of the ministry for one evaluation. Offered are those not allotted yet; one who is, is accepted too,
    so that a form sent twice is no mistake."""

    evaluator = forms.ModelChoiceField(
        label="Evaluator",
        queryset=User.objects.none(),
        empty_label=None,
        error_messages={"required": "Pilih evaluator.", "invalid_choice": "Orang ini bukan evaluator kementerian."},
    )

    def __init__(self, *args: Any, evaluation: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "a_%s"
        choice = self.fields["evaluator"]
        assert isinstance(choice, forms.ModelChoiceField)
        evaluators = Membership.objects.current().filter(role=Role.EVALUATOR).values("user")
        people = User.objects.filter(pk__in=evaluators, is_active=True).order_by("full_name")
        choice.queryset = people
        self.open = [(person.pk, str(person)) for person in people.exclude(allotments__evaluation=evaluation)]
        choice.choices = self.open


class AssignmentForm(forms.Form):
    """The agencies of one question, by pk: who leads, who contributes. `seen`: who held it when the page was shown."""

    lead = forms.TypedChoiceField(
        label="Penanggung jawab utama",
        required=False,
        coerce=int,
        empty_value=None,
        help_text="Operatornya menulis jawaban.",
    )
    helpers = forms.TypedMultipleChoiceField(
        label="Ikut menyumbang data dukung", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    seen = forms.CharField(max_length=2000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, region: Region, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "h_%s"
        agencies = [(agency.pk, str(agency)) for agency in Agency.objects.of(region)]
        lead, helpers = self.fields["lead"], self.fields["helpers"]
        assert isinstance(lead, forms.ChoiceField)
        assert isinstance(helpers, forms.ChoiceField)
        lead.choices = [("", "Tidak ada: koordinator yang mengisi"), *agencies]
        helpers.choices = agencies
