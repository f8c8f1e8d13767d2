import pytest
from django.db.models.signals import pre_save
from django.urls import reverse

from accounts.tests.make import make_user
from regions.models import Agency
from regions.tests.make import make_agency, make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
URL = "/daerah/64.71/perangkat/tambah/"
FILLED = {"kind": "dinkes", "name": "Dinas  Kesehatan ", "short_name": "Dinkes", "once": "kunci-1"}


@pytest.fixture
def coordinator(client):
    user = make_user("coordinator", make_region("64.71"))
    client.force_login(user)
    return user


def test_coordinator_adds_an_agency_and_leaves_a_trace(client, coordinator):
    response = client.post(URL, FILLED, follow=True)
    agency = Agency.objects.get()
    assert (agency.region_id, agency.kind, agency.name) == ("64.71", "dinkes", "Dinas Kesehatan")
    event = Event.objects.get()
    assert (event.action, event.actor, event.acting_as) == ("agency_added", coordinator, "coordinator")
    assert response.redirect_chain == [(reverse("regions:region_detail", args=["64.71"]), 302)]
    assert "Dinas Kesehatan ditambahkan." in response.content.decode()


def test_a_double_click_makes_one(client, coordinator):
    assert client.post(URL, FILLED).status_code == 302
    assert client.post(URL, FILLED).status_code == 302
    assert client.post(URL, {**FILLED, "name": "Dinas Kesehatan (salinan)"}).status_code == 302
    assert Agency.objects.count() == Event.objects.count() == 1


def test_a_rival_who_takes_the_name_after_the_form_looked(client, coordinator):
    def rival(instance, **kwargs):
        Agency.objects.bulk_create([Agency(region_id="64.71", kind="lainnya", name=instance.name, short_name="R")])

    pre_save.connect(rival, sender=Agency)
    try:
        response = client.post(URL, FILLED)
    finally:
        pre_save.disconnect(rival, sender=Agency)
    assert response.status_code == 422
    assert "sudah mempunyai perangkat daerah dengan nama ini" in response.content.decode()
    assert not Event.objects.exists()


def test_the_form_carries_a_key(client, coordinator):
    first, second = (client.get(URL).context["form"].initial["once"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "dinas kesehatan kota BALIKPAPAN"}, "sudah mempunyai perangkat daerah dengan nama ini"),
        ({"kind": "bukan-jenis"}, "kind"),
        ({"name": ""}, "name"),
        ({"short_name": "S" * 31}, "short_name"),
    ],
)
def test_what_is_refused_stays_typed_and_leaves_nothing(client, coordinator, change, said):
    make_agency(make_region("64.71"))
    response = client.post(URL, {**FILLED, "short_name": "KETIKAN", **change})
    assert response.status_code == 422
    assert said in response.context["form"].errors.as_json()
    assert ("KETIKAN" in response.content.decode()) == ("short_name" not in change)
    assert (Agency.objects.count(), Event.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("role", "code", "status"),
    [
        ("coordinator", "64.71", 302),
        ("national_admin", "64.71", 302),
        ("coordinator", "64.72", 403),
        ("coordinator", "64", 403),
        ("operator", "64.71", 403),
        ("viewer", "64.71", 403),
        ("province_verifier", "64.71", 403),
        ("evaluator", "64.71", 403),
        ("national_admin", "64.71.01", 403),
        ("national_admin", "64.79", 404),
    ],
)
def test_who_may(client, role, code, status):
    make_region("64.71.01")
    make_region("64.72")
    client.force_login(make_user(role, make_region("64.71") if role == "coordinator" else None))
    before = Agency.objects.count()
    response = client.post(URL.replace("64.71", code), FILLED)
    assert response.status_code == status
    assert Agency.objects.count() - before == (status == 302)


def test_anonymous_is_led_to_sign_in(client):
    make_region("64.71")
    assert client.post(URL, FILLED).status_code == 302
    assert not Agency.objects.exists()
