"""A file in a form, as every upload of the portal has it (templates/components/upload_fields.html)."""

import uuid
from typing import Any

from django import forms

from evidence.enums import EvidenceKind


class FileForm(forms.Form):
    """A file: in the form, or sent before in pieces (`upload`). The evidence service judges it.

    The file is to be the last field: of a form that is cut off for its size, what stands behind the file is lost.
    """

    upload = forms.UUIDField(required=False, widget=forms.HiddenInput)
    file = forms.FileField(
        label="Berkas",
        required=False,
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
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "file_%s"
        self.fields["once"].initial = str(uuid.uuid4())

    @property
    def elsewhere(self) -> bool:
        """Does something else stand in for the file?"""
        return False

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not (given.get("file") or given.get("upload") or self.elsewhere or "file" in self.errors):
            self.add_error("file", self.fields["file"].error_messages["required"])
        return given


def kind_field(*, links: bool = False) -> forms.ChoiceField:
    """What sort of document it is."""
    return forms.ChoiceField(
        label="Jenis dokumen",
        choices=[choice for choice in EvidenceKind.choices if links or choice[0] != EvidenceKind.LINK],
        initial=EvidenceKind.OTHER,
    )


def personal_field() -> forms.BooleanField:
    """Whether it is closed to those who need not see it; assumed unless somebody says otherwise."""
    return forms.BooleanField(
        label="Memuat data pribadi atau data anak",
        required=False,
        initial=True,
        help_text="Hanya pemilik, koordinator, gugus tugas, dan penilai yang dapat membukanya.",
    )
