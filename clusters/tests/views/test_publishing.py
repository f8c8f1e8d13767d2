from typing import Any

import pytest
from django.test import Client

from accounts.tests.make import make_user
from clusters.models import Instrument
from clusters.services import editing
from clusters.services.versions import new_version
from clusters.tests.make import make_instrument
from clusters.tests.views.forms import filled, typed
from trail.models import Event

pytestmark = pytest.mark.django_db
CHECK, PUBLISH = "/instrumen/uji/periksa/", "/instrumen/uji/terbitkan/"


@pytest.fixture
def draft() -> Instrument:
    return make_instrument(code="uji", state="draft", digest="")


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("national_admin"))
    return client


@pytest.fixture
def second() -> Client:
    client = Client()
    client.force_login(make_user("national_admin"))
    return client


def body(response: Any) -> str:
    return str(response.content.decode())


def test_a_wrong_sum_stops_and_leads_to_the_field_that_mends_it(admin: Client, draft: Instrument) -> None:
    question = draft.questions.get(code="1.1")
    editing.save_part(question, 1, max_points=165, by=None)
    missing = {"question": "9.9", "least": "1", "label": "X", "enforced": True}
    predicates = [draft.predicates[0] | {"requires": [missing]}]
    editing.save_head(draft, editing.head_seen(draft), by=None, predicates=predicates)
    response = admin.post(CHECK)
    page = body(response)
    assert response.status_code == 422
    assert "pertanyaan di dalamnya berjumlah 465" in page
    assert f'href="/instrumen/uji/sunting/?klaster=KEL#points-indicator-{question.indicator_id}"' in page
    assert 'href="/instrumen/uji/sunting/kepala/#requires"' in page
    assert Instrument.objects.get().state == "draft"
    assert not Event.objects.filter(action="instrument_checked").exists()
    assert "berjumlah 465" in body(admin.get(CHECK))


def test_every_address_of_a_fault_leads_to_its_field(admin: Client, draft: Instrument) -> None:
    draft.clusters.filter(code="I").update(name="")
    draft.questions.filter(code="2.1").update(owners=[], source="entah")
    draft.questions.filter(code="1.1").update(rule={"yes": "2", "no": "0"})
    page = body(admin.post(CHECK))
    for anchor in ("#id_name", "#owners", "#id_source", "#rule"):
        assert anchor in page
        address = page.split(anchor)[0].rpartition('href="')[2]
        assert f'id="{anchor[1:]}"' in body(admin.get(address))


def test_two_persons_from_draft_to_published(admin: Client, second: Client, draft: Instrument) -> None:
    for _ in range(2):
        response = admin.post(CHECK)
        assert (response.status_code, response["Location"]) == (302, PUBLISH)
    assert "orang kedua" in body(admin.get(PUBLISH))
    assert admin.post(PUBLISH, {"digest": Instrument.objects.get().digest}).status_code == 403
    page = body(second.get(PUBLISH))
    assert "Tidak dapat dibatalkan" in page
    for _ in range(2):
        response = second.post(PUBLISH, filled(page))
        assert (response.status_code, response["Location"]) == (302, "/instrumen/uji/")
    stored = Instrument.objects.get()
    assert (stored.state, Event.objects.filter(action="instrument_published").count()) == ("published", 1)
    assert second.get(PUBLISH).status_code == 403
    assert second.get(CHECK).status_code == 403


def test_a_check_of_former_content_does_not_count(admin: Client, draft: Instrument) -> None:
    """As after an import over a draft that had been checked."""
    admin.post(CHECK)
    Instrument.objects.update(state="draft")
    draft.questions.filter(code="1.1").update(max_points=1)
    assert admin.post(CHECK).status_code == 422


def test_a_draft_that_nobody_checked_is_not_published(admin: Client, draft: Instrument) -> None:
    assert "belum diperiksa" in body(admin.get(PUBLISH))
    assert admin.post(PUBLISH, {"digest": ""}).status_code == 403


def test_what_changed_since_it_was_looked_at_is_not_published(admin: Client, second: Client, draft: Instrument) -> None:
    admin.post(CHECK)
    given = typed(second, PUBLISH)
    editing.save_part(draft.questions.get(code="1.1"), 1, text="Bunyi baru?", by=None)
    assert second.post(PUBLISH, given).status_code == 403
    admin.post(CHECK)
    response = second.post(PUBLISH, given)
    assert response.status_code == 409
    assert "Belum diterbitkan." in body(response)
    assert second.post(PUBLISH, filled(body(response))).status_code == 302


def test_the_difference_to_what_it_corrects_is_offered(admin: Client, draft: Instrument) -> None:
    older = make_instrument(code="lama", name="Versi lama")
    Instrument.objects.filter(code="uji").update(corrects=older)
    page = body(admin.get(PUBLISH))
    assert "Versi lama" in page
    assert "Lihat perbedaannya" in page


def test_the_list_says_what_to_do_next(admin: Client, second: Client, draft: Instrument) -> None:
    assert "Sunting" in body(admin.get("/instrumen/"))
    admin.post(CHECK)
    assert "Menunggu orang kedua" in body(admin.get("/instrumen/"))
    assert "Terbitkan" in body(second.get("/instrumen/"))


@pytest.mark.parametrize("role", ["evaluator", "coordinator"])
def test_others_do_not_know_of_it(draft: Instrument, role: str) -> None:
    client = Client()
    client.force_login(make_user(role))
    assert [client.post(path).status_code for path in (CHECK, PUBLISH)] == [404, 404]


def test_what_the_mapping_leaves_unsaid_is_told_before_it_is_too_late(admin: Client, second: Client) -> None:
    source = make_instrument(code="lama")
    new_version(source, code="uji", edition="2", name="Uji", by=make_user("national_admin"))
    draft = Instrument.objects.get(code="uji")
    assert "Pemetaan" not in body(second.get(PUBLISH))
    question = draft.questions.get(code="3.2")
    editing.save_part(question, question.version, code="3.9", by=None)
    page = body(second.get(PUBLISH))
    assert "bagian belum dijelaskan" in page
    assert 'href="/instrumen/lama/pemetaan/uji/"' in page
