"""The services ask for themselves: whoever calls them, from whatever page."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.models import Invitation, Membership, User
from accounts.services import invitations, people, second_factor
from accounts.tests.make import make_membership, make_user
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
RINA = people.Newcomer("rina.wati", "Rina Wati")


def test_nothing_happens_for_somebody_who_may_not():
    sister = make_region("64.72")
    by, person = make_user(Role.COORDINATOR), make_user(Role.VIEWER, region=sister)
    given = {"role": Role.VIEWER, "region": sister, "agency": None, "by": by}
    tries = {
        "invite": lambda: people.invite(RINA, **given),
        "add": lambda: people.add_membership(person, **given),
        "end": lambda: people.end_membership(person.acting, by=by),
        "link": lambda: invitations.renew(person, by=by),
        "second factor": lambda: second_factor.remove(person, by=by),
    }
    before = list(Membership.objects.order_by("pk").values())
    for name, attempt in tries.items():
        with pytest.raises(PermissionDenied):
            attempt()
        assert not Event.objects.exists(), name
    assert list(Membership.objects.order_by("pk").values()) == before
    assert not Invitation.objects.exists()
    assert not User.objects.filter(username="rina.wati").exists()


def test_an_end_is_taken_back_by_those_who_could_set_it():
    person = make_user(Role.VIEWER, region=make_region("64.72"))
    assert people.end_membership(person.acting, by=make_user(Role.NATIONAL_ADMIN))
    with pytest.raises(PermissionDenied):
        people.reopen_membership(person.acting, by=make_user(Role.COORDINATOR))
    assert not person.memberships.current().exists()


def test_the_row_counts_and_not_what_the_page_knew():
    """The role was moved to another region after the page had fetched it."""
    by, shown = make_user(Role.COORDINATOR), make_membership(role=Role.VIEWER)
    Membership.objects.filter(pk=shown.pk).update(region=make_region("64.72"))
    with pytest.raises(PermissionDenied):
        people.end_membership(shown, by=by)


def test_the_command_line_asks_nobody():
    membership, token = people.invite(RINA, role=Role.NATIONAL_ADMIN, region=None, agency=None, by=None)
    assert token
    assert invitations.renew(membership.user, by=None) != token
