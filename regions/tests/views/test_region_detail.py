import pytest
from django.urls import reverse
from django.utils.safestring import mark_safe

from accounts.tests.make import make_user
from regions import sections
from regions.tests.make import make_agency, make_region

pytestmark = pytest.mark.django_db


def url(code: str) -> str:
    return reverse("regions:region_detail", args=[code])


@pytest.fixture
def reader(client):
    make_region("64.71.01.1001")
    client.force_login(make_user("viewer"))
    return client


def test_a_city_shows_where_it_is_what_it_holds_and_its_agencies(reader):
    make_region("64.71.01.1002")
    make_region("64.71.02.1001")
    make_region("64.71.02.1009", gone_since="2025-01-01")
    agency = make_agency(make_region("64.71"))
    page = reader.get(url("64.71")).content.decode()
    assert f'href="{url("64")}">Kalimantan Timur</a>' in page
    assert "Kota · kode 64.71 · WITA · 2 kecamatan · 3 desa/kelurahan" in page
    assert f'href="{url("64.71.01")}">Balikpapan Timur</a>' in page
    assert "2&nbsp;desa/kelurahan" in page
    assert agency.name in page


def test_a_village_has_no_list_below_and_no_agencies(reader):
    page = reader.get(url("64.71.01.1001")).content.decode()
    assert "Kelurahan · kode 64.71.01.1001" in page
    assert "Perangkat daerah" not in page
    assert 'id="bawahan"' not in page


def test_empty_city_says_so(reader):
    make_region("64.72")
    page = reader.get(url("64.72")).content.decode()
    assert "Belum ada perangkat daerah" in page
    assert "Tidak ada daerah bawahan" in page


def test_a_region_that_is_gone_says_since_when(reader):
    make_region("64.72", gone_since="2025-01-31")
    assert "sejak 31 Januari 2025" in reader.get(url("64.72")).content.decode()


@pytest.mark.parametrize("path", ["/daerah/64.99/", "/daerah/99/", "/daerah/6471/", "/daerah/64.7/", "/daerah/abc/"])
def test_unknown_code(reader, path):
    assert reader.get(path).status_code == 404


@pytest.mark.parametrize(
    ("role", "code", "offered"),
    [
        ("coordinator", "64.71", True),
        ("national_admin", "64.71", True),
        ("coordinator", "64.72", False),
        ("coordinator", "64", False),
        ("viewer", "64.71", False),
        ("province_verifier", "64.71", False),
    ],
)
def test_managing_agencies_is_offered_to_those_who_may(client, role, code, offered):
    agency = make_agency(make_region(code))
    client.force_login(make_user(role, None if role != "coordinator" else make_region("64.71")))
    page = client.get(url(code)).content.decode()
    assert (reverse("regions:agency_create", args=[code]) in page) == offered
    assert (reverse("regions:agency_edit", args=[code, agency.pk]) in page) == offered


def test_sections_of_other_apps_are_shown(reader):
    def section(request, region):
        return mark_safe(f"<p>untuk {region.code}</p>")

    sections.register(section)
    try:
        assert "<p>untuk 64.71</p>" in reader.get(url("64.71")).content.decode()
    finally:
        sections.unregister(section)


def test_anonymous_is_led_to_sign_in(client):
    make_region("64.71")
    assert client.get(url("64.71")).status_code == 302
    assert client.get(url("64.72")).status_code == 302  # not even whether it exists


def test_queries_do_not_grow_with_agencies_and_children(reader, django_assert_max_num_queries):
    make_agency(make_region("64.71"))
    reader.get(url("64.71"))  # the first request also begins the session
    with django_assert_max_num_queries(14) as first:
        reader.get(url("64.71"))
    for number in (1, 2):
        make_agency(make_region("64.71"), name=f"Dinas {number}")
        make_region(f"64.71.0{number + 1}.1001")
    with django_assert_max_num_queries(len(first)) as again:
        reader.get(url("64.71"))
    assert len(again) == len(first)
