import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.enums import NEEDS_TOTP, Role
from accounts.services import second_factor
from accounts.tests.make import PASSWORD, make_user
from trail.models import Event

pytestmark = pytest.mark.django_db
SETUP, VERIFY = "/profil/dua-langkah/", "/masuk/kode/"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def code_of(device, drift=0):
    """What the person's app shows now, or `drift` steps of 30 seconds later."""
    generator = TOTP(device.bin_key, device.step, device.t0, device.digits)
    generator.time = timezone.now().timestamp() + drift * device.step
    return f"{generator.token():06d}"


def make_protected(role=Role.COORDINATOR, **fields):
    """A user with a confirmed device, and the recovery codes."""
    user = make_user(role, **fields)
    device = second_factor.pending(user)
    confirmed = second_factor.confirm(user, code_of(device, drift=-1))
    assert confirmed is not None
    device, codes = confirmed
    device.drift = 0  # the present code stays unused, and the clock of the app counts as right
    device.save()
    return user, device, codes


def sign_in(client, user):
    return client.post("/masuk/", {"username": user.username, "password": PASSWORD})


def test_setup_shows_a_code_to_scan_and_turns_on_with_the_first_code(client, clock):
    user = make_user(Role.EVALUATOR)
    client.force_login(user)
    page = client.get(SETUP)
    assert page.context["qr"].startswith("data:image/svg+xml")
    device = TOTPDevice.objects.get(user=user, confirmed=False)
    key = client.session.session_key
    response = client.post(SETUP, {"code": code_of(device), "password": PASSWORD})
    codes = re.findall(r"<code[^>]*>([a-z0-9]{5}-[a-z0-9]{5})</code>", response.content.decode())
    assert len(set(codes)) == 10
    assert TOTPDevice.objects.get(user=user).confirmed
    assert client.session.session_key != key
    assert Event.objects.filter(action="second_factor_on", actor=user).count() == 1
    assert not set(StaticToken.objects.values_list("token", flat=True)) & {code.replace("-", "") for code in codes}
    assert client.get("/profil/").status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"code": "000000"}, {"password": "salah-sekali-1"}, {"code": "abc"}, {"password": ""}]
)
def test_setup_with_a_wrong_code_or_password_turns_nothing_on(client, clock, wrong):
    user = make_user(Role.EVALUATOR)
    client.force_login(user)
    client.get(SETUP)
    device = TOTPDevice.objects.get(user=user)
    response = client.post(SETUP, {"code": code_of(device), "password": PASSWORD, **wrong})
    assert response.status_code == 422
    assert not TOTPDevice.objects.filter(confirmed=True).exists()
    assert not Event.objects.filter(action="second_factor_on").exists()


def test_the_password_alone_opens_nothing(client, clock):
    user, device, _ = make_protected()
    assert sign_in(client, user).url == "/profil/"
    for page in [
        "/profil/",
        "/orang/",
        SETUP,
        "/kata-sandi/",
        "/profil/dua-langkah/matikan/",
        "/profil/kode-cadangan/",
    ]:
        assert client.get(page).url.startswith(VERIFY)
    key = client.session.session_key
    assert client.post(VERIFY, {"code": code_of(device), "next": "/orang/"}).url == "/orang/"
    assert client.get("/orang/").status_code == 200
    assert client.session.session_key != key
    assert Event.objects.filter(action="second_factor_given").count() == 1


def test_a_code_is_taken_once(client, clock):
    user, device, _ = make_protected()
    code = code_of(device)
    sign_in(client, user)
    assert client.post(VERIFY, {"code": code}).status_code == 302
    client.post("/keluar/")
    sign_in(client, user)
    assert client.post(VERIFY, {"code": code}).status_code == 422
    assert client.get("/profil/").url.startswith(VERIFY)
    assert Event.objects.filter(action="second_factor_failed").count() == 1


@pytest.mark.parametrize(("drift", "taken"), [(-3, False), (0, True), (1, True), (3, False)])
def test_a_clock_may_be_half_a_minute_off_but_not_one_and_a_half(client, clock, drift, taken):
    user, device, _ = make_protected()
    clock.shift(timedelta(minutes=5))
    sign_in(client, user)
    response = client.post(VERIFY, {"code": code_of(device, drift)})
    assert response.status_code == (302 if taken else 422)


