"""What people type about themselves and about each other."""

import re
from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password

from accounts.enums import OF_A_CITY, Role
from accounts.middleware import is_fresh
from accounts.models import Membership, User
from accounts.permissions import MAY_INVITE, NOT_YOURSELF, can_invite
from accounts.services import second_factor
from regions.enums import Level
from regions.models import Agency, Region

WRONG = "Nama pengguna atau kata sandi tidak cocok. Periksa huruf besar dan kecil, lalu coba lagi."
NO_MEMBERSHIP = "Akun Anda tidak mempunyai peran yang berlaku. Hubungi koordinator KLA di daerah Anda."
NAME_TAKEN = "Nama pengguna ini tidak dapat dipakai. Pilih yang lain."
USERNAME = re.compile(r"^[a-z0-9][a-z0-9._@-]{2,79}$")
"""What a user name looks like, after `clean_name`."""
NAME_MAX = 80
CONFIRM_PREFIX = "pastikan"
"""Before the names of what is asked over another form, so that both can be sent together."""
PASSWORD_MAX = 128
"""Characters; longer ones would only cost the server time."""


def clean_name(raw: str) -> str:
    """A user name as it is stored: trimmed and in lower case.

    >>> clean_name(" Siti.Aminah ")
    'siti.aminah'
    """
    return raw.strip().lower()


class SignInForm(AuthenticationForm):
    """Name and password. Whatever is wrong with them, the answer is the same sentence."""

    error_messages = {"invalid_login": WRONG, "inactive": WRONG, "no_membership": NO_MEMBERSHIP}

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        name: Any
        password: Any
        name, password = self.fields["username"], self.fields["password"]
        name.label, password.label = "Nama pengguna", "Kata sandi"
        name.widget.attrs.update(
            autocapitalize="none", autocomplete="username", spellcheck="false", maxlength=str(NAME_MAX)
        )
        password.widget.attrs.update(autocomplete="current-password", maxlength=str(PASSWORD_MAX))

    def clean_username(self) -> str:
        """No longer than a user name can be; the counter of wrong sign-ins has no room for more."""
        name = clean_name(self.cleaned_data["username"])
        if len(name) > NAME_MAX:
            raise forms.ValidationError(WRONG)
        return name

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if len(password) > PASSWORD_MAX:
            raise forms.ValidationError(WRONG)
        return password

    def clean(self) -> dict[str, Any]:
        return super().clean() if not self.errors else self.cleaned_data

    def confirm_login_allowed(self, user: Any) -> None:
        """Said only to somebody who knew the password, so it tells a stranger nothing."""
        super().confirm_login_allowed(user)
        if user.acting is None:
            raise forms.ValidationError(self.error_messages["no_membership"], code="no_membership")


