"""Clusters, indicators, the head and the whole: made, edited, taken out, put back."""

from typing import Any

import pytest
from django.test import Client

from accounts.tests.make import make_user
from clusters.models import Cluster, Indicator, Instrument
from clusters.services import editing
from clusters.tests.make import make_instrument
from clusters.tests.views.forms import filled, typed
from trail.models import Event

pytestmark = pytest.mark.django_db
BASE = "/instrumen/uji/sunting/"


@pytest.fixture
def draft() -> Instrument:
    return make_instrument(code="uji", state="draft", digest="")


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("national_admin"))
    return client


def body(response: Any) -> str:
    return str(response.content.decode())


def indicator(number: str = "2") -> Indicator:
    return Indicator.objects.get(number=number)


# --- instrument_create ----------------------------------------------------------------------------------------------
NEW = {"code": "kla-2030", "name": "KLA 2030", "edition": "2030", "granularity": "questions", "with_clusters": "on",
       "once": "k"}  # fmt: skip


def test_a_draft_is_made_once_and_offered_other_beginnings(admin: Client) -> None:
    make_instrument(name="Yang terbit")
    assert "Yang terbit" in body(admin.get("/instrumen/baru/"))
    for _ in range(2):
        response = admin.post("/instrumen/baru/", NEW)
        assert (response.status_code, response["Location"]) == (302, "/instrumen/kla-2030/sunting/")
    assert Instrument.objects.get(code="kla-2030").clusters.count() == 7
    assert "klaster 0 dari 1.000: kurang 1.000" in body(admin.get("/instrumen/kla-2030/sunting/"))
    assert admin.get("/instrumen/kla-2030/").status_code == 200


@pytest.mark.parametrize("change", [{"code": "KLA 2030"}, {"code": "baru"}, {"code": "uji"}, {"name": ""}])
def test_a_refused_draft_leaves_nothing(admin: Client, draft: Instrument, change: dict[str, str]) -> None:
    assert admin.post("/instrumen/baru/", NEW | change).status_code == 422
    assert Instrument.objects.count() == 1
    assert not Event.objects.exists()


def test_only_national_admins_make_drafts(client: Client) -> None:
    client.force_login(make_user("evaluator"))
    assert client.post("/instrumen/baru/", NEW).status_code == 403
    assert "Instrumen baru" not in body(client.get("/instrumen/"))


# --- instrument_head_edit -------------------------------------------------------------------------------------------
def test_the_head_comes_back_as_it_was_and_is_changed(admin: Client, draft: Instrument) -> None:
    older = make_instrument(code="lama")
    given = typed(admin, f"{BASE}kepala/")
    assert admin.post(f"{BASE}kepala/", given).status_code == 302
    assert not Event.objects.exists()
    given |= {
        "name": "Nama baru", "corrects": "lama", "legal_basis-0-title": "UU 35/2014", "legal_basis-0-url": "",
        "assumptions-0-text": "Semua tangga nilai.", "predicates-1-lower": "600,5", "requires-0-band": "utama",
        "requires-0-question": "1.1", "requires-0-least": "1", "requires-0-label": "Perda KLA",
        "requires-0-enforced": "on", "requires-0-source": "assumption",
    }  # fmt: skip
    assert admin.post(f"{BASE}kepala/", given).status_code == 302
    stored = Instrument.objects.get(code="uji")
    assert (stored.name, stored.corrects, stored.legal_basis[0]["title"]) == ("Nama baru", older, "UU 35/2014")
    assert stored.predicates[1]["lower"] == "600.5"
    assert stored.predicates[3]["requires"] == [
        {"question": "1.1", "least": "1", "label": "Perda KLA", "enforced": True, "source": "assumption"}
    ]
    again = typed(admin, f"{BASE}kepala/")
    assert (again["requires-0-band"], again["requires-0-enforced"]) == ("utama", "on")


