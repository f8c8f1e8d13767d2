import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Notice
from accounts.services.notices import notify
from accounts.tests.make import make_user

pytestmark = pytest.mark.django_db
INBOX = reverse("accounts:inbox")


@pytest.fixture
def reader(client: Client) -> Client:
    person = make_user(Role.COORDINATOR)
    for number in range(3):
        notify([person], key=f"k{number}", title=f"Perihal {number}", url="/profil/")
    client.force_login(person)
    return client


def test_unread_first_and_the_count_on_every_page(reader: Client) -> None:
    newest = Notice.objects.get(key="k2")
    assert reader.get(reverse("accounts:notice_open", args=[newest.pk])).url == "/profil/"
    page = reader.get(INBOX)
    assert [notice.title for notice in page.context["page"]] == ["Perihal 1", "Perihal 0", "Perihal 2"]
    assert '<span class="inbox-count num">2<span' in page.text
    only = reader.get(INBOX, {"tampil": "belum-dibaca"})
    assert [notice.title for notice in only.context["page"]] == ["Perihal 1", "Perihal 0"]
    assert '<span class="inbox-count num">2<span' in reader.get("/profil/").text


def test_as_many_queries_for_one_as_for_many(reader: Client) -> None:
    reader.get(INBOX)
    asked = []
    for left in (3, 1):
        Notice.objects.filter(key__in=["k1", "k2"][: 3 - left]).delete()
        with CaptureQueriesContext(connection) as queries:
            reader.get(INBOX)
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 8


def test_all_read_at_once(reader: Client) -> None:
    assert reader.post(INBOX).url == INBOX
    page = reader.get(INBOX)
    assert "3 pemberitahuan ditandai" in page.text and "inbox-count" not in page.text
    assert "Semua sudah dibaca" in reader.get(INBOX, {"tampil": "belum-dibaca"}).text


def test_nobody_opens_anothers(reader: Client) -> None:
    other = make_user(Role.COORDINATOR)
    notify([other], key="x", title="Milik orang lain", url="/profil/")
    notice = Notice.objects.get(key="x")
    assert reader.get(reverse("accounts:notice_open", args=[notice.pk])).status_code == 404
    reader.post(INBOX)
    notice.refresh_from_db()
    assert notice.read_at is None and "Milik orang lain" not in reader.get(INBOX).text


@pytest.mark.parametrize("url", ["", "https://lain.example/", "//lain.example/"])
def test_it_leads_nowhere_else(reader: Client, url: str) -> None:
    Notice.objects.update(url=url)
    for notice in Notice.objects.all():
        assert reader.get(reverse("accounts:notice_open", args=[notice.pk])).url == INBOX


def test_an_empty_inbox_says_what_it_is_for(client: Client) -> None:
    client.force_login(make_user(Role.VIEWER))
    assert "Belum ada pemberitahuan" in client.get(INBOX).text
