"""A seat in the task force, as the coordinator sends it."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import User

SET, REMOVE = "set", "remove"


class SeatForm(forms.Form):
    """One member's seat: the clusters ticked (none: all) and the chair; or that the seat is taken away. `version` is
    that of the seat that was on the screen, 0 for none."""

    does = forms.ChoiceField(choices=[(SET, "Simpan"), (REMOVE, "Keluarkan")])
    member = forms.ModelChoiceField(User.objects.none())
    clusters = forms.MultipleChoiceField(label="Klaster", required=False)
    is_chair = forms.BooleanField(label="Ketua", required=False)
    version = forms.IntegerField(min_value=0)
    once = forms.CharField(required=False, max_length=64)

    def __init__(self, *args: Any, members: Sequence[User], clusters: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        member: Any = self.fields["member"]
        member.queryset = User.objects.filter(pk__in=[each.pk for each in members])
        ticks: Any = self.fields["clusters"]
        ticks.choices = clusters
