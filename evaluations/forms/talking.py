"""What is sent from a conversation."""

from typing import Any

from django import forms

from evaluations.enums import Audience
from kla_portal.lib.forms import LinesField

OPEN, REPLY, RESOLVE, REOPEN, TAKE_BACK = "open", "reply", "resolve", "reopen", "take_back"
SPEAKS = (OPEN, REPLY)
DOES = [
    (OPEN, "Mulai"), (REPLY, "Balas"), (RESOLVE, "Selesai"), (REOPEN, "Buka lagi"), (TAKE_BACK, "Hapus"),
]  # fmt: skip


class TalkForm(forms.Form):
    """One act: `thread` for all but the first, `version` to resolve it, `comment` to take it back."""

    does = forms.ChoiceField(choices=DOES)
    audience = forms.ChoiceField(choices=Audience.choices)
    thread = forms.UUIDField(required=False)
    comment = forms.IntegerField(required=False, min_value=1)
    version = forms.IntegerField(required=False, min_value=1)
    text = LinesField(label="Pesan", required=False, max_length=4000)
    once = forms.CharField(required=False, max_length=64)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        does = given.get("does")
        if does in SPEAKS and "text" in given and not given["text"].strip():
            self.add_error("text", "Tulis pesan Anda dahulu.")
        wanted = {REPLY: "thread", RESOLVE: "version", REOPEN: "version", TAKE_BACK: "comment"}.get(does or "")
        if wanted and not given.get(wanted):
            self.add_error(None, "Formulir ini tidak lengkap. Muat ulang halaman, lalu coba lagi.")
        return given


class TalkFilter(forms.Form):
    """Which audience is shown; whatever cannot be read is left out."""

    untuk = forms.ChoiceField(required=False, choices=Audience.choices)

    @property
    def chosen(self) -> str:
        self.is_valid()
        return str(self.cleaned_data.get("untuk", ""))
