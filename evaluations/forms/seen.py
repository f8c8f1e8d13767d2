"""What was on the screen when somebody said yes to all of it."""

import re
from typing import Any

from django import forms

MOST = 400
PAIR = re.compile(r"([0-9]{1,12}):([0-9]{1,9})", re.ASCII)


class SeenField(forms.Field):
    """Pairs "id:version" of the answers shown. Cleans to a list of (id, version)."""

    widget = forms.MultipleHiddenInput
    default_error_messages = {
        "required": "Tidak ada jawaban yang menunggu pada daftar ini.",
        "unreadable": "Daftar jawaban tidak dapat dibaca. Muat ulang halaman, lalu coba lagi.",
    }

    def to_python(self, value: Any) -> list[tuple[int, int]]:
        found = [PAIR.fullmatch(str(pair)) for pair in value or []]
        if len(found) > MOST or None in found:
            raise forms.ValidationError(self.error_messages["unreadable"], code="unreadable")
        return [(int(pair[1]), int(pair[2])) for pair in found if pair]


def joined(templates: list[str], typed: str) -> str:
    """The sentences ticked and the words typed, as one reason.

    >>> joined(["Berkas tidak terbaca."], " Pindai ulang. "), joined([], " ")
    ('Berkas tidak terbaca. Pindai ulang.', '')
    """
    return " ".join(part for part in (*templates, typed.strip()) if part)
