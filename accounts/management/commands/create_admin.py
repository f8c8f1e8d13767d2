from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.forms import USERNAME, clean_name
from accounts.models import User
from accounts.services import invitations, people, second_factor


class Command(BaseCommand):
    """The only door that needs no inviter: whoever has a shell on the server owns the portal anyway.

    A new name becomes a national admin. With --again one who can no longer sign in gets a new link; that is
    the way back when no colleague is left who could make one. Passwords are never asked for, printed or given here.
    """

    help = "Membuat admin nasional dan mencetak tautan sekali pakai untuk membuat kata sandinya."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="nama pengguna, misalnya siti.aminah")
        parser.add_argument("--name", default="", metavar="NAMA", help="nama lengkap; wajib untuk orang baru")
        parser.add_argument("--again", action="store_true", help="tautan baru bagi admin nasional yang sudah ada")
        parser.add_argument(
            "--drop-second-factor", action="store_true", help="dengan --again: hapus juga verifikasi dua langkahnya"
        )
        parser.add_argument("--base-url", metavar="ALAMAT", help="alamat portal; bawaan: https:// dan host pertama")

    def handle(
        self, *args: Any, username: str, name: str, again: bool, drop_second_factor: bool, **options: Any
    ) -> None:
        if drop_second_factor and not again:
            raise CommandError("--drop-second-factor hanya berlaku bersama --again.")
        base = _base_url(options["base_url"])
        username = clean_name(username)
        token = _renew(username, drop_second_factor) if again else _create(username, " ".join(name.split()))
        path = reverse("accounts:invitation_accept", args=[token])
        self.stdout.write(f"Tautan sekali pakai untuk {username}, berlaku 48 jam, hanya tampil di sini:\n{base}{path}")


def _base_url(given: str | None) -> str:
    """Where the link leads. Raises CommandError before anything is written: a link without a place is lost."""
    if given:
        if not given.startswith(("https://", "http://")):
            raise CommandError("--base-url diawali https:// atau http://.")
        return given.rstrip("/")
    if not settings.ALLOWED_HOSTS:
        raise CommandError("KLA_ALLOWED_HOSTS kosong. Isi, atau sebutkan --base-url.")
    return f"https://{settings.ALLOWED_HOSTS[0].lstrip('.')}"


def _create(username: str, full_name: str) -> str:
    if not USERNAME.fullmatch(username):
        raise CommandError("Nama pengguna: sedikitnya 3 huruf kecil, angka, titik, atau tanda hubung, tanpa spasi.")
    if not 0 < len(full_name) <= 120:
        raise CommandError("Sebutkan nama lengkap (paling banyak 120 huruf) dengan --name.")
    newcomer = people.Newcomer(username, full_name)
    try:
        _, token = people.invite(newcomer, role=Role.NATIONAL_ADMIN, region=None, agency=None, by=None)
    except people.NameTaken:
        raise CommandError(
            f"Nama pengguna {username} sudah dipakai. Untuk admin nasional yang sudah ada: --again."
        ) from None
    return token


def _renew(username: str, drop_second_factor: bool) -> str:
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None or not person.memberships.current().filter(role=Role.NATIONAL_ADMIN).exists():
        raise CommandError(f"{username} bukan admin nasional yang aktif. Tidak ada yang diubah.")
    with transaction.atomic():
        if drop_second_factor:
            second_factor.remove(person, by=None)
        return invitations.renew(person, by=None)
