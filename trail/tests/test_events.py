import pytest
from django.db import transaction

from accounts.enums import Role
from accounts.tests.make import make_user
from trail.models import Event
from trail.services.events import record

pytestmark = pytest.mark.django_db


def test_an_event_says_who_in_which_role_what_before_and_after_and_why() -> None:
    user = make_user(Role.COORDINATOR)
    record("thing.change", by=user, subject="thing:1", detail="a", region="64.71", before=1, after=2, reason="sebab")
    event = Event.objects.get()
    assert (event.actor, event.acting_as, event.region_code) == (user, "coordinator", "64.71")
    assert (event.before, event.after, event.reason) == (1, 2, "sebab")


def test_the_portal_itself_has_no_role() -> None:
    record("thing.change", by=None, subject="thing:1")
    event = Event.objects.get()
    assert (event.actor, event.acting_as) == (None, "")


def test_about_gives_the_history_of_one_thing_newest_first() -> None:
    for subject, detail in (("a", "1"), ("b", "2"), ("a", "3")):
        record("x", by=None, subject=subject, detail=detail)
    assert [event.detail for event in Event.objects.about("a")] == ["3", "1"]


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError):
        record("x", by=None, subject="a")
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_falls_with_its_change() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record("x", by=None, subject="a")
        raise ZeroDivisionError
    assert not Event.objects.exists()
