import pytest

from accounts.enums import Role
from accounts.tests.make import make_user
from regions import permissions
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role.values)
def test_who_manages_the_agencies_of_balikpapan(role):
    decision = permissions.can_manage_agencies(make_user(role), make_region("64.71"))
    assert bool(decision) == (role in {Role.COORDINATOR, Role.NATIONAL_ADMIN})
    assert bool(decision.reason) != bool(decision)


@pytest.mark.parametrize("code", ["64", "64.72", "31.71"])
def test_a_coordinator_manages_no_other_region(code):
    assert not permissions.can_manage_agencies(make_user("coordinator", make_region("64.71")), make_region(code))


@pytest.mark.parametrize("code", ["64.71.01", "64.71.01.1001"])
def test_no_agencies_below_kabupaten_and_kota(code):
    decision = permissions.can_manage_agencies(make_user("national_admin"), make_region(code))
    assert "hanya dicatat untuk provinsi dan kabupaten/kota" in decision.reason


@pytest.mark.parametrize(("code", "allowed"), [("64", False), ("64.71", True), ("64.71.01", False)])
def test_the_standard_list_is_for_kabupaten_and_kota(code, allowed):
    assert bool(permissions.can_create_standard_agencies(make_user("national_admin"), make_region(code))) == allowed


def test_nobody_without_a_membership():
    assert not permissions.can_manage_agencies(make_user(), make_region("64.71"))
