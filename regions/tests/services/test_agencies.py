import pytest
from django.core.exceptions import PermissionDenied

from accounts.tests.make import make_user
from kla_portal.lib.versions import Stale
from kla_portal.tests.rivals import at_once
from regions.enums import AgencyKind
from regions.models import Agency
from regions.services import NameTaken, add_agency, create_standard_agencies, rename_agency
from regions.tests.make import make_agency, make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


def test_standard_agencies_have_one_of_every_kind():
    region = make_region("64.71")
    by = make_user("coordinator", region)
    made = create_standard_agencies(region, by)
    assert sorted(agency.kind for agency in made) == sorted(set(AgencyKind) - {AgencyKind.OTHER})
    health = Agency.objects.get(region=region, kind=AgencyKind.DINKES)
    assert (health.name, health.short_name) == ("Dinas Kesehatan Kota Balikpapan", "Dinkes")
    assert Agency.objects.get(kind=AgencyKind.POLRES).name == "Kepolisian Resor Balikpapan"
    assert Agency.objects.get(kind=AgencyKind.VILLAGES).name == "Kelurahan se-Kota Balikpapan"
    assert set(Event.objects.values_list("action", "actor", "region_code")) == {("agency_added", by.pk, "64.71")}
    assert Event.objects.count() == len(made)


def test_standard_agencies_skip_the_kinds_already_there():
    region = make_region("64.71")
    own = make_agency(region, kind=AgencyKind.DINKES, name="Dinas Kesehatan dan KB")
    create_standard_agencies(region, None)
    assert list(Agency.objects.filter(kind=AgencyKind.DINKES)) == [own]
    assert create_standard_agencies(region, None) == []


def test_standard_agencies_of_the_longest_name_fit():
    longest = make_region("31.01", name="Kabupaten " + "Panjang Sekali " * 6)
    assert max(len(agency.name) for agency in create_standard_agencies(longest, None)) <= 120


@pytest.mark.parametrize("code", ["64", "64.71.01"])
def test_standard_agencies_are_for_kabupaten_and_kota(code):
    with pytest.raises(ValueError, match=code):
        create_standard_agencies(make_region(code), None)


def test_add_writes_what_was_added():
    region = make_region()
    agency = add_agency(region, kind=AgencyKind.OTHER, name="Baznas", short_name="Baznas", by=None)
    event = Event.objects.get()
    assert (event.subject, event.region_code) == (f"agency:{agency.pk}", "64.71")
    assert event.after == {"kind": "lainnya", "name": "Baznas", "short_name": "Baznas"}


def test_rename_writes_before_and_after_once():
    agency = make_agency(name="Dinas A", short_name="A")
    rename_agency(agency, 1, name="Dinas B", short_name="B", by=None)
    rename_agency(agency, 2, name="Dinas B", short_name="B", by=None)  # no change, no event
    event = Event.objects.get()
    assert event.before == {"name": "Dinas A", "short_name": "A"}
    assert event.after == {"name": "Dinas B", "short_name": "B"}
    agency.refresh_from_db()
    assert (agency.name, agency.version) == ("Dinas B", 2)


def test_the_second_of_two_editors_changes_nothing():
    agency = make_agency(name="Dinas A")
    rival = Agency.objects.get(pk=agency.pk)
    rename_agency(rival, 1, name="Dinas B", short_name="B", by=None)
    with pytest.raises(Stale):
        rename_agency(agency, 1, name="Dinas C", short_name="C", by=None)
    assert Agency.objects.get().name == "Dinas B"
    assert Event.objects.count() == 1


def test_a_name_is_given_once_per_region():
    first = make_agency(name="Dinas A")
    second = make_agency(name="Dinas B")
    with pytest.raises(NameTaken, match="Kota Balikpapan sudah mempunyai"):
        add_agency(first.region, kind=AgencyKind.OTHER, name="Dinas A", short_name="A", by=None)
    with pytest.raises(NameTaken):
        rename_agency(second, 1, name="Dinas A", short_name="A", by=None)
    assert sorted(Agency.objects.values_list("name", "version")) == [("Dinas A", 1), ("Dinas B", 1)]
    assert not Event.objects.exists()
    add_agency(make_region("64.72"), kind=AgencyKind.OTHER, name="Dinas A", short_name="A", by=None)


@pytest.mark.parametrize("role", ["operator", "task_force", "viewer", "province_verifier", "evaluator"])
def test_who_may_not_changes_nothing(role):
    agency, by = make_agency(name="Dinas A", short_name="A"), make_user(role)
    before = sorted(Agency.objects.values_list("name", "version"))  # an operator's own is among them
    with pytest.raises(PermissionDenied):
        add_agency(agency.region, kind=AgencyKind.OTHER, name="Dinas B", short_name="B", by=by)
    with pytest.raises(PermissionDenied):
        rename_agency(agency, 1, name="Dinas B", short_name="B", by=by)
    with pytest.raises(PermissionDenied):
        create_standard_agencies(agency.region, by)
    assert sorted(Agency.objects.values_list("name", "version")) == before
    assert not Event.objects.exists()


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_four_coordinators_ask_for_the_standard_ones_at_once():
    region = make_region("64.71")
    by = make_user("coordinator", region)
    made = at_once(lambda: create_standard_agencies(region, by))
    assert sorted(map(len, made))[:3] == [0, 0, 0]
    assert Agency.objects.count() == Event.objects.count() == max(map(len, made)) > 20
