"""A notice stands or falls with what it tells, and is written once per occasion and person."""

import pytest
from django.db import transaction

from accounts.models import Notice
from accounts.services.notices import mark_all_read, mark_read, notify
from accounts.tests.make import make_user
from kla_portal.tests.rivals import at_once

pytestmark = pytest.mark.django_db


def test_once_per_key_and_person() -> None:
    first, second = make_user(), make_user()
    assert notify([first], key="k", title="Satu") == 1
    assert notify([first, second, second], key="k", title="Dua") == 1
    assert notify([], key="k", title="Tiga") == 0
    assert set(Notice.objects.values_list("user", "title")) == {(first.pk, "Satu"), (second.pk, "Dua")}


def test_what_is_too_long_is_cut_and_not_refused() -> None:
    assert notify([make_user()], key="k" * 200, title="t" * 300, url="/" + "u" * 400) == 1
    notice = Notice.objects.get()
    assert [len(each) for each in (notice.key, notice.title, notice.url)] == [120, 200, 300]


@pytest.mark.django_db(transaction=True)
def test_gone_with_what_it_told() -> None:
    person = make_user()
    with pytest.raises(RuntimeError):
        notify([person], key="k", title="Satu")
    with pytest.raises(KeyError), transaction.atomic():
        notify([person], key="k", title="Satu")
        raise KeyError
    assert not Notice.objects.exists()


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_written_from_four_sides_at_once_it_is_one() -> None:
    person = make_user()
    at_once(transaction.atomic(lambda: notify([person], key="k", title="Satu")))
    assert Notice.objects.count() == 1


def test_read_once() -> None:
    person = make_user()
    for key in "ab":
        notify([person], key=key, title=key)
    notify([make_user()], key="a", title="a")
    notice = Notice.objects.filter(user=person, key="a").get()
    mark_read(notice)
    notice.refresh_from_db()
    at = notice.read_at
    mark_read(notice)
    notice.refresh_from_db()
    assert at and notice.read_at == at
    assert mark_all_read(person) == 1 and mark_all_read(person) == 0
    assert Notice.objects.filter(read_at=None).count() == 1
