"""What people type about themselves and about each other."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from accounts.models import User

WRONG = "Nama pengguna atau kata sandi tidak cocok. Periksa huruf besar dan kecil, lalu coba lagi."
NO_MEMBERSHIP = "Akun Anda tidak mempunyai peran yang berlaku. Hubungi koordinator KLA di daerah Anda."
PASSWORD_MAX = 128


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
        name, password = self.fields["username"], self.fields["password"]
        name.label, password.label = "Nama pengguna", "Kata sandi"
        name.max_length = User._meta.get_field("username").max_length
        name.widget.attrs.update(autocapitalize="none", autocomplete="username", spellcheck="false", maxlength="80")
        password.widget.attrs.update(autocomplete="current-password", maxlength=str(PASSWORD_MAX))

    def clean_username(self) -> str:
        return clean_name(self.cleaned_data["username"])

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
