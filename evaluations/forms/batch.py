"""Many files at once: sent into the library, then put to questions."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from evaluations.forms.files import FileForm, personal_field
from evaluations.queries.tray import Arrival
from evidence.models import EvidenceItem
from regions.models import Agency


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Files as a list; nothing chosen is an empty one."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        several = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(ManyFilesField, self).clean(each, initial) for each in several]


class DropForm(FileForm):
    """Files for the in-tray of the library, and whose they are. `path` is the folder they came in, with the name."""

    path = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    agency = forms.ModelChoiceField(
        label="Milik perangkat daerah",
        queryset=Agency.objects.none(),
        empty_label="Pilih perangkat daerah",
        error_messages={"required": "Pilih perangkat daerah pemilik berkas-berkas ini."},
    )
    personal_data = personal_field()
    file = ManyFilesField(
        label="Berkas",
        required=False,
        max_length=255,
        allow_empty_file=True,
        widget=ManyFilesInput(
            attrs={"multiple": True, "accept": ".pdf,.jpg,.jpeg,.png,.xlsx,.docx,application/pdf,image/jpeg,image/png"}
        ),
    )

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agency = self.fields["agency"]
        assert isinstance(agency, forms.ModelChoiceField)
        agency.queryset = agencies
        if len(agencies) == 1:
            agency.initial = agencies[0].pk
            agency.empty_label = None
        self.order_fields(["once", "upload", "path", "agency", "personal_data", "file"])


class PlaceForm(forms.Form):
    """Which of the documents go to which question: for each a tick and the code of a question."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, data: QueryDict, *, items: Iterable[EvidenceItem], codes: Iterable[str]) -> None:
        super().__init__(data)
        self.sent = data
        self.items = {str(item.pk): item for item in items}
        self.codes = {code.casefold(): code for code in codes}
        self.faults: dict[str, str] = {}

    @property
    def ticked(self) -> list[str]:
        return list(dict.fromkeys(self.sent.getlist("pick")))

    @property
    def gone(self) -> int:
        """How many of the ticked are in the tray no more."""
        return sum(pk not in self.items for pk in self.ticked)

    def typed(self, pk: str) -> str:
        return str(self.sent.get(f"code-{pk}", "")).strip()[:20]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        rows: list[tuple[EvidenceItem, str]] = []
        for pk in self.ticked:
            if pk not in self.items:
                continue
            code = self.codes.get(self.typed(pk).replace(",", ".").casefold())
            if code is None:
                told = f"Tidak ada pertanyaan “{self.typed(pk)}”." if self.typed(pk) else "Isi kode pertanyaannya."
                self.faults[pk] = told
            else:
                rows.append((self.items[pk], code))
        if self.faults:
            self.add_error(None, "Ada kode pertanyaan yang belum benar. Tidak ada yang dipasang.")
        elif not self.ticked:
            self.add_error(None, "Centang dokumen yang akan dipasang.")
        cleaned["rows"] = rows
        return cleaned

    def again(self, arrivals: Iterable[Arrival]) -> list[Arrival]:
        """The rows as they were sent, with what is wrong."""
        return [
            each.typed(
                self.typed(str(each.item.pk)), str(each.item.pk) in self.ticked, self.faults.get(str(each.item.pk), "")
            )
            for each in arrivals
        ]
