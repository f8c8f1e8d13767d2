"""The import of an instrument: a file, or the content of one that has been read and waits for a yes."""

from typing import Any

from django import forms
from django.core import signing

from clusters import files, loading
from clusters.content import InstrumentData
from clusters.nodes import Fault, Invalid, Place
from clusters.writing import yaml_text

SALT, HOURS = "clusters.import", 24


class ImportForm(forms.Form):
    """`data` is the checked instrument of a valid form, `faults` what is wrong with the file of an invalid one.

    What was read goes to the confirming page and back as signed, compressed YAML; so nothing is kept in between, and
    nobody chooses a file twice.
    """

    file = forms.FileField(
        label="Berkas instrumen", required=False, allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": files.ACCEPT}),
    )  # fmt: skip
    content = forms.CharField(required=False, widget=forms.HiddenInput)
    replacing = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    once = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.data_read: InstrumentData | None = None
        self.faults: tuple[Fault, ...] = ()

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if self.errors:
            return typed
        try:
            self.data_read = self._read(typed)
        except Invalid as invalid:
            self.faults = invalid.faults
            raise forms.ValidationError("Berkas tidak dapat dimuat.") from None
        return typed

    def _read(self, typed: dict[str, Any]) -> InstrumentData:
        if typed.get("content"):
            try:
                text = signing.loads(typed["content"], salt=SALT, max_age=HOURS * 3600)
            except signing.BadSignature:
                raise forms.ValidationError("Isi berkas sudah kedaluwarsa. Pilih berkasnya sekali lagi.") from None
            return loading.read(str(text).encode())
        if not typed.get("file"):
            raise forms.ValidationError("Pilih berkas instrumen lebih dahulu.")
        return files.read(typed["file"].name, typed["file"])

    def refuse(self, problem: str, cure: str) -> None:
        """The portal's own word against a file that is right in itself."""
        self.faults = (Fault("", Place(0, column="Kode instrumen"), problem, cure),)
        self.add_error(None, "Berkas tidak dapat dimuat.")


def carried(data: InstrumentData) -> str:
    """The content as the confirming page carries it."""
    return signing.dumps(yaml_text(data), salt=SALT, compress=True)
