"""Draft, checked, published: the same check as of a file, and two persons."""

from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from accounts.tests.make import make_user
from clusters.models import Instrument
from clusters.queries import outline
from clusters.services import editing
from clusters.services.publishing import check, faults_of, publish
from clusters.tests.make import make_instrument
from kla_portal.lib.versions import Stale
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Instrument:
    return make_instrument(code="uji", state="draft", digest="")


@pytest.fixture
def admin() -> Any:
    return make_user("national_admin")


def test_the_shipped_instrument_passes_its_own_check_with_the_digest_of_its_file() -> None:
    call_command("load_instrument", stdout=StringIO())
    for instrument in Instrument.objects.all():
        assert faults_of(instrument) == []
        digest = instrument.digest
        Instrument.objects.filter(pk=instrument.pk).update(state="draft", digest="")
        assert check(instrument, by=None) == []
        assert Instrument.objects.get(pk=instrument.pk).digest == digest


def test_a_wrong_sum_stops_the_check_and_names_parent_and_difference(draft: Instrument, admin: Any) -> None:
    editing.save_part(draft.questions.get(code="1.1"), 1, max_points=Decimal(165), by=admin)
    [fault] = check(draft, by=admin)
    assert fault.path == "clusters[0].indicators[0].max_points"
    assert "tertulis 500, tetapi pertanyaan di dalamnya berjumlah 465" in fault.problem
    stored = Instrument.objects.get()
    assert (stored.state, stored.digest, stored.checked_by) == ("draft", "", None)
    assert not Event.objects.filter(action="instrument_checked").exists()


def test_several_faults_are_told_at_once(draft: Instrument, admin: Any) -> None:
    editing.save_part(draft.questions.get(code="1.1"), 1, max_points=Decimal(165), by=admin)
    editing.save_part(draft.clusters.get(code="I"), 1, max_points=Decimal(480), by=admin)
    predicates = [
        draft.predicates[0] | {"requires": [{"question": "9.9", "least": "1", "label": "X", "enforced": True}]}
    ]
    editing.save_head(draft, editing.head_seen(draft), predicates=predicates, by=admin)
    assert [fault.path for fault in check(draft, by=admin)] == [
        "clusters[0].indicators[0].max_points", "clusters[1].max_points", "predicates[0].requires[0].question",
        "max_points",
    ]  # fmt: skip


def test_an_empty_draft_is_not_clean(admin: Any) -> None:
    made = editing.create_draft(
        code="kla-2030", name="KLA 2030", edition="2030", granularity="questions", with_clusters=False, by=admin
    )
    assert "berjumlah 0" in str(check(made, by=admin))
    editing.add_cluster(made, code="KEL", name="Kelembagaan", max_points=Decimal(0), by=admin)
    assert [fault.path for fault in check(made, by=admin)] == ["max_points"]


def test_two_persons_publish(draft: Instrument, admin: Any) -> None:
    second = make_user("national_admin")
    with pytest.raises(PermissionDenied, match="belum diperiksa"):
        publish(draft, "", by=second)
    assert check(draft, by=admin) == []
    checked = Instrument.objects.get()
    assert (checked.state, checked.checked_by, len(checked.digest)) == ("checked", admin, 64)
    with pytest.raises(PermissionDenied, match="sudah diperiksa"):
        check(draft, by=second)
    with pytest.raises(PermissionDenied, match="orang kedua"):
        publish(draft, checked.digest, by=admin)
    with pytest.raises(Stale):
        publish(draft, "0" * 64, by=second)
    publish(draft, checked.digest, by=second)
    done = Instrument.objects.get()
    assert (done.state, done.published_by, done.digest) == ("published", second, checked.digest)
    assert done.published_at is not None
    assert [event.action for event in Event.objects.order_by("pk")] == ["instrument_checked", "instrument_published"]
    assert outline(done) is outline(done)
    with pytest.raises(PermissionDenied, match="terbit"):
        publish(draft, checked.digest, by=second)


def test_an_edit_behind_the_check_is_noticed(draft: Instrument, admin: Any) -> None:
    check(draft, by=admin)
    digest = Instrument.objects.get().digest
    draft.questions.filter(code="1.1").update(text="Diubah di luar penyunting?")
    with pytest.raises(Stale):
        publish(draft, digest, by=make_user("national_admin"))
    assert Instrument.objects.get().state == "checked"


def test_a_checked_draft_is_read_anew_after_every_edit(draft: Instrument, admin: Any) -> None:
    assert outline(draft).by_code["1.1"].text.startswith("Pertanyaan 1.1")
    editing.save_part(draft.questions.get(code="1.1"), 1, text="Bunyi baru?", by=admin)
    assert outline(Instrument.objects.get()).by_code["1.1"].text == "Bunyi baru?"


def test_nobody_else_checks_or_publishes(draft: Instrument, admin: Any) -> None:
    with pytest.raises(PermissionDenied):
        check(draft, by=make_user("province_verifier"))
    check(draft, by=admin)
    with pytest.raises(PermissionDenied):
        publish(draft, Instrument.objects.get().digest, by=make_user("evaluator"))
