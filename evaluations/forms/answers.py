"""The answer form: one shape per kind of question, all read through `clusters.scoring.normalise`."""

import json
import uuid
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import cached_property

from clusters import scoring
from clusters.wants import Want, parse_want
from evaluations.forms.files import FileForm, kind_field, personal_field
from evaluations.forms.library import SaidMixin
from evaluations.forms.tables import MOST_CELLS, SPARE, Cell, Grid, RowsField, RowsInput, as_rows, cells_of
from evaluations.models import Answer
from evaluations.queries.showing import table_rows
from evaluations.queries.units import units_in
from kla_portal.lib.forms import LinesField
from kla_portal.lib.numbers import plain_text, points_text

UNANSWERED = ""
INAPPLICABLE = "Tidak berlaku bagi daerah ini"


class AnswerForm(forms.Form):
    """Value, note and the version that was looked at.

    `cleaned_data["value"]` is what `Answer.value` stores. A checklist has one field per item, `item_<key>`; two years
    have `before` and `now`, a rollup `met` and `of`; a table its rows (`evaluations.forms.tables`); the other kinds one
    field, `value`. Choices say how many points they earn. Where the question may be inapplicable, one more choice or
    the field `inapplicable` says so, and the note must give the reason.
    """

    note = LinesField(
        label="Catatan",
        required=False,
        max_length=10_000,
        help_text="Jelaskan hal yang perlu diketahui penelaah, misalnya sumber dan tahun angka.",
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control", "aria-describedby": "note-help note-error"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, answer: Answer, rule: scoring.Rule, spare: int = SPARE, **kwargs: Any):
        self.rule = rule
        self.spare = spare
        self.maximum = answer.question.max_points
        self.may_be_inapplicable = answer.question.may_be_inapplicable
        self.years = answer.evaluation.cycle.compared_years
        self.offered = self._offered(answer)
        initial = {"note": answer.note, "version": answer.version} | self._initial(answer.value)
        super().__init__(data, initial=initial, **kwargs)
        asked = self._asked_fields()
        if self.may_be_inapplicable:
            self.fields["note"].help_text += " Bila pertanyaan tidak berlaku, tulis alasannya di sini."
            if not self.radios_shown:
                asked["inapplicable"] = forms.BooleanField(label=INAPPLICABLE, required=False)
        self.fields = asked | self.fields

    def _offered(self, answer: Answer) -> str:
        """How many kecamatan or desa the region has, offered while nobody has written another number."""
        if not isinstance(self.rule, scoring.Rollup) or (answer.value and "of" in answer.value):
            return ""
        return str(units_in(answer.evaluation.region_id, self.rule.of) or "")

    def _initial(self, value: Any) -> dict[str, Any]:
        if value == scoring.NOT_APPLICABLE and not self.radios_shown:
            return {"inapplicable": True, "of": self.offered}
        if isinstance(self.rule, scoring.Checklist):
            return {f"item_{key}": level for key, level in (value or {}).items()}
        if isinstance(self.rule, scoring.Table):
            return {"value": table_rows(self.rule, value)}
        if self.part_names:
            return {"of": self.offered} | {name: plain_text(text) for name, text in (value or {}).items()}
        if isinstance(self.rule, scoring.Banded) and value is not None:
            return {"value": plain_text(value)}
        return {"value": value or UNANSWERED}

    def _worth(self, fraction: Any, maximum: Any = None) -> str:
        return points_text(scoring.points(Decimal(fraction), self.maximum if maximum is None else maximum))

    # --- the fields of each kind --------------------------------------------------------------------------------------
    def _asked_fields(self) -> dict[str, forms.Field]:
        rule = self.rule
        if isinstance(rule, scoring.Checklist):
            return self._item_fields(rule)
        if isinstance(rule, scoring.Table):
            return {"value": RowsField(rule, label="Isi matriks")}
        if isinstance(rule, scoring.Rollup):
            unit = scoring.ROLLUP_OF[rule.of]
            helped = f"Menurut data wilayah: {plain_text(self.offered)}. Ubah bila berbeda." if self.offered else ""
            return {
                "met": _number_field("met", f"Jumlah {unit} yang memenuhi"),
                "of": _number_field("of", f"Jumlah seluruh {unit}", help_text=helped),
            }
        if isinstance(rule, scoring.Banded) and rule.compare is not None:
            labels = zip(("before", "now"), self.years, strict=True)
            return {name: _number_field(name, f"{year} ({rule.unit})") for name, year in labels}
        if isinstance(rule, scoring.Banded):
            label = "Persentase" if rule.kind == "percentage" else "Jumlah"
            return {"value": _number_field("value", f"{label} ({rule.unit})")}
        return {"value": self._radio_field(rule)}

    def _radio_field(self, rule: scoring.YesNo | scoring.Choice) -> forms.Field:
        steps = scoring.ladder(rule)
        self.worth = {step.key: self._worth(step.fraction) for step in steps}
        self.choices = [(step.key, step.label) for step in steps]
        if self.may_be_inapplicable:
            self.choices.append((scoring.NOT_APPLICABLE, INAPPLICABLE))
        self.choices.append((UNANSWERED, "Belum dijawab"))
        return forms.ChoiceField(label="Jawaban", required=False, choices=self.choices, widget=forms.RadioSelect)

    def _item_fields(self, rule: scoring.Checklist) -> dict[str, forms.Field]:
        return {
            f"item_{item.key}": forms.ChoiceField(
                label=item.label,
                help_text=f"paling tinggi {self._worth(1, item.points * self.maximum / rule.weight)} poin",
                required=False,
                choices=[(UNANSWERED, "Belum dijawab"), *((level.key, level.label) for level in rule.levels)],
                widget=forms.Select(attrs={"aria-describedby": f"item_{item.key}-error"}),
            )
            for item in rule.items
        }

    # --- what the page asks the form ----------------------------------------------------------------------------------
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
    def table_shown(self) -> bool:
        return isinstance(self.rule, scoring.Table)

    @property
    def part_names(self) -> tuple[str, ...]:
        """The fields of an answer that has two numbers."""
        if isinstance(self.rule, scoring.Rollup):
            return ("met", "of")
        compared = isinstance(self.rule, scoring.Banded) and self.rule.compare is not None
        return ("before", "now") if compared else ()

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields of the answer itself, without note, version and the mark that it does not apply."""
        return [self[name] for name in self.fields if name not in ("note", "version", "inapplicable")]

    @property
    def grid(self) -> Grid:
        """The rows of a table as typed or stored."""
        return self["value"].value() or []

    @cached_property
    def rows(self) -> list[list[Cell]]:
        """The rows of a table with some empty ones; only those where there are too many to be fields, for then the
        browser makes the rows of `gathered`. The first cell at fault, else the first, has the field's id."""
        self.errors  # noqa: B018  finds the cells at fault
        widget = self.fields["value"].widget
        assert isinstance(widget, RowsInput)
        rows = cells_of(widget, self.grid if self.cells_named else [], max(1, self.spare))
        first = next((cell for row in rows for cell in row if cell.wrong), rows[0][0])
        return [[replace(cell, id="id_value") if cell is first else cell for cell in row] for row in rows]

    @property
    def cells_named(self) -> bool:
        """Can every cell be a field of its own?"""
        assert isinstance(self.rule, scoring.Table)
        return (len(self.grid) + self.spare) * len(self.rule.columns) <= MOST_CELLS

    @property
    def gathered(self) -> str:
        """The rows of a table as the one field `rows`."""
        return json.dumps(self.grid, ensure_ascii=False, separators=(",", ":"))

    @property
    def resend(self) -> list[tuple[str, str]]:
        """Names and values with which the same answer is sent again, without the version."""
        table = [("rows", self.gathered)] if self.table_shown else []
        names = [name for name in self.fields if name != "version" and not (table and name == "value")]
        return table + [(name, self.data[name]) for name in names if name in self.data]

    @property
    def problem(self) -> str:
        """What is wrong with the answer itself, in one line."""
        faults = [
            str(fault) for name, found in self.errors.items() if name not in ("note", "version") for fault in found
        ]
        return " ".join(faults)

    @property
    def why(self) -> str:
        """What is wrong, short: the first fault, and how many there are beside it."""
        faults = [str(fault) for found in self.errors.values() for fault in found]
        return " ".join(faults[:1] + ([f"Dan {len(faults) - 1} kesalahan lain."] if len(faults) > 1 else []))

    # --- what was sent ------------------------------------------------------------------------------------------------
    def _typed(self) -> Any:
        """What was typed, as `scoring.normalise` takes it; nothing for the number of units that was only offered."""
        cleaned = self.cleaned_data
        if isinstance(self.rule, scoring.Checklist):
            return {item.key: cleaned.get(f"item_{item.key}") or "" for item in self.rule.items}
        if isinstance(self.rule, scoring.Table):
            return as_rows(self.rule, cleaned.get("value") or [])
        if self.part_names:
            typed = {name: cleaned.get(name) or "" for name in self.part_names}
            untouched = self.offered and not typed.get("met") and typed.get("of") == plain_text(self.offered)
            return {} if untouched else typed
        return cleaned.get("value")

    def _value(self) -> scoring.Value:
        value = scoring.normalise(self.rule, self._typed(), self.may_be_inapplicable)
        if not self.cleaned_data.get("inapplicable"):
            return value
        if value is not None:
            raise ValueError("Anda mengisi jawaban dan menandai pertanyaan tidak berlaku. Pilih salah satu.")
        return scoring.NOT_APPLICABLE

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self.part_names:
            try:
                scoring.normalise(self.rule, {name: cleaned.get(name) or ""})
            except ValueError as fault:
                self.add_error(name, str(fault))
        if self.problem:
            return cleaned
        try:
            cleaned["value"] = self._value()
        except ValueError as fault:
            self.add_error(None if self.items_shown else next(iter(self.fields)), str(fault))
        else:
            if not scoring.applies(cleaned["value"]) and "note" in cleaned and not cleaned["note"].strip():
                self.add_error("note", "Tulis alasannya: mengapa pertanyaan ini tidak berlaku bagi daerah Anda.")
        return cleaned


def _number_field(name: str, label: str, help_text: str = "") -> forms.CharField:
    described = f"{name}-help {name}-error" if help_text else f"{name}-error"
    attrs = {
        "inputmode": "decimal", "autocomplete": "off", "class": "form-control answer-number",
        "aria-describedby": described,
    }  # fmt: skip
    return forms.CharField(
        label=label, required=False, max_length=30, help_text=help_text, widget=forms.TextInput(attrs=attrs)
    )


def want_field(answer: Answer, open_want: str = "") -> forms.ChoiceField:
    wants = [(want["key"], want["label"]) for want in answer.question.wants]
    return forms.ChoiceField(
        label="Memenuhi permintaan", required=False, choices=[*wants, ("", "Pendukung lain")], initial=open_want
    )


def page_field() -> forms.CharField:
    """Where in the document to look."""
    return forms.CharField(
        label="Halaman yang dirujuk",
        required=False,
        max_length=40,
        help_text="Misalnya “hal. 12”; berkas yang tampil per halaman dibuka di situ. Tulisan lain hanya ditampilkan.",
    )


FACTS = {
    "signed": ("number", "dated", "signatory"),
    "years": ("data_year",),
    "valid": ("valid_from", "valid_until"),
}
"""What a demand asks to be told of a document."""


def fact_names(wants: Iterable[Want]) -> tuple[str, ...]:
    """What wants ask to be told, each once."""
    asked = [name for demand, names in FACTS.items() for name in names if any(getattr(want, demand) for want in wants)]
    return tuple(asked)


class EvidenceForm(FileForm):
    """A file for an answer, with what is said of it at once."""

    title = forms.CharField(
        label="Judul dokumen", required=False, max_length=200, help_text="Bila kosong, nama berkas yang dipakai."
    )
    kind = kind_field()
    personal_data = personal_field()

    def __init__(self, *args: Any, answer: Answer, open_want: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["want"] = want_field(answer, open_want)
        self.fields["page_hint"] = page_field()
        self.wants = {want["key"]: parse_want(want) for want in answer.question.wants}
        self.open_want = self.wants.get(open_want)
        if self.open_want and len(self.open_want.kinds) == 1:
            self.fields["kind"].initial = self.open_want.kinds[0]
        self.fact_names = fact_names(self.wants.values())
        self.fields |= {name: deepcopy(SaidMixin.base_fields[name]) for name in self.fact_names}
        first = ["once", "upload", "want", "kind", "title", "page_hint", "personal_data"]
        self.order_fields([*first, *self.fact_names, "file"])

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """What every document is asked."""
        apart = {*self.fact_names, "file"}
        return [field for field in self.visible_fields() if field.name not in apart]

    @property
    def fact_fields(self) -> list[forms.BoundField]:
        """What is asked of a document because something wanted here demands it."""
        return [self[name] for name in self.fact_names]

    @property
    def facts_open(self) -> bool:
        """Does the want that is offered demand any of it, or is something of it filled in or wrong?"""
        demanded = fact_names([self.open_want]) if self.open_want else ()
        return bool(demanded) or any(self[name].value() or name in self.errors for name in self.fact_names)

    @property
    def facts(self) -> dict[str, Any]:
        """What was filled in of it, under the names of the item's fields."""
        given = {name: self.cleaned_data[name] for name in self.fact_names}
        return {name: value for name, value in given.items() if value not in (None, "")}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        since, until = given.get("valid_from"), given.get("valid_until")
        if since and until and until < since:
            self.add_error("valid_until", "Akhir masa berlaku tidak boleh sebelum awalnya.")
        return given


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
    personal_data = personal_field()
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, answer: Answer, open_want: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "link_%s"
        self.fields["want"] = want_field(answer, open_want)
        self.fields["page_hint"] = page_field()
        self.fields["once"].initial = str(uuid.uuid4())
        self.order_fields(["url", "title", "want", "page_hint", "personal_data"])
