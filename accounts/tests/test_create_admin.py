from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.enums import Role
from accounts.models import Invitation, Membership, User
from accounts.tests.make import make_membership, make_user
from trail.models import Event

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options) -> str:
    out = StringIO()
    call_command("create_admin", *arguments, stdout=out, **options)
    return out.getvalue()


def test_the_printed_link_makes_the_first_national_admin(client):
    said = run(" Siti.Aminah ", name="Siti  Aminah", base_url="https://kla.contoh.go.id/")
    link = said.split()[-1]
    assert link.startswith("https://kla.contoh.go.id/undangan/")
    [membership] = Membership.objects.all()
    assert (membership.role, membership.region, membership.user.username) == (Role.NATIONAL_ADMIN, None, "siti.aminah")
    assert membership.user.full_name == "Siti Aminah"
    assert not membership.user.has_usable_password()
    [event] = Event.objects.all()
    assert (event.action, event.actor, event.subject) == ("person_invited", None, f"user:{membership.user_id}")
    password = "seribu-taman-bermain"
    page = link.removeprefix("https://kla.contoh.go.id")
    answer = client.post(page, {"new_password1": password, "new_password2": password})
    assert answer.status_code == 302
    assert answer.url == reverse("accounts:sign_in")
    assert User.objects.get().check_password(password)


def test_the_link_leads_to_the_portals_first_host(settings):
    settings.ALLOWED_HOSTS = [".kla.contoh.go.id", "localhost"]
    assert "\nhttps://kla.contoh.go.id/undangan/" in run("siti.aminah", name="Siti Aminah")


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (["siti.aminah"], {}, "nama lengkap"),
        (["siti.aminah"], {"name": "S" * 121}, "nama lengkap"),
        (["si"], {"name": "Siti Aminah"}, "sedikitnya 3"),
        (["siti aminah"], {"name": "Siti Aminah"}, "tanpa spasi"),
        (["siti.aminah"], {"name": "Siti Aminah", "base_url": "kla.contoh.go.id"}, "--base-url"),
        (["siti.aminah"], {"name": "Siti Aminah", "drop_second_factor": True}, "--again"),
        (["siti.aminah"], {"again": True}, "bukan admin nasional"),
    ],
)
def test_what_is_wrong_leaves_nothing(arguments, options, words):
    with pytest.raises(CommandError, match=words):
        run(*arguments, **options)
    assert not User.objects.exists()
    assert not Event.objects.exists()


def test_without_a_host_nothing_is_made(settings):
    settings.ALLOWED_HOSTS = []
    with pytest.raises(CommandError, match="KLA_ALLOWED_HOSTS"):
        run("siti.aminah", name="Siti Aminah")
    assert not User.objects.exists()


def test_a_name_in_use_is_not_taken_over():
    make_user(Role.OPERATOR, username="siti.aminah")
    with pytest.raises(CommandError, match="sudah dipakai"):
        run("siti.aminah", name="Siti Aminah")
    assert not Membership.objects.filter(role=Role.NATIONAL_ADMIN).exists()
    assert not Invitation.objects.exists()


def test_again_gives_an_admin_a_new_link_and_nothing_else():
    admin = make_user(Role.NATIONAL_ADMIN, username="siti.aminah")
    TOTPDevice.objects.create(user=admin, name="Aplikasi", confirmed=True)
    assert "/undangan/" in run("siti.aminah", again=True)
    assert Invitation.objects.get().user == admin
    assert TOTPDevice.objects.filter(user=admin).exists()
    assert list(Event.objects.values_list("action", "actor")) == [("link_issued", None)]
    run("siti.aminah", again=True, drop_second_factor=True)
    assert not TOTPDevice.objects.filter(user=admin).exists()
    assert Event.objects.filter(action="second_factor_off", actor=None).exists()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.NATIONAL_ADMIN])
def test_again_is_for_national_admins_only(role):
    make_user(role, username="siti.aminah")
    with pytest.raises(CommandError, match="bukan admin nasional"):
        run("siti.aminah", again=True)
    assert not Invitation.objects.exists()


def test_again_is_not_for_somebody_whose_role_is_over():
    past = make_user(username="siti.aminah")
    make_membership(user=past, role=Role.NATIONAL_ADMIN, ends_on=timezone.localdate())
    with pytest.raises(CommandError, match="bukan admin nasional"):
        run("siti.aminah", again=True)
    assert not Invitation.objects.exists()