@pytest.mark.parametrize(
    ("change", "marked"),
    [
        ({"predicates-1-lower": "400"}, "predicates-1-lower"),
        ({"predicates-1-lower": ""}, "predicates-1-lower"),
        ({"predicates-0-code": "madya"}, "predicates-1-code"),
        ({"requires-0-band": "xyz", "requires-0-question": "1.1"}, "requires-0-band"),
        ({"legal_basis-0-title": "UU", "legal_basis-0-url": "bukan alamat"}, "legal_basis-0-url"),
        ({"name": ""}, "id_name"),
    ],
)
def test_a_refused_head_changes_nothing(admin: Client, draft: Instrument, change: dict[str, str], marked: str) -> None:
    response = admin.post(f"{BASE}kepala/", typed(admin, f"{BASE}kepala/") | change)
    assert response.status_code == 422
    assert f'href="#{marked}"' in body(response)
    assert not Event.objects.exists()


def test_rows_of_the_head_are_added_without_storing(admin: Client, draft: Instrument) -> None:
    page = body(admin.post(f"{BASE}kepala/", typed(admin, f"{BASE}kepala/") | {"add": "legal_basis"}))
    assert 'id="legal_basis-0-title"' in page
    assert not Event.objects.exists()


def test_the_head_in_conflict_shows_both(admin: Client, draft: Instrument) -> None:
    given = typed(admin, f"{BASE}kepala/") | {"name": "Nama saya"}
    editing.save_head(draft, editing.head_seen(draft), name="Nama orang lain", by=None)
    response = admin.post(f"{BASE}kepala/", given)
    assert response.status_code == 409
    assert "Nama orang lain" in body(response)
    assert admin.post(f"{BASE}kepala/", filled(body(response))).status_code == 302
    assert Instrument.objects.get().name == "Nama saya"


# --- cluster and indicator ------------------------------------------------------------------------------------------
def test_clusters_are_added_and_edited(admin: Client, draft: Instrument) -> None:
    given = typed(admin, f"{BASE}k/baru/") | {"code": "ii", "name": "Keluarga", "max_points": "12,5"}
    assert admin.post(f"{BASE}k/baru/", given).status_code == 302
    made = Cluster.objects.get(code="II")
    address = f"{BASE}k/{made.pk}/"
    assert admin.post(address, typed(admin, address) | {"name": "Pengasuhan"}).status_code == 302
    made.refresh_from_db()
    assert (made.name, str(made.max_points), made.version) == ("Pengasuhan", "12.500", 2)


@pytest.mark.parametrize("change", [{"code": "KEL"}, {"code": "satu dua"}, {"name": ""}, {"max_points": "x"}])
def test_a_refused_cluster_changes_nothing(admin: Client, draft: Instrument, change: dict[str, str]) -> None:
    for address in (f"{BASE}k/baru/", f"{BASE}k/{Cluster.objects.get(code='I').pk}/"):
        given = {"code": "II", "name": "X", "max_points": "1", "version": "1"} | change
        assert admin.post(address, given).status_code == 422
    assert Cluster.objects.count() == 2
    assert not Event.objects.exists()


def test_indicators_are_added_edited_and_moved_to_another_cluster(admin: Client, draft: Instrument) -> None:
    home, other = Cluster.objects.get(code="I"), Cluster.objects.get(code="KEL")
    address = f"{BASE}k/{home.pk}/baru/"
    given = typed(admin, address) | {"number": "4", "name": "Baru", "max_points": "0"}
    assert admin.post(address, given).status_code == 302
    address = f"{BASE}i/{indicator('4').pk}/"
    assert admin.post(address, typed(admin, address) | {"cluster": str(other.pk), "number": "1"}).status_code == 422
    assert admin.post(address, typed(admin, address) | {"cluster": str(other.pk)}).status_code == 302
    assert indicator("4").cluster == other
    assert [each.number for each in other.indicators.all()] == ["1", "4"]


