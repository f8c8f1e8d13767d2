import pytest
from django.urls import reverse

from accounts.tests.make import make_user
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db
URL = "/daerah/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def reader(client):
    make_region("64.71.01.1001")
    make_region("31.71", name="Kota Administrasi Jakarta Pusat")
    client.force_login(make_user("viewer"))
    return client


def test_without_a_query_it_begins_with_the_provinces(reader):
    make_region("64.72")
    make_region("64.73", gone_since="2025-01-01")
    page = reader.get(URL).content.decode()
    assert f'href="{reverse("regions:region_detail", args=["64"])}">Kalimantan Timur</a>' in page
    assert "64</span> · 2&nbsp;kabupaten/kota" in page
    assert reverse("regions:region_detail", args=["64.71"]) not in page  # one click away
    assert page.index("Daerah Khusus Ibukota Jakarta") < page.index("Kalimantan Timur")
    assert "ODbL 1.0" in page  # the licence asks that the source be named where the data is shown


@pytest.mark.parametrize("text", ["balikpapan", "BALIK", "timur balikpapan", "64.71.01", "647101"])
def test_search_by_name_or_code_shows_where_it_is(reader, text):
    page = reader.get(URL, {"q": text}).content.decode()
    assert reverse("regions:region_detail", args=["64.71.01"]) in page
    assert "Kota Balikpapan, Kalimantan Timur" in page
    assert "Jakarta Pusat" not in page


def test_filter_by_level(reader):
    page = reader.get(URL, {"q": "balikpapan", "tingkat": "2"}).content.decode()
    assert "1</strong> daerah ditemukan" in page
    assert "Balikpapan Timur" not in page
    assert "Manggar" in reader.get(URL, {"tingkat": "4"}).content.decode()


def test_nothing_found_says_what_to_try(reader):
    response = reader.get(URL, {"q": "<b>Atlantis"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "Tidak ada daerah yang cocok" in page
    assert "<b>Atlantis" not in page


def test_before_the_list_is_loaded(client):
    client.force_login(make_user("national_admin"))
    assert "load_regions" in client.get(URL).content.decode()


def test_pages_keep_the_query(reader):
    for number in range(1001, 1061):
        make_region(f"64.71.02.{number}", name=f"Kampung {number}")
    page = reader.get(URL, {"q": "kampung", "page": 2}).content.decode()
    assert "Kampung 1060" in page
    assert "Kampung 1001" not in page
    assert "q=kampung&amp;page=1" in page


def test_htmx_gets_the_list_alone(reader):
    piece = reader.get(URL, {"q": "manggar"}, headers=HTMX).content.decode()
    assert "Manggar" in piece
    assert "<html" not in piece
    assert "<form" not in piece


def test_going_back_gets_the_whole_page(reader):
    page = reader.get(URL, {"q": "manggar"}, headers={**HTMX, "HX-History-Restore-Request": "true"}).content.decode()
    assert "<html" in page
    assert "Manggar" in page


@pytest.mark.parametrize("query", [{"tingkat": "9"}, {"q": "x" * 101}])
def test_a_query_that_makes_no_sense_is_said_so(reader, query):
    assert reader.get(URL, query).status_code == 422


def test_a_region_that_is_gone_is_marked(reader):
    make_region("64.72", gone_since="2025-01-01")
    assert "Tidak ada lagi" in reader.get(URL, {"q": "samarinda"}).content.decode()


def test_anonymous_is_led_to_sign_in(client):
    response = client.get(URL)
    assert response.status_code == 302
    assert response.url.startswith(reverse("accounts:sign_in"))


@pytest.mark.parametrize("query", [{}, {"q": "kampung"}])
def test_queries_do_not_grow_with_the_list(reader, django_assert_max_num_queries, query):
    make_region("64.71.02.1001", name="Kampung A")
    reader.get(URL, query)  # the first request also begins the session
    with django_assert_max_num_queries(14) as first:
        reader.get(URL, query)
    make_region("64.71.03.1001", name="Kampung B")
    make_region("73.71.03.1001", name="Kampung C")
    with django_assert_max_num_queries(len(first)) as again:
        reader.get(URL, query)
    assert len(again) == len(first)
