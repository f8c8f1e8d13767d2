"""Quotas of a region and of a person, and the room that the disk must keep: nobody gets beyond them, others notice
nothing."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from evidence import queries, space
from evidence.models import EvidenceRevision, StoredFile, Upload
from evidence.refusals import Refused
from evidence.services import add_file, receive, uploading
from evidence.services.purging import drop_unused, purge
from evidence.services.sweeping import sweep
from evidence.tests.make import make_pdf, make_revision, make_upload, make_upload_under_way
from evidence.tests.test_views import create, patch
from kla_portal.tests.rivals import at_once
from regions.models import Region
from regions.tests.make import make_agency, make_region

pytestmark = pytest.mark.django_db


def operator(code: str = "64.71") -> User:
    region = make_region(code)
    agency = region.agencies.filter(kind="dinkes").first() or make_agency(region=region, kind="dinkes")
    return make_user(Role.OPERATOR, region, agency)


EACH = len(make_pdf("jatah 0"))
NUMBERED = [pdf for pdf in (make_pdf(f"jatah {number}") for number in range(100)) if len(pdf) == EACH]
"""Files of one size, each another one."""


def numbered(number: int) -> bytes:
    return NUMBERED[number]


def taken(region: Region) -> int:
    return queries.in_region(region).used()


def test_each_file_counts_once_and_what_is_under_way_counts_whole(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    person = operator()
    region = person.acting.region
    make_revision(region, content=numbered(1), by=person)
    make_revision(region, content=numbered(1))
    make_revision(make_region("64.72"), content=numbered(2), by=person)
    make_revision(region, url="https://a.go.id/x")
    make_upload_under_way(by=person, content=b"abc", size=500)
    with django_assert_num_queries(1):
        assert taken(region) == EACH + 500
    assert queries.of_person(person).used() == 2 * EACH + 500
    told = queries.usage(region)
    assert (told.used, told.quota, told.percent, told.nearly_full) == (EACH + 500, 20 * 1024**3, 0, False)


def test_a_form_at_the_limit_passes_and_one_byte_more_is_refused(settings: Settings) -> None:
    person = operator()
    region = person.acting.region
    settings.EVIDENCE_REGION_QUOTA = 2 * EACH
    for number in (1, 2):
        add_file(make_upload(numbered(number)), region=region, agency=None, by=person)
    with pytest.raises(Refused, match=r"Ruang penyimpanan .* terpakai .* Hapus dokumen .* pengelola portal") as refusal:
        receive(make_upload(numbered(3)), by=person, region=region)
    assert (refusal.value.code, refusal.value.status) == ("region_quota", 413)
    assert (taken(region), StoredFile.objects.count(), Upload.objects.filter(stored=None).count()) == (2 * EACH, 2, 0)
    assert receive(make_upload(numbered(1)), by=person, region=region).size == EACH  # nothing new: takes no room
    elsewhere = operator("64.72")
    assert receive(make_upload(numbered(3)), by=elsewhere, region=elsewhere.acting.region)


def test_what_a_person_may_send_is_limited_too_and_colleagues_go_on(settings: Settings) -> None:
    person, colleague = operator(), operator()
    region = person.acting.region
    settings.EVIDENCE_USER_QUOTA = EACH
    add_file(make_upload(numbered(1)), region=region, agency=None, by=person)
    with pytest.raises(Refused, match="jatah Anda") as refusal:
        receive(make_upload(numbered(2)), by=person, region=region)
    assert (refusal.value.code, refusal.value.status) == ("user_quota", 413)
    assert receive(make_upload(numbered(2)), by=colleague, region=region)


def test_no_limit_where_none_is_set(settings: Settings) -> None:
    settings.EVIDENCE_REGION_QUOTA = settings.EVIDENCE_USER_QUOTA = 0
    person = operator()
    assert receive(make_upload(), by=person, region=person.acting.region)
    assert queries.usage(person.acting.region).percent == 0


def test_deleting_gives_the_room_back_once_the_bytes_are_gone(settings: Settings) -> None:
    person = operator()
    region = person.acting.region
    settings.EVIDENCE_REGION_QUOTA = EACH
    revision = add_file(make_upload(numbered(1)), region=region, agency=None, by=person)
    items = type(revision.item).objects.filter(pk=revision.item_id)
    items.update(deleted_at=timezone.now())
    assert taken(region) == EACH
    purge(revision.item.revisions.all(), reason="lewat")
    Upload.objects.update(expires_at=timezone.now())
    assert sweep().unused == 1
    assert taken(region) == 0
    assert receive(make_upload(numbered(2)), by=person, region=region)


# --- announced ------------------------------------------------------------------------------------------------------
def test_room_is_asked_for_when_a_file_is_announced(settings: Settings) -> None:
    person = operator()
    client = Client()
    client.force_login(person)
    settings.EVIDENCE_REGION_QUOTA = 1000
    assert create(client, 600, key="satu").status_code == 201
    refused = create(client, 401, key="dua")
    assert (refused.status_code, Upload.objects.count()) == (413, 1)
    assert "Hapus dokumen" in refused.content.decode()
    assert create(client, 600, key="satu").status_code == 201, "the same announcement again is the same upload"
    assert create(client, 400, key="tiga").status_code == 201
    given_up = Upload.objects.get(key="satu")
    assert client.delete(f"/unggahan/{given_up.pk}/").status_code == 204
    assert create(client, 600, key="empat").status_code == 201


def test_what_was_announced_arrives_even_at_the_limit(settings: Settings) -> None:
    person = operator()
    client = Client()
    client.force_login(person)
    settings.EVIDENCE_REGION_QUOTA = EACH
    where = create(client, EACH).headers["Location"]
    assert patch(client, where, 0, numbered(1)).status_code == 204
    upload = Upload.objects.get()
    with uploading.arrived(upload) as file:
        stored = receive(file, by=person, region=upload.region)
    upload.refresh_from_db()
    assert (upload.stored, taken(upload.region), Upload.objects.count()) == (stored, EACH, 1)


def test_an_announced_upload_swept_away_meanwhile_holds_its_bytes_again() -> None:
    person = operator()
    upload = make_upload_under_way(by=person, content=numbered(1), size=EACH, key="k")
    with uploading.arrived(upload) as file:
        Upload.objects.all().delete()
        stored = receive(file, by=person, region=upload.region)
    assert drop_unused() == 0
    assert Upload.objects.get().stored == stored


def test_a_form_that_is_refused_later_gives_its_room_back() -> None:
    person = operator()
    with pytest.raises(Refused):
        receive(make_upload(b"%PDF-1.7 rusak"), by=person, region=person.acting.region)
    assert not Upload.objects.exists()


def test_a_form_that_never_ended_holds_its_room_for_an_hour() -> None:
    person = operator()
    hold = receive(make_upload(), by=person, region=person.acting.region)
    row = Upload.objects.get()
    assert row.stored == hold
    assert timedelta(minutes=50) < row.expires_at - timezone.now() <= timedelta(hours=1)
    sweep(timezone.now() + timedelta(hours=2))
    assert not StoredFile.objects.exists()


# --- the disk -------------------------------------------------------------------------------------------------------
def test_the_disk_keeps_room(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    person = operator()
    free = space.free()
    assert free is not None
    client = Client()
    client.force_login(person)
    settings.EVIDENCE_MIN_FREE = free * 2
    refused = create(client)
    assert (refused.status_code, Upload.objects.count()) == (507, 0)
    assert "Ruang penyimpanan portal penuh" in refused.content.decode()
    with pytest.raises(Refused) as refusal:
        receive(make_upload(), by=person, region=person.acting.region)
    assert refusal.value.status == 507
    assert queries.Storage().closed
    settings.EVIDENCE_MIN_FREE = free // 2
    assert create(client).status_code == 201
    assert not queries.Storage().closed


def test_what_is_announced_already_has_the_disks_room(settings: Settings) -> None:
    person = operator()
    free = space.free()
    assert free is not None
    settings.EVIDENCE_REGION_QUOTA = settings.EVIDENCE_USER_QUOTA = 0
    settings.EVIDENCE_MIN_FREE = free // 2
    make_upload_under_way(by=person, size=free)
    with pytest.raises(Refused, match="penuh"):
        uploading.begin(name="a.pdf", size=1000, key="k", by=person)


# --- eight at once --------------------------------------------------------------------------------------------------
ROOM_FOR = 3


def try_to(act: Any) -> bool:
    try:
        act()
    except Refused as refused:
        assert refused.code in {"region_quota", "user_quota"}
        return False
    return True


@pytest.mark.pg  # on SQLite over HTTP: tests/journeys/test_crash.py; one in memory cannot be shared
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", ["EVIDENCE_REGION_QUOTA", "EVIDENCE_USER_QUOTA"])
def test_eight_forms_at_once_overshoot_by_no_byte(limit: str, settings: Settings) -> None:
    person = operator()
    region = person.acting.region
    setattr(settings, limit, (ROOM_FOR + 1) * EACH - 1)
    numbers = iter(range(8))

    def send() -> bool:
        content = numbered(next(numbers))
        return try_to(lambda: add_file(make_upload(content), region=region, agency=None, by=person))

    assert sum(at_once(send, times=8)) == ROOM_FOR
    held = StoredFile.objects.filter(pk__in=EvidenceRevision.objects.values("file"))
    assert sum(held.values_list("size", flat=True)) == taken(region) == ROOM_FOR * EACH
    assert not Upload.objects.filter(stored=None).exists()
    assert StoredFile.objects.count() == ROOM_FOR


@pytest.mark.pg  # on SQLite over HTTP: tests/journeys/test_crash.py; one in memory cannot be shared
@pytest.mark.django_db(transaction=True)
def test_eight_announcements_at_once_overshoot_by_no_byte(settings: Settings) -> None:
    people = [operator() for _ in range(8)]
    settings.EVIDENCE_REGION_QUOTA = (ROOM_FOR + 1) * EACH - 1
    turn = iter(people)

    def announce() -> bool:
        person = User.objects.get(pk=next(turn).pk)
        return try_to(lambda: uploading.begin(name="a.pdf", size=EACH, key=uuid.uuid4().hex, by=person))

    assert sum(at_once(announce, times=8)) == ROOM_FOR
    assert taken(people[0].acting.region) == ROOM_FOR * EACH
