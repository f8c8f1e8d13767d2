"""What is written down of a visit: once, by whoever claimed it, told when it changes. The visits themselves:
test_visiting.py; here `look` stands for the site."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from evidence import tasks
from evidence.cards import card
from evidence.enums import LinkState
from evidence.models import EvidenceRevision
from evidence.services import add_link, linkchecks
from evidence.tests.make import make_person, make_revision
from evidence.visiting import Found
from kla_portal.tests.rivals import at_once
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
ALIVE, BROKEN = Found(LinkState.ALIVE), Found(LinkState.BROKEN, "Halaman tidak ditemukan di situs (404).")


@pytest.fixture(autouse=True)
def checks_are_on(settings):
    settings.LINK_CHECKS = True


def seen_by(visits: list[str]) -> Callable[[str], Found]:
    """A site that opens, and notes who came."""

    def look(url: str) -> Found:
        visits.append(url)
        return ALIVE

    return look


def link(days: float | None = None, **fields):
    """A link last visited so many days ago."""
    revision = make_revision(url="https://jdih.balikpapan.go.id/perda")
    if days is not None:
        fields["link_checked_at"] = timezone.now() - timedelta(days=days)
    EvidenceRevision.objects.filter(pk=revision.pk).update(**fields)
    revision.refresh_from_db()
    return revision


def events():
    return list(Event.objects.filter(action="link_checked").order_by("pk"))


def test_broken_and_alive_again_and_told_each_time():
    revision = link()
    answers = [ALIVE, ALIVE, BROKEN, BROKEN, ALIVE]
    for found in answers:
        EvidenceRevision.objects.filter(pk=revision.pk).update(link_checked_at=timezone.now() - timedelta(days=2))
        assert linkchecks.check(revision.pk, look=lambda url, found=found: found) == found.state
        revision.refresh_from_db()
        assert (revision.link_state, revision.link_note) == (found.state, found.note)
        assert timezone.now() - revision.link_checked_at < timedelta(minutes=1)
    assert [(event.before["state"], event.after["state"]) for event in events()] == [
        ("unchecked", "alive"), ("alive", "broken"), ("broken", "alive"),
    ]  # fmt: skip
    assert {(event.subject, event.region_code) for event in events()} == {
        (f"evidence:{revision.item_id}", revision.item.region_id)
    }


def test_a_visit_a_moment_ago_is_enough():
    revision, visits = link(), list[str]()
    for _ in range(3):
        linkchecks.check(revision.pk, look=seen_by(visits))
    assert visits == [revision.url]


def test_what_was_checked_meanwhile_by_another_stands():
    """The claim of a second worker, made while the first was on its way, wins: the first writes nothing."""
    revision = link()

    def overtaken(url):
        EvidenceRevision.objects.filter(pk=revision.pk).update(link_checked_at=timezone.now(), link_state="alive")
        return BROKEN

    assert linkchecks.check(revision.pk, look=overtaken) is None
    revision.refresh_from_db()
    assert (revision.link_state, events()) == (LinkState.ALIVE, [])


def test_a_visit_that_breaks_writes_nothing_and_is_not_made_again_at_once():
    revision = link()

    def dies(url):
        raise MemoryError

    with pytest.raises(MemoryError):
        linkchecks.check(revision.pk, look=dies)
    revision.refresh_from_db()
    assert revision.link_state == LinkState.UNCHECKED
    assert linkchecks.check(revision.pk, look=lambda url: ALIVE) is None


def test_a_round_takes_the_longest_unvisited_first_and_nothing_visited_today():
    never, old, older = link(), link(2), link(3)
    link(0.9)
    make_revision()
    gone = link()
    gone.item.deleted_at = timezone.now()
    gone.item.save()
    order = [revision.pk for revision in linkchecks.due()]
    assert order == [never.pk, older.pk, old.pk]
    assert linkchecks.check_due(look=lambda url: ALIVE) == 3
    assert linkchecks.check_due(look=lambda url: ALIVE) == 0


def test_a_round_has_an_end(monkeypatch):
    monkeypatch.setattr(linkchecks, "ROUND", 2)
    for _ in range(3):
        link()
    assert linkchecks.check_due(look=lambda url: ALIVE) == 2
    assert linkchecks.check_due(look=lambda url: ALIVE) == 1


def test_switched_off_nothing_is_visited_and_the_screen_says_so(settings):
    settings.LINK_CHECKS = False
    revision = link()
    tasks.check_link(str(revision.pk))
    revision.refresh_from_db()
    assert (revision.link_state, revision.link_note) == (LinkState.BLOCKED, linkchecks.OFF.note)
    shown = card(revision, url="")
    assert (shown.state_label, shown.link_note) == ("Tidak diperiksa", linkchecks.OFF.note)
    assert events() == []


def test_a_new_link_is_rung_for_once_its_row_is_there(django_capture_on_commit_callbacks, monkeypatch):
    rung = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, args: rung.append((name, args)))
    with django_capture_on_commit_callbacks(execute=True):
        revision = add_link("https://jdih.balikpapan.go.id/", region=make_region(), agency=None, by=make_person())
    assert rung == [("evidence.tasks.check_link", [str(revision.pk)])]


def test_asking_again_waits_two_minutes(django_capture_on_commit_callbacks, monkeypatch):
    rung = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, args: rung.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        assert linkchecks.ask_again(link())
        assert linkchecks.ask_again(link(1))
        assert not linkchecks.ask_again(link(0.001))
        assert not linkchecks.ask_again(make_revision())
    assert len(rung) == 2


@pytest.mark.pg  # SQLite has one writer at a time
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_visits():
    revision, visits = link(), list[str]()
    found = at_once(lambda: linkchecks.check(revision.pk, look=seen_by(visits)))
    assert sorted(found, key=str) == [None, None, None, LinkState.ALIVE]
    assert len(visits) == 1
