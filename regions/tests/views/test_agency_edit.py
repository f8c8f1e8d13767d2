import pytest
from django.urls import reverse

from accounts.tests.make import make_user
from regions.models import Agency
from regions.services import rename_agency
from regions.tests.make import make_agency, make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
FILLED = {"name": "Dinas Kesehatan", "short_name": "Dinkes", "version": "1"}


def url(agency: Agency) -> str:
    return reverse("regions:agency_edit", args=[agency.region_id, agency.pk])


@pytest.fixture
def agency(client):
    agency = make_agency(make_region("64.71"), name="Dinas Lama", short_name="Lama")
    client.force_login(make_user("coordinator", agency.region))
    return agency


def test_coordinator_renames_and_leaves_a_trace(client, agency):
    response = client.post(url(agency), FILLED)
    agency.refresh_from_db()
    assert response.status_code == 302
    assert (agency.name, agency.short_name, agency.version) == ("Dinas Kesehatan", "Dinkes", 2)
    event = Event.objects.get()
    assert (event.before, event.after) == (
        {"name": "Dinas Lama", "short_name": "Lama"},
        {"name": "Dinas Kesehatan", "short_name": "Dinkes"},
    )


def test_the_kind_cannot_be_changed(client, agency):
    client.post(url(agency), {**FILLED, "kind": "dinsos"})
    agency.refresh_from_db()
    assert (agency.kind, agency.name) == ("dinkes", "Dinas Kesehatan")


def test_the_loser_of_two_editors_sees_both_texts(client, agency):
    rename_agency(Agency.objects.get(), 1, name="Dinas Saingan", short_name="Saingan", by=None)
    response = client.post(url(agency), FILLED)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Dinas Saingan" in page
    assert 'value="Dinas Kesehatan"' in page
    assert Agency.objects.get().name == "Dinas Saingan"

    again = {**FILLED, "version": str(response.context["form"].initial["version"])}
    assert client.post(url(agency), again).status_code == 302
    assert Agency.objects.get().name == "Dinas Kesehatan"


@pytest.mark.parametrize("change", [{"name": ""}, {"name": "dinas SOSIAL"}, {"short_name": ""}, {"version": "x"}])
def test_refused_input_leaves_everything_as_it_was(client, agency, change):
    make_agency(agency.region, kind="dinsos", name="Dinas Sosial")
    response = client.post(url(agency), {**FILLED, **change})
    agency.refresh_from_db()
    assert response.status_code == 422
    assert (agency.name, agency.version) == ("Dinas Lama", 1)
    assert not Event.objects.exists()


def test_only_the_case_of_its_own_name_may_change(client, agency):
    assert client.post(url(agency), {**FILLED, "name": "DINAS LAMA"}).status_code == 302


def test_another_regions_agency_is_not_found_under_this_region(client, agency):
    other = make_agency(make_region("64.72"))
    assert client.get(reverse("regions:agency_edit", args=["64.71", other.pk])).status_code == 404
    assert client.get(url(other)).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("national_admin", 200), ("viewer", 403), ("operator", 403)])
def test_who_may(client, agency, role, status):
    client.force_login(make_user(role))
    assert client.get(url(agency)).status_code == status


def test_anonymous_is_led_to_sign_in(client, agency):
    client.logout()
    assert client.post(url(agency), FILLED).status_code == 302
    assert Agency.objects.get().name == "Dinas Lama"