class Reauthentication(forms.Form):
    """The present password, asked again before something that a thief of the session must not be able to do.

    Wrong ones count like wrong ones at sign-in: after five this page, too, has to wait.
    """

    password = forms.CharField(
        label="Kata sandi saat ini",
        max_length=PASSWORD_MAX,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: Any, *args: Any, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if not authenticate(self.request, username=self.request.user.username, password=password):
            raise forms.ValidationError("Kata sandi saat ini tidak cocok.", code="invalid_login")
        return password


class AgainWithCode(Reauthentication):
    """The present password, and after a while a code of the second factor, where there is one: of a session that was
    left open the password may be known to whoever sits there, the phone is not theirs."""

    def __init__(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        if not is_fresh(request) and second_factor.has_device(request.user):
            self.fields["present_code"] = code_field()

    def clean(self) -> dict[str, Any]:
        """A code is used up by being looked at, so it is looked at last."""
        data = self.cleaned_data
        if "present_code" in data and not self.errors:
            refuse_wrong_code(self, "present_code")
        return data


class ConfirmationForm(Reauthentication):
    """Who sits there, asked again before what cannot be undone: the password, and a code where there is a device."""

    asked = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)

    def __init__(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["password"].widget.attrs["autofocus"] = True
        if second_factor.has_device(request.user):
            self.fields["code"] = code_field()

    def clean(self) -> dict[str, Any]:
        if "code" in self.cleaned_data and not self.errors:
            refuse_wrong_code(self, "code")
        return self.cleaned_data


def code_field() -> forms.CharField:
    return forms.CharField(
        label="Kode 6 angka dari aplikasi, atau kode cadangan",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


def refuse_wrong_code(form: Any, field: str) -> None:
    """Look at the code, which is used up by that; an error beside the field if no device takes it."""
    if second_factor.verify(form.request.user, form.cleaned_data[field]) is None:
        form.add_error(field, "Kode ini tidak diterima. Setiap kode hanya berlaku sekali; isi kode yang sedang tampil.")


class NewPassword(forms.Form):
    """A password of one's own, twice."""

    new_password1 = forms.CharField(
        label="Kata sandi baru",
        max_length=PASSWORD_MAX,
        strip=False,
        help_text="Sedikitnya 12 karakter. Beberapa kata yang tidak berhubungan lebih kuat dan mudah diingat.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    new_password2 = forms.CharField(
        label="Ulangi kata sandi baru",
        max_length=PASSWORD_MAX,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    person: Any = None

    def clean(self) -> dict[str, Any]:
        first, second = self.cleaned_data.get("new_password1"), self.cleaned_data.get("new_password2")
        if first and second and first != second:
            self.add_error("new_password2", "Kedua kata sandi tidak sama.")
        elif first:
            try:
                validate_password(first, self.person)
            except forms.ValidationError as error:
                self.add_error("new_password1", error)
        return self.cleaned_data


class InvitedPasswordForm(NewPassword):
    """For the holder of a one-time link."""

    def __init__(self, person: Any, *args: Any, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)


class PasswordChangeForm(NewPassword, Reauthentication):
    """The old one, and a different new one."""

    field_order = ["password", "new_password1", "new_password2"]

    def __init__(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.person = request.user

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("password") and data.get("new_password1") == data["password"]:
            self.add_error("new_password1", "Kata sandi baru harus berbeda dari yang sekarang.")
        return data


class CodeForm(forms.Form):
    """Six digits of the app, or a recovery code."""

    code = forms.CharField(
        label="Kode",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class SecondFactorSetupForm(Reauthentication):
    """The password, and a first code that shows that the app has the secret."""

    field_order = ["password", "code"]
    code = forms.RegexField(
        r"^\s*\d{3}\s?\d{3}\s*$",
        label="Kode 6 angka dari aplikasi",
        error_messages={"invalid": "Isi 6 angka yang tampil di aplikasi."},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).replace(" ", "")


def phone_field() -> forms.RegexField:
    return forms.RegexField(
        r"^\+?[0-9][0-9 ()-]{7,18}$",
        label="Nomor WhatsApp",
        required=False,
        help_text="Boleh kosong. Contoh: 0812 3456 7890.",
        error_messages={"invalid": "Tulis nomor telepon dengan angka, misalnya 0812 3456 7890."},
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )


class ProfileForm(forms.Form):
    """One's own contact data. A new address for mail asks for the password: it would receive what is meant for me."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    email = forms.EmailField(label="Surel", required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    phone = phone_field()
    wants_digest = forms.BooleanField(
        label="Kirimi saya ringkasan pemberitahuan yang belum dibaca",
        required=False,
        help_text="Sekali sehari, pukul 07.00 di daerah Anda, ke alamat surel di atas. Isinya judul dan tautan saja.",
    )
    password = forms.CharField(
        label="Kata sandi saat ini",
        required=False,
        max_length=PASSWORD_MAX,
        strip=False,
        help_text="Hanya perlu diisi bila alamat surel diubah.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: Any, *args: Any, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)
        if not is_fresh(request) and second_factor.has_device(request.user):
            self.fields["present_code"] = code_field()
            self.fields["present_code"].required = False
            self.fields["present_code"].help_text = "Hanya perlu diisi bila alamat surel diubah."

    def clean(self) -> dict[str, Any]:
        data, user = self.cleaned_data, self.request.user
        if "email" in data and data["email"] != user.email:
            password = data.get("password")
            if not password:
                self.add_error("password", "Isi kata sandi Anda untuk mengubah surel.")
            elif not authenticate(self.request, username=user.username, password=password):
                self.add_error("password", forms.ValidationError("Kata sandi saat ini tidak cocok.", "invalid_login"))
            elif "present_code" in self.fields:
                refuse_wrong_code(self, "present_code")
        return data


class AgencyField(forms.ModelChoiceField):
    def label_from_instance(self, agency: Any) -> str:
        return str(agency.name)


class InviteForm(forms.Form):
    """A person, and the role they get. Offers only what `actor` may give; `person` is who has the account already."""

    once = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    full_name = forms.CharField(
        label="Nama lengkap", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    username = forms.RegexField(
        USERNAME,
        label="Nama pengguna",
        help_text="Huruf kecil, angka, titik, atau tanda hubung; sedikitnya 3. Contoh: siti.aminah",
        error_messages={"invalid": "Pakai sedikitnya 3 huruf kecil, angka, titik, atau tanda hubung, tanpa spasi."},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
    email = forms.EmailField(label="Surel", required=False, help_text="Boleh kosong.")
    phone = phone_field()
    role = forms.ChoiceField(label="Peran")
    region = forms.ChoiceField(label="Daerah", required=False)
    agency = AgencyField(Agency.objects.none(), label="Perangkat daerah", required=False, empty_label="— pilih —")
    existing = forms.BooleanField(
        label="Ya, tambahkan peran kepada orang ini", required=False, widget=forms.HiddenInput
    )

    def __init__(self, actor: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.person: User | None = None
        role: Any = self.fields["role"]
        region: Any = self.fields["region"]
        agency: Any = self.fields["agency"]
        role.choices = [("", "— pilih —")] + [(one.value, one.label) for one in MAY_INVITE[actor.acting.role]]
        if actor.acts_as(Role.COORDINATOR):
            choices, self.regions = places_inside(actor)
            region.help_text = "Untuk operator kecamatan/desa/kelurahan. Selain itu biarkan kosong."
            agency.queryset = Agency.objects.visible_to(actor).of(actor.acting.region)
            agency.help_text = "Hanya untuk operator perangkat daerah."
        else:
            choices, self.regions = provinces_and_cities(actor)
            self.fields[
                "region"
            ].help_text = "Kabupaten/kota untuk koordinator, provinsi untuk verifikator; kosong untuk peran nasional."
            del self.fields["agency"]
        region.choices = [("", "— pilih —"), *choices]

    def clean_username(self) -> str:
        return clean_name(self.cleaned_data["username"])

    def clean_region(self) -> Region | None:
        return self.regions.get(self.cleaned_data["region"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        self._clean_role(data)
        if "username" in data:
            self._clean_person(data["username"])
        return data

    def _clean_role(self, data: dict[str, Any]) -> None:
        role = data.get("role")
        if role in OF_A_CITY and data.get("region") is None and self.actor.acts_as(Role.COORDINATOR):
            data["region"] = self.actor.acting.region
        if role and "region" in data and not (decision := can_invite(self.actor, role, data["region"])):
            self.add_error("region", decision.reason)
        if role == Role.OPERATOR and not data.get("agency") and "agency" not in self.errors:
            self.add_error("agency", "Pilih perangkat daerah tempat operator ini bekerja.")
        if role != Role.OPERATOR:
            data["agency"] = None

    def _clean_person(self, username: str) -> None:
        """A name in use belongs to somebody the inviter sees, and is meant; or it is just not to be had."""
        person = User.objects.filter(username=username).first()
        if person is None:
            return
        if not Membership.objects.visible_to(self.actor).filter(user=person).exists():
            self.add_error("username", NAME_TAKEN)
        elif person.pk == self.actor.pk:
            self.add_error("username", NOT_YOURSELF)
        elif not self.cleaned_data.get("existing"):
            self.fields["existing"].widget = forms.CheckboxInput()
            self.add_error(
                "username",
                f"Nama pengguna ini milik {person}. Centang di bawah bila memang orang itu yang Anda maksud.",
            )
        else:
            self.person = person


def places_inside(actor: Any) -> tuple[list[tuple[str, str]], dict[str, Region]]:
    """Choices for a coordinator: the own region, its kecamatan, and their desa and kelurahan."""
    rows = Region.objects.visible_to(actor).within(actor.acting.region_id).filter(gone_since=None)
    regions = {region.code: region for region in rows}
    return [(code, _place(region, regions)) for code, region in regions.items()], regions


def _place(region: Region, regions: dict[str, Region]) -> str:
    if region.level == Level.VILLAGE and (district := regions.get(region.parent_code)):
        return f"{region.name}, Kecamatan {district.name}"
    return f"Kecamatan {region.name}" if region.level == Level.DISTRICT else region.name


def provinces_and_cities(actor: Any) -> tuple[list[Any], dict[str, Region]]:
    """Choices for a national admin: each province with its kabupaten and kota."""
    rows = Region.objects.visible_to(actor).filter(level__lte=Level.REGENCY, gone_since=None).order_by("code")
    regions = {region.code: region for region in rows}
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, region in regions.items():
        province = regions.get(code[:2], region)
        groups.setdefault(province.name, []).append((code, region.name))
    return list(groups.items()), regions
