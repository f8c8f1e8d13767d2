import pytest

from accounts.tests.make import make_user
from regions.enums import AgencyKind
from regions.models import Agency
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db
URL = "/daerah/64.71/perangkat/baku/"


def test_a_first_day_begins_with_one_click(client):
    client.force_login(make_user("coordinator", make_region("64.71")))
    page = client.post(URL, follow=True).content.decode()
    assert Agency.objects.count() == len(AgencyKind) - 1
    assert f"{len(AgencyKind) - 1} perangkat daerah baku ditambahkan." in page
    assert URL not in page  # nothing left to add
    assert "Semuanya sudah ada." in client.post(URL, follow=True).content.decode()
    assert Agency.objects.count() == len(AgencyKind) - 1


@pytest.mark.parametrize(
    ("role", "code", "status"),
    [
        ("coordinator", "64.71", 302),
        ("coordinator", "64.72", 403),
        ("coordinator", "64", 403),
        ("viewer", "64.71", 403),
        ("national_admin", "64.72", 302),
        ("national_admin", "64", 403),
        ("national_admin", "64.79", 404),
    ],
)
def test_who_may(client, role, code, status):
    make_region("64.72")
    client.force_login(make_user(role, make_region("64.71") if role == "coordinator" else None))
    assert client.post(URL.replace("64.71", code)).status_code == status
    assert Agency.objects.exists() == (status == 302)


def test_only_by_post(client):
    client.force_login(make_user("coordinator", make_region("64.71")))
    assert client.get(URL).url == "/daerah/64.71/"
    assert not Agency.objects.exists()


def test_anonymous_is_led_to_sign_in(client):
    make_region("64.71")
    assert client.post(URL).status_code == 302
    assert not Agency.objects.exists()
