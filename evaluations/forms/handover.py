from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User


class HandoverForm(forms.Form):
    """Who takes over; nobody is an answer too, for a successor who is not there yet."""

    successor = forms.TypedChoiceField(
        label="Penerus",
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    moves = forms.BooleanField(
        label="Pindahkan juga kursi gugus tugas atau penugasan evaluator kepada penerus", required=False, initial=True
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {person.pk: person for person in people}
        field: Any = self.fields["successor"]
        field.choices = [("", "Belum ada penerus"), *((pk, str(person)) for pk, person in self.people.items())]

    @property
    def person(self) -> User | None:
        """The chosen one, of a valid form."""
        return self.people.get(self.cleaned_data["successor"])
