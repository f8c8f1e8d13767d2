import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import PASSWORD, make_membership, make_user
from trail.models import Event

pytestmark = pytest.mark.django_db
NEW = "empat kata tanpa hubungan"


def test_phone_is_saved_without_and_mail_only_with_the_password(client):
    user = make_user(Role.OPERATOR, email="lama@contoh.id")
    client.force_login(user)
    form = {"version": 1, "email": "lama@contoh.id", "phone": "0812 3456 7890", "wants_digest": "on"}
    assert client.post("/profil/", form).status_code == 302
    form |= {"version": 2, "email": "baru@contoh.id"}
    assert client.post("/profil/", form).status_code == 422
    assert client.post("/profil/", form | {"password": "salah-sekali-1"}).status_code == 422
    user.refresh_from_db()
    assert (user.email, user.phone) == ("lama@contoh.id", "0812 3456 7890")
    assert client.post("/profil/", form | {"password": PASSWORD}).status_code == 302
    user.refresh_from_db()
    assert user.email == "baru@contoh.id"
    events = Event.objects.filter(action="profile_saved").order_by("id")
    assert [event.after for event in events] == [["phone"], ["email"]]


def test_the_second_of_two_windows_is_told(client):
    user = make_user(Role.OPERATOR)
    client.force_login(user)
    client.post("/profil/", {"version": 1, "phone": "081111111111"})
    response = client.post("/profil/", {"version": 1, "phone": "082222222222"})
    assert response.status_code == 409
    user.refresh_from_db()
    assert user.phone == "081111111111"


def test_nothing_else_can_be_slipped_into_the_profile(client):
    user = make_user(Role.OPERATOR)
    client.force_login(user)
    extra = {"role": Role.NATIONAL_ADMIN, "username": "admin", "is_active": "", "full_name": "Lain", "user": 1}
    assert client.post("/profil/", {"version": 1, **extra}).status_code == 302
    after = User.objects.get(pk=user.pk)
    assert (after.username, after.full_name, after.is_active) == (user.username, user.full_name, True)
    assert [one.role for one in after.memberships.all()] == [Role.OPERATOR]


def test_everybody_reads_and_nobody_unnamed(client):
    assert client.get("/profil/").status_code == 302
    for role in Role:
        client.force_login(make_user(role))
        assert client.get("/profil/").status_code == 200


def test_a_new_password_keeps_this_session_and_ends_the_others(client):
    user = make_user(Role.OPERATOR, must_change_password=True)
    other = Client()
    client.force_login(user)
    other.force_login(user)
    form = {"password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/kata-sandi/", form).status_code == 302
    assert client.get("/profil/").status_code == 200
    assert other.get("/profil/").status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW) and not user.must_change_password
    assert Event.objects.filter(action="password_changed", actor=user).count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "salah-sekali-1"},
        {"password": ""},
        {"new_password2": "lain lagi sama sekali"},
        {"new_password1": "pendek", "new_password2": "pendek"},
        {"new_password1": PASSWORD, "new_password2": PASSWORD},
        {"new_password1": "q1w2e3r4t5y6", "new_password2": "q1w2e3r4t5y6"},
        {"new_password1": "budi.santoso.saja", "new_password2": "budi.santoso.saja"},
        {"new_password1": "endang sulistyowati", "new_password2": "endang sulistyowati"},
        {"new_password1": "x" * 129, "new_password2": "x" * 129},
    ],
)
def test_a_refused_password_changes_nothing(client, wrong):
    user = make_user(Role.OPERATOR, username="budi.santoso.saja", full_name="Endang Sulistyowati")
    client.force_login(user)
    form = {"password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/kata-sandi/", form | wrong).status_code == 422
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert not Event.objects.filter(action="password_changed").exists()


def test_switching_is_between_ones_own_current_roles_only(client):
    user = make_user(Role.COORDINATOR)
    second, foreign = make_membership(user=user, role=Role.VIEWER), make_membership(role=Role.NATIONAL_ADMIN)
    client.force_login(user)
    assert client.get("/profil/peran/").status_code == 200
    key = client.session.session_key
    assert client.post("/profil/peran/", {"membership": second.pk}).status_code == 302
    assert client.session.session_key != key
    assert client.get("/profil/").wsgi_request.user.acting == second
    for wrong in [foreign.pk, "abc", "", "9" * 30]:
        assert client.post("/profil/peran/", {"membership": wrong}).status_code == 404
    assert client.get("/profil/").wsgi_request.user.acting == second
    assert Event.objects.filter(action="acting_switched").count() == 1


@pytest.mark.parametrize("wanted", ["9" * 18, "9" * 19, "9" * 5000, "-1", ""])
def test_a_role_that_no_number_names_does_not_exist(client, wanted):
    client.force_login(make_user(Role.OPERATOR))
    assert client.post("/profil/peran/", {"membership": wanted}).status_code == 404
