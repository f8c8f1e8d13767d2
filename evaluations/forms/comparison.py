from typing import Any

from django import forms


class CompareForm(forms.Form):
    """With what an evaluation is compared; its state lives in the address."""

    dengan = forms.ChoiceField(label="Bandingkan dengan", required=False)

    def __init__(self, *args: Any, options: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dengan"].choices = options  # type: ignore[attr-defined]
