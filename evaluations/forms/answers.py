"""The answer form: one shape per kind of question, all read through `clusters.scoring.normalise`."""

import uuid
from decimal import Decimal
from typing import Any

from django import forms

from clusters import scoring
from evaluations.models import Answer
from evidence.enums import EvidenceKind
from kla_portal.lib.forms import LinesField
from kla_portal.lib.numbers import plain_text, points_text

UNANSWERED = ""


class AnswerForm(forms.Form):
    """Value, note and the version that was looked at.

    `cleaned_data["value"]` is what `Answer.value` stores. A checklist has one field per item, `item_<key>`; the other
    kinds one field, `value`. Each choice says how many points it earns.
    """

    note = LinesField(
        label="Catatan",
        required=False,
        max_length=10_000,
        help_text="Jelaskan hal yang perlu diketahui penelaah, misalnya sumber dan tahun angka.",
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control", "aria-describedby": "note-help note-error"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, answer: Answer, rule: scoring.Rule, **kwargs: Any) -> None:
        self.rule = rule
        self.maximum = answer.question.max_points
        initial = {"note": answer.note, "version": answer.version} | self._initial(answer.value)
        super().__init__(data, initial=initial, **kwargs)
        asked = self._item_fields() if isinstance(rule, scoring.Checklist) else {"value": self._value_field()}
        self.fields = asked | self.fields

    def _initial(self, value: Any) -> dict[str, Any]:
        if isinstance(self.rule, scoring.Checklist):
            return {f"item_{key}": level for key, level in (value or {}).items()}
        if isinstance(self.rule, scoring.Banded) and value is not None:
            return {"value": plain_text(value)}
        return {"value": value or UNANSWERED}

    def _worth(self, fraction: Any, maximum: Any = None) -> str:
        return points_text(scoring.points(Decimal(fraction), self.maximum if maximum is None else maximum))

    def _value_field(self) -> forms.Field:
        rule = self.rule
        if isinstance(rule, scoring.Banded):
            return forms.CharField(
                label="Persentase" if rule.kind == "percentage" else "Jumlah",
                required=False,
                max_length=30,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "answer-number"}),
            )
        if isinstance(rule, scoring.YesNo):
            choices = [("yes", "Ya"), ("no", "Tidak")]
            self.worth = {"yes": self._worth(rule.yes), "no": self._worth(rule.no)}
        else:
            assert isinstance(rule, scoring.Choice)
            choices = [(option.key, option.label) for option in rule.options]
            self.worth = {option.key: self._worth(option.fraction) for option in rule.options}
        self.choices = [*choices, (UNANSWERED, "Belum dijawab")]
        return forms.ChoiceField(label="Jawaban", required=False, choices=self.choices, widget=forms.RadioSelect)

    @property
    def radios(self) -> list[dict[str, Any]]:
        """The choices of a yes/no or choice question: value, label, worth in points ('' for none), checked."""
        chosen = self["value"].value() or UNANSWERED
        return [
            {"value": value, "label": label, "worth": self.worth.get(value, ""), "checked": value == chosen}
            for value, label in self.choices
        ]

    @property
    def radios_shown(self) -> bool:
        return isinstance(self.rule, scoring.YesNo | scoring.Choice)

    @property
    def items_shown(self) -> bool:
        return isinstance(self.rule, scoring.Checklist)

    @property
    def unit(self) -> str:
        """What a number counts: '%', 'orang' …"""
        return self.rule.unit if isinstance(self.rule, scoring.Banded) else ""

    def _item_fields(self) -> dict[str, forms.Field]:
        assert isinstance(self.rule, scoring.Checklist)
        whole = self.rule.weight
        return {
            f"item_{item.key}": forms.ChoiceField(
                label=item.label,
                help_text=f"paling tinggi {self._worth(1, item.points * self.maximum / whole)} poin",
                required=False,
                choices=[(UNANSWERED, "Belum dijawab"), *((level.key, level.label) for level in self.rule.levels)],
                widget=forms.Select(attrs={"aria-describedby": f"item_{item.key}-error"}),
            )
            for item in self.rule.items
        }

    def typed_value(self) -> scoring.Value:
        """The value as it would be stored, whatever else in the form is wrong. Raises ValueError for the screen."""
        cleaned = self.cleaned_data
        if isinstance(self.rule, scoring.Checklist):
            return scoring.normalise(
                self.rule, {item.key: cleaned.get(f"item_{item.key}") or "" for item in self.rule.items}
            )
        return scoring.normalise(self.rule, cleaned.get("value"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        try:
            cleaned["value"] = self.typed_value()
        except ValueError as fault:
            self.add_error(None if isinstance(self.rule, scoring.Checklist) else "value", str(fault))
        return cleaned

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields of the answer itself, without note and version."""
        return [self[name] for name in self.fields if name not in ("note", "version")]


def _want_field(answer: Answer, open_want: str = "") -> forms.ChoiceField:
    wants = [(want["key"], want["label"]) for want in answer.question.wants]
    return forms.ChoiceField(
        label="Memenuhi permintaan", required=False, choices=[*wants, ("", "Pendukung lain")], initial=open_want
    )


class EvidenceForm(forms.Form):
    """A file to put to an answer. Its size and type are judged by the evidence service, not here."""

    file = forms.FileField(
        label="Berkas",
        error_messages={
            "required": "Pilih berkas yang akan diunggah.",
            "empty": "Berkas ini kosong. Pilih berkas lain.",
        },
        max_length=255,
        allow_empty_file=True,
        widget=forms.ClearableFileInput(
            attrs={"accept": ".pdf,.jpg,.jpeg,.png,.xlsx,.docx,application/pdf,image/jpeg,image/png"}
        ),
    )
    title = forms.CharField(
        label="Judul dokumen", required=False, max_length=200, help_text="Bila kosong, nama berkas yang dipakai."
    )
    kind = forms.ChoiceField(
        label="Jenis dokumen",
        choices=[choice for choice in EvidenceKind.choices if choice[0] != EvidenceKind.LINK],
        initial=EvidenceKind.OTHER,
    )
    personal_data = forms.BooleanField(
        label="Memuat data pribadi atau data anak",
        required=False,
        initial=True,
        help_text="Hanya pemilik, koordinator, gugus tugas, dan penilai yang dapat membukanya.",
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, answer: Answer, open_want: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "file_%s"
        self.fields["want"] = _want_field(answer, open_want)
        self.fields["once"].initial = str(uuid.uuid4())
        # The file comes last: of a form that is cut off for its size, what stands behind the file is lost.
        self.order_fields(["once", "want", "kind", "title", "personal_data", "file"])


class LinkForm(forms.Form):
    """The address of a document on the web."""

    url = forms.URLField(
        label="Alamat tautan",
        max_length=500,
        assume_scheme="https",
        error_messages={
            "required": "Isi alamat tautan.",
            "invalid": "Alamat tidak lengkap. Tulis seperti https://jdih.contoh.go.id/dokumen.",
        },
    )
    title = forms.CharField(
        label="Judul dokumen", max_length=200, error_messages={"required": "Beri judul agar penilai mengenalinya."}
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, answer: Answer, open_want: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "link_%s"
        self.fields["want"] = _want_field(answer, open_want)
        self.fields["once"].initial = str(uuid.uuid4())
        self.order_fields(["url", "title", "want"])
