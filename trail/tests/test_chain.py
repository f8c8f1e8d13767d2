import json
import secrets
import threading
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.tests.make import make_user
from trail import guards
from trail.models import Chain, Event, EventContent
from trail.sealing import NOTHING, canonical
from trail.services import chain
from trail.services.erasing import erase
from trail.services.events import digest_of, record, seal

pytestmark = pytest.mark.django_db


def write(number: int = 3, **what: Any) -> list[Event]:
    return [record("thing.change", by=None, subject="thing:1", after={"n": n}, **what) for n in range(number)]


def test_events_are_numbered_from_one_and_each_holds_the_digest_of_the_one_before() -> None:
    assert chain.head() == chain.Head(0, "")
    first, second, third = write()
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert [first.prev, second.prev, third.prev] == ["", first.digest, second.digest]
    assert chain.head() == (3, third.digest) == chain.newest()


def test_what_is_stored_gives_the_digests_that_are_stored() -> None:
    what = {
        "when": date(2026, 1, 2),
        "points": Decimal("1.50"),
        "id": UUID(int=7),
        "z": [1, {"b": None, "a": "é\u2028"}],
    }
    record("thing.change", by=make_user(), subject="thing:1", region="64.71", before=what, after=[], reason="sebab")
    stored = Event.objects.with_content().get()
    assert (stored.digest, stored.content_digest) == (seal(stored), digest_of(stored.content))
    assert stored.before == {
        "when": "2026-01-02",
        "points": "1.50",
        "id": str(UUID(int=7)),
        "z": [1, {"b": None, "a": "é\u2028"}],
    }


def test_nothing_to_say_has_no_side_row_and_reading_it_asks_nothing(django_assert_num_queries: Any) -> None:
    record("thing.change", by=None, subject="thing:1")
    record("thing.change", by=None, subject="thing:1", after=1)
    with django_assert_num_queries(1):
        told = [(event.before, event.after, event.reason) for event in Event.objects.about("thing:1")]
    assert told == [(None, 1, ""), (None, None, "")]
    assert EventContent.objects.count() == 1 and Event.objects.get(seq=1).content_digest == NOTHING


def test_the_same_words_have_another_digest_each_time() -> None:
    """So that nobody guesses an erased reason from what stays."""
    one, other = write(2, reason="Kurang.")
    assert one.content_digest != other.content_digest


def test_an_event_costs_four_statements(django_assert_num_queries: Any) -> None:
    record("thing.change", by=None, subject="thing:1")
    with django_assert_num_queries(4):
        record("thing.change", by=None, subject="thing:1", after=1)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_the_canonical_form_follows_the_value_and_not_the_order_of_its_keys(value: Any) -> None:
    assert json.loads(canonical(value)) == value
    if isinstance(value, dict):
        assert canonical(value) == canonical(dict(reversed(value.items())))


def test_a_head_that_is_gone_goes_on_from_the_last_event() -> None:
    write()
    Chain.objects.all().delete()
    assert chain.head().seq == 3
    assert record("thing.change", by=None, subject="thing:1").seq == 4
    assert chain.head().seq == 4


CHANGES = {
    "edit": "UPDATE trail_event SET detail = 'x'",
    "delete": "DELETE FROM trail_event WHERE seq = 3",
    "delete all": "DELETE FROM trail_event",
    "edit content": "UPDATE trail_eventcontent SET reason = 'x'",
    "delete content": "DELETE FROM trail_eventcontent",
}
TRUNCATES = {"truncate": "TRUNCATE trail_event CASCADE", "truncate content": "TRUNCATE trail_eventcontent"}
REPLACES = {"replace": "INSERT OR REPLACE INTO trail_event SELECT * FROM trail_event WHERE seq = 2"}


def test_the_database_lets_nobody_change_what_is_written() -> None:
    write()
    more = TRUNCATES if connection.vendor == "postgresql" else REPLACES
    refused = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name, sql in (CHANGES | more).items():
            with pytest.raises(IntegrityError, match=guards.REFUSED), transaction.atomic():
                cursor.execute(sql)
            refused.append(name)
    assert len(refused) == len(CHANGES | more)
    assert Event.objects.count() == EventContent.objects.count() == 3


def test_nor_does_the_portals_own_code() -> None:
    event = write()[0]
    for act in (
        lambda: Event.objects.update(detail="x"),
        lambda: Event.objects.filter(pk=event.pk)._raw_delete("default"),
        lambda: event.save(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert Event.objects.count() == 3


def test_what_is_erased_leaves_the_fact_and_its_digest() -> None:
    event, other = write(2, reason="nama seorang anak")
    user = make_user()
    told = erase(event, reason="Diminta yang bersangkutan.", by=user)
    assert told is not None and (told.subject, told.actor, told.reason) == (
        "event:1",
        user,
        "Diminta yang bersangkutan.",
    )
    stored = Event.objects.with_content().get(pk=event.pk)
    assert (stored.reason, stored.after, stored.content_digest) == ("", None, event.content_digest)
    assert EventContent.objects.filter(pk=other.pk).exists()
    assert erase(stored, reason="Sekali lagi.", by=user) is None
    assert Event.objects.filter(action=guards.ERASE).count() == 1


def test_erasing_takes_a_reason() -> None:
    [event] = write(1)
    with pytest.raises(ValueError, match="reason"):
        erase(event, reason=" ", by=None)
    assert EventContent.objects.filter(pk=event.pk).exists()


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_no_gap_and_no_fork() -> None:
    writers, each = 4, 8
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for n in range(each):
                with transaction.atomic():
                    record("thing.change", by=None, subject=f"thing:{secrets.token_hex(4)}", after={"n": n})
        except BaseException as fault:  # shown by the test
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    events = list(Event.objects.order_by("seq"))
    assert [event.seq for event in events] == list(range(1, writers * each + 1))
    assert all(after.prev == before.digest for before, after in pairwise(events))