def test_indicators_and_clusters_in_conflict_show_both(admin: Client, draft: Instrument) -> None:
    for part, address in ((indicator(), f"{BASE}i/{indicator().pk}/"),
                          (draft.clusters.get(code="I"), f"{BASE}k/{draft.clusters.get(code='I').pk}/")):  # fmt: skip
        given = typed(admin, address) | {"name": "Nama saya"}
        editing.save_part(part, 1, name="Nama orang lain", by=None)
        response = admin.post(address, given)
        assert response.status_code == 409
        assert "Nama orang lain" in body(response)
        assert 'value="Nama saya"' in body(response)
        assert admin.post(address, filled(body(response))).status_code == 302


def test_an_instrument_of_clusters_takes_no_indicators(admin: Client) -> None:
    instrument = make_instrument(code="uji", state="draft", granularity="clusters")
    cluster = instrument.clusters.get(code="I")
    assert admin.get(f"{BASE}k/{cluster.pk}/baru/").status_code == 403
    assert "Tambah indikator" not in body(admin.get(BASE))


# --- part_remove and part_restore -----------------------------------------------------------------------------------
@pytest.mark.parametrize("level", ["cluster", "indicator", "question"])
def test_what_is_removed_is_offered_back(admin: Client, draft: Instrument, level: str) -> None:
    part = editing.MODELS[level].objects.order_by("pk")[1]
    address = f"{BASE}hapus/{level}/{part.pk}/"
    given = typed(admin, address)
    for _ in range(2):
        assert admin.post(address, given).status_code == 302
    assert not editing.MODELS[level].objects.filter(pk=part.pk).exists()
    assert "Baru dihapus (1)" in body(admin.get(BASE))
    event = Event.objects.get(action="part_removed")
    back = admin.post(f"{BASE}pulihkan/{event.pk}/", follow=True)
    assert "dipulihkan." in body(back)
    assert "Baru dihapus" not in body(back)
    assert "sudah dipulihkan" in body(admin.post(f"{BASE}pulihkan/{event.pk}/", follow=True))
    assert editing.MODELS[level].objects.count() == {"cluster": 2, "indicator": 3, "question": 5}[level]


def test_what_changed_meanwhile_is_shown_before_it_is_removed(admin: Client, draft: Instrument) -> None:
    address = f"{BASE}hapus/indicator/{indicator().pk}/"
    given = typed(admin, address)
    editing.save_part(draft.questions.get(code="2.1"), 1, text="Bunyi baru?", by=None)
    response = admin.post(address, given)
    assert response.status_code == 409
    assert "Belum dihapus." in body(response)
    assert admin.post(address, filled(body(response))).status_code == 302


def test_nothing_is_removed_by_looking_or_by_guessing(admin: Client, draft: Instrument) -> None:
    address = f"{BASE}hapus/question/{draft.questions.get(code='1.1').pk}/"
    assert admin.get(address).status_code == 200
    assert admin.post(address, {}).status_code == 409
    assert admin.get(f"{BASE}hapus/semesta/1/").status_code == 404
    assert admin.get(f"{BASE}pulihkan/1/").status_code == 302
    assert draft.questions.count() == 5


# --- every page -----------------------------------------------------------------------------------------------------
def test_no_page_asks_the_database_often(admin: Client, draft: Instrument, django_assert_max_num_queries: Any) -> None:
    question = draft.questions.get(code="2.1")
    pages = [
        "/instrumen/baru/", BASE, f"{BASE}kepala/", f"{BASE}k/baru/", f"{BASE}k/{question.indicator.cluster_id}/",
        f"{BASE}i/{question.indicator_id}/", f"{BASE}p/{question.pk}/", f"{BASE}i/{question.indicator_id}/baru/",
        f"{BASE}hapus/cluster/{question.indicator.cluster_id}/", "/instrumen/uji/periksa/", "/instrumen/uji/terbitkan/",
    ]  # fmt: skip
    for more in range(3):
        editing.add_question(
            question.indicator, by=None, code=f"2.{more + 2}", text=f"Tambahan {more}?", kind="yes_no", max_points=1,
            rule={"yes": "1", "no": "0"}, owners=["dp3a"], wants=[], source="assumption",
        )  # fmt: skip
        for page in pages:
            with django_assert_max_num_queries(14):
                assert admin.get(page).status_code == 200
