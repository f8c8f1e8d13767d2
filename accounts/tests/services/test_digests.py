"""The daily message: at seven where the person is, once, of what waits unread, with titles and links only."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import transaction

from accounts.enums import Role
from accounts.models import Notice
from accounts.services import digests, notices, people
from accounts.tasks import send_digests
from accounts.tests.make import make_membership, make_user
from kla_portal.tests.rivals import at_once
from regions.tests.make import make_region
from trail.models import Mail
from trail.services import mails

BEFORE_SEVEN_WITA = datetime(2026, 3, 4, 22, 50, tzinfo=UTC)  # 06.50 on the 5th in Balikpapan
SEVEN_WITA = datetime(2026, 3, 4, 23, 0, tzinfo=UTC)
SEVEN_WIB = datetime(2026, 3, 5, 0, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SMTP_URL, settings.MAIL_FROM = "smtp://127.0.0.1:9", "kla@contoh.go.id"
    settings.ADDRESS = "https://kla.contoh.go.id"
    monkeypatch.setattr(current_app, "send_task", lambda task, args: None)


def told(person: Any, key: str = "k", at: datetime = SEVEN_WITA - timedelta(hours=3)) -> Notice:
    with transaction.atomic():
        notices.notify([person], key=key, title=f"Perihal {key}", text="Isinya tidak ikut.", url="/rahasia/")
    Notice.objects.filter(key=key).update(at=at)
    return Notice.objects.get(key=key, user=person)


def test_at_seven_where_they_are() -> None:
    east, west = (
        make_user(Role.COORDINATOR, email="a@contoh.go.id"),
        make_user(Role.COORDINATOR, make_region("31.71"), email="b@contoh.go.id"),
    )
    for number, person in enumerate((east, west)):
        told(person, f"k{number}")
    assert [digests.send_due(at) for at in (BEFORE_SEVEN_WITA, SEVEN_WITA, SEVEN_WIB, SEVEN_WIB)] == [0, 1, 1, 0]
    assert set(Mail.objects.values_list("key", "to")) == {
        (f"digest:{east.pk}:2026-03-05", "a@contoh.go.id"), (f"digest:{west.pk}:2026-03-05", "b@contoh.go.id"),
    }  # fmt: skip


def test_titles_and_links_only() -> None:
    notice = told(make_user(Role.COORDINATOR, email="a@contoh.go.id"))
    digests.send_due(SEVEN_WITA)
    mail = Mail.objects.get()
    assert mail.subject == "Portal KLA: 1 pemberitahuan belum dibaca"
    assert "Perihal k" in mail.text and f"https://kla.contoh.go.id/kotak-masuk/{notice.pk}/" in mail.text
    assert "Isinya" not in mail.text and "rahasia" not in mail.text


def test_what_was_told_once_is_not_told_again_the_next_day() -> None:
    person = make_user(Role.COORDINATOR, email="a@contoh.go.id")
    told(person)
    later = told(person, "baru", SEVEN_WITA + timedelta(minutes=1))
    assert digests.send_due(SEVEN_WITA + timedelta(hours=2)) == 1
    assert digests.send_due(SEVEN_WITA + timedelta(hours=23)) == 0
    assert digests.send_due(SEVEN_WITA + timedelta(hours=24)) == 1
    text = Mail.objects.get(key__endswith="2026-03-06").text
    assert later.title in text and "Perihal k\n" not in text


def test_many_are_counted() -> None:
    person = make_user(Role.COORDINATOR, email="a@contoh.go.id")
    for number in range(digests.MOST + 3):
        told(person, f"k{number}")
    digests.send_due(SEVEN_WITA)
    assert "… dan 3 lainnya." in Mail.objects.get().text


@pytest.mark.parametrize(
    "person",
    [
        {"email": ""}, {"email": "a@contoh.go.id", "wants_digest": False},
        {"email": "a@contoh.go.id", "is_active": False},
    ],
)  # fmt: skip
def test_who_gets_none(person: dict[str, Any]) -> None:
    told(make_user(Role.COORDINATOR, **person))
    assert digests.send_due(SEVEN_WITA) == 0


def test_nor_who_has_read_it_all_or_has_no_role_any_more(settings: Any) -> None:
    notices.mark_read(told(make_user(Role.COORDINATOR, email="a@contoh.go.id")))
    told(make_user(email="b@contoh.go.id"), "b")
    assert digests.send_due(SEVEN_WITA) == 0
    settings.SMTP_URL = ""
    told(make_user(Role.COORDINATOR, email="c@contoh.go.id"), "c")
    assert digests.send_due(SEVEN_WITA) == 0 and not Mail.objects.exists()


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_sent_from_four_workers_at_once_it_is_one() -> None:
    for number in range(3):
        told(make_user(Role.COORDINATOR, email=f"{number}@contoh.go.id"), f"k{number}")
    assert sum(at_once(lambda: digests.send_due(SEVEN_WITA))) == 3 == Mail.objects.count()


def test_the_task(settings: Any) -> None:
    told(make_user(Role.COORDINATOR, email="a@contoh.go.id"))
    send_digests()
    send_digests()
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("roles", [1, 2])
def test_what_waits_in_the_outbox_for_who_has_left_goes_to_nobody(roles: int) -> None:
    person = make_user(Role.COORDINATOR, email="a@contoh.go.id")
    if roles == 2:
        make_membership(person, Role.TASK_FORCE, person.acting.region)
    told(person)
    digests.send_due(SEVEN_WITA)
    people.end_membership(person.memberships.earliest("pk"), by=None)
    assert Mail.objects.count() == roles - 1  # who holds another role still reads it
    waiting = list(Mail.objects.values_list("pk", flat=True))
    people.close_account(person, by=None)
    assert not Mail.objects.exists() and [mails.send(pk) for pk in waiting] == [None] * len(waiting)
    people.open_account(person, by=None)
    assert digests.send_due(SEVEN_WITA) == roles - 1  # back again, with what was not sent