def test_wrong_codes_make_one_wait_longer_each_time(client, clock):
    user, device, _ = make_protected()
    clock.shift(timedelta(minutes=5))
    sign_in(client, user)
    for _ in range(4):
        client.post(VERIFY, {"code": "000000"})
        clock.shift(timedelta(seconds=10))
    response = client.post(VERIFY, {"code": "000000"})
    assert "Tunggu 16 detik" in response.content.decode()
    assert client.post(VERIFY, {"code": code_of(device)}).status_code == 422
    clock.shift(timedelta(seconds=17))
    assert client.post(VERIFY, {"code": code_of(device)}).status_code == 302


def test_a_recovery_code_works_once(client, clock):
    user, _, codes = make_protected()
    sign_in(client, user)
    assert client.post(VERIFY, {"code": codes[0].upper()}).status_code == 302
    assert second_factor.codes_left(user) == 9
    client.post("/keluar/")
    sign_in(client, user)
    assert client.post(VERIFY, {"code": codes[0]}).status_code == 422
    clock.shift(timedelta(seconds=5))
    assert client.post(VERIFY, {"code": codes[1]}).status_code == 302


def test_another_persons_codes_do_not_open_mine(client, clock):
    user, _, _ = make_protected()
    _, other_device, other_codes = make_protected()
    sign_in(client, user)
    assert client.post(VERIFY, {"code": code_of(other_device)}).status_code == 422
    clock.shift(timedelta(seconds=5))
    assert client.post(VERIFY, {"code": other_codes[0]}).status_code == 422
    assert second_factor.codes_left(user) == 10


def verified(client, user, device):
    sign_in(client, user)
    client.post(VERIFY, {"code": code_of(device)})


def test_new_recovery_codes_replace_the_old_and_want_the_password(client, clock):
    user, device, codes = make_protected()
    verified(client, user, device)
    assert client.post("/profil/kode-cadangan/", {"password": "salah-sekali-1"}).status_code == 422
    assert second_factor.verify(user, codes[0]) is not None
    response = client.post("/profil/kode-cadangan/", {"password": PASSWORD})
    assert response.status_code == 200 and len(response.context["codes"]) == 10
    assert second_factor.verify(user, codes[1]) is None


def test_turning_it_off_wants_the_password_and_is_refused_to_judges(client, clock, settings):
    user, device, _ = make_protected()
    verified(client, user, device)
    url = "/profil/dua-langkah/matikan/"
    assert client.post(url, {"password": "salah-sekali-1"}).status_code == 422
    assert second_factor.has_device(user)
    assert client.post(url, {"password": PASSWORD}).status_code == 302
    assert not second_factor.has_device(user)
    assert client.get("/profil/").status_code == 200
    client.logout()

    settings.REQUIRE_TOTP = True
    for role in NEEDS_TOTP:
        judge, device, _ = make_protected(role)
        verified(client, judge, device)
        assert client.post(url, {"password": PASSWORD}).status_code == 403
        assert second_factor.has_device(judge)
        client.post("/keluar/")


def test_a_new_phone_replaces_the_old_one(client, clock):
    user, device, codes = make_protected()
    verified(client, user, device)
    client.get(SETUP)
    fresh = TOTPDevice.objects.get(user=user, confirmed=False)
    assert client.post(SETUP, {"code": code_of(fresh), "password": PASSWORD}).status_code == 200
    assert TOTPDevice.objects.get(user=user) == fresh
    assert second_factor.verify(user, codes[0]) is None
    assert client.get("/profil/").status_code == 200


def test_wrong_passwords_here_close_the_door_like_at_sign_in(client, clock):
    user, device, _ = make_protected()
    verified(client, user, device)
    tries = [client.post("/profil/kode-cadangan/", {"password": "salah-sekali-1"}).status_code for _ in range(6)]
    assert tries == [422] * 4 + [429] * 2
    assert Event.objects.filter(action="sign_in_locked", subject=f"user:{user.pk}").count() == 1
