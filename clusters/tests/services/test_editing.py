"""Drafts change piece by piece: each change guarded, recorded, and with positions dense afterwards."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.tests.make import make_user
from clusters import permissions
from clusters.enums import Granularity, Level
from clusters.models import Cluster, Indicator, Instrument, Question
from clusters.queries import content, outline
from clusters.services import editing
from clusters.services.publishing import check, faults_of
from clusters.skeleton import RULE
from clusters.tests.make import make_instrument
from kla_portal.lib.versions import Stale
from trail.models import Event

pytestmark = pytest.mark.django_db
NEW_QUESTION: dict[str, Any] = {
    "code": "2.2", "text": "Baru?", "kind": "yes_no", "max_points": Decimal(5), "rule": RULE, "owners": ["dp3a"],
    "wants": [], "source": "assumption",
}  # fmt: skip


@pytest.fixture
def draft() -> Instrument:
    return make_instrument(code="uji", state="draft", digest="")


@pytest.fixture
def admin() -> Any:
    return make_user("national_admin")


def codes(instrument: Instrument) -> list[str]:
    return [question.code for question in outline(Instrument.objects.get(pk=instrument.pk)).questions]


def dense(instrument: Instrument) -> bool:
    rows = (
        instrument.clusters.all(),
        Indicator.objects.filter(cluster__instrument=instrument),
        instrument.questions.all(),
    )
    return all(sorted(row.position for row in each) == list(range(len(each))) for each in rows)


def test_an_empty_draft_has_the_seven_groups_and_no_points(admin: Any) -> None:
    made = editing.create_draft(
        code="kla-2030", name="KLA 2030", edition="2030", granularity="questions", with_clusters=True, by=admin
    )
    assert [cluster.max_points for cluster in made.clusters.all()] == [0] * 7
    assert outline(made).bands[-1].name == "Paripurna"
    assert made.state == "draft"
    with pytest.raises(editing.Taken, match="kla-2030"):
        editing.create_draft(
            code="kla-2030", name="X", edition="1", granularity="questions", with_clusters=False, by=admin
        )
    assert [event.action for event in Event.objects.all()] == ["instrument_added"]


def test_the_head_is_saved_with_what_changed_alone(draft: Instrument, admin: Any) -> None:
    editing.save_head(
        draft,
        editing.head_seen(draft),
        name="Nama baru",
        edition=draft.edition,
        legal_basis=[{"title": "UU", "url": ""}],
        by=admin,
    )
    event = Event.objects.get()
    assert event.after == {"name": "Nama baru", "legal_basis": [{"title": "UU", "url": ""}]}
    assert set(event.before) == {"name", "legal_basis"}
    with pytest.raises(Stale):
        editing.save_head(draft, editing.head_seen(draft), name="Lain", by=admin)
    assert Instrument.objects.get().name == "Nama baru"


def test_the_head_is_undisturbed_by_its_parts_but_the_whole_has_moved_on(draft: Instrument, admin: Any) -> None:
    looked_at, version = editing.head_seen(draft), draft.version
    editing.save_part(draft.questions.get(code="1.1"), 1, text="Bunyi baru?", by=admin)
    editing.save_head(draft, looked_at, name="Nama baru", by=admin)
    stored = Instrument.objects.get()
    assert (stored.name, stored.version) == ("Nama baru", version + 2)


def test_the_same_changes_nothing(draft: Instrument, admin: Any) -> None:
    question = draft.questions.get(code="1.1")
    assert editing.save_part(question, 1, text=question.text, max_points=Decimal("200.0"), by=admin) is False
    assert not Event.objects.exists()


def test_parts_are_added_at_the_end_of_their_parent(draft: Instrument, admin: Any) -> None:
    made = editing.add_question(Indicator.objects.get(number="2"), by=admin, **NEW_QUESTION)
    assert codes(draft) == ["1.1", "1.2", "2.1", "2.2", "3.1", "3.2"]
    assert dense(draft)
    cluster = editing.add_cluster(draft, by=admin, code="II", name="Keluarga", max_points=Decimal(0))
    editing.add_indicator(cluster, by=admin, number="4", name="Pengasuhan", max_points=Decimal(0), source="assumption")
    assert [event.detail for event in Event.objects.order_by("pk")] == ["pertanyaan 2.2", "klaster II", "indikator 4"]
    assert Event.objects.order_by("pk")[0].after["text"] == made.text


@pytest.mark.parametrize("level", Level.values)
def test_a_code_is_used_once(draft: Instrument, admin: Any, level: str) -> None:
    row = list(editing.MODELS[level].objects.order_by("pk"))[-1]
    taken = {Level.CLUSTER: {"code": "KEL"}, Level.INDICATOR: {"number": "1"}, Level.QUESTION: {"code": "1.1"}}
    with pytest.raises(editing.Taken, match="sudah ada"):
        editing.save_part(row, 1, by=admin, **taken[Level(level)])
    assert not Event.objects.exists()


def test_a_question_goes_to_another_indicator(draft: Instrument, admin: Any) -> None:
    question = draft.questions.get(code="1.1")
    editing.save_part(question, 1, indicator=Indicator.objects.get(number="2"), by=admin)
    assert codes(draft) == ["1.2", "2.1", "1.1", "3.1", "3.2"]
    assert dense(draft)
    assert (Event.objects.get().before, Event.objects.get().after) == ({"indicator": "1"}, {"indicator": "2"})
    with pytest.raises(ValueError, match="stays"):
        editing.save_part(
            question, 2, indicator=Indicator.objects.filter(cluster__instrument=make_instrument())[0], by=admin
        )


def test_moving_up_and_down_and_at_the_ends(draft: Instrument, admin: Any) -> None:
    second = draft.questions.get(code="1.2")
    assert editing.move(second, 1, -1, by=admin) == 1
    assert codes(draft) == ["1.2", "1.1", "2.1", "3.1", "3.2"]
    assert editing.move(second, 2, -1, by=admin) == 1
    assert Event.objects.count() == 1
    with pytest.raises(Stale):
        editing.move(second, 1, 1, by=admin)
    assert editing.move(draft.clusters.get(code="I"), 1, -1, by=admin) == 1
    assert codes(draft) == ["2.1", "3.1", "3.2", "1.2", "1.1"]
    assert dense(draft)


def test_points_of_several_parts_are_saved_together_or_not_at_all(draft: Instrument, admin: Any) -> None:
    first, cluster = draft.questions.get(code="1.1"), draft.clusters.get(code="I")
    changes = [editing.Points(first, 1, Decimal(150)), editing.Points(cluster, 1, Decimal("450.5"))]
    assert editing.save_points(draft, changes, by=admin) == 2
    late = [editing.Points(draft.clusters.get(code="KEL"), 1, Decimal(1)), editing.Points(first, 1, Decimal(9))]
    with pytest.raises(Stale):
        editing.save_points(draft, late, by=admin)
    assert (draft.clusters.get(code="KEL").max_points, draft.questions.get(code="1.1").max_points) == (500, 150)


@pytest.mark.parametrize(("level", "code"), [("question", "1.2"), ("indicator", "3"), ("cluster", "KEL")])
def test_what_is_removed_can_be_put_back_as_it_was(draft: Instrument, admin: Any, level: str, code: str) -> None:
    before = content(draft)
    part = next(row for row in editing.MODELS[level].objects.all() if editing.code_of(row) == code)
    event = editing.remove(part, editing.seen(part), by=admin)
    assert content(draft) != before
    assert dense(draft)
    assert [each.pk for each in editing.restorable(draft)] == [event.pk]
    editing.restore(draft, event.pk, by=admin)
    assert content(draft) == before
    assert dense(draft)
    assert editing.restorable(draft) == []
    with pytest.raises(editing.NotRestorable, match="sudah dipulihkan"):
        editing.restore(draft, event.pk, by=admin)


def test_nothing_unseen_is_removed(draft: Instrument, admin: Any) -> None:
    cluster = draft.clusters.get(code="KEL")
    looked_at = editing.seen(cluster)
    editing.save_part(draft.questions.get(code="1.1"), 1, text="Bunyi baru?", by=admin)
    with pytest.raises(Stale):
        editing.remove(cluster, looked_at, by=admin)
    assert Cluster.objects.filter(pk=cluster.pk).exists()


def test_what_has_no_place_or_whose_code_is_taken_stays_removed(draft: Instrument, admin: Any) -> None:
    question = draft.questions.get(code="2.1")
    first = editing.remove(question, editing.seen(question), by=admin)
    editing.add_question(Indicator.objects.get(number="3"), by=admin, **NEW_QUESTION | {"code": "2.1"})
    with pytest.raises(editing.NotRestorable, match="Ubah kodenya"):
        editing.restore(draft, first.pk, by=admin)
    indicator = Indicator.objects.get(number="2")
    editing.remove(indicator, editing.seen(indicator), by=admin)
    with pytest.raises(editing.NotRestorable, match="I › 2"):
        editing.restore(draft, first.pk, by=admin)


def test_every_edit_makes_a_checked_draft_a_draft_again(draft: Instrument, admin: Any) -> None:
    cluster = draft.clusters.get(code="KEL")
    edits: list[Any] = [
        lambda: editing.save_head(draft, editing.head_seen(Instrument.objects.get()), name="Baru", by=admin),
        lambda: editing.save_part(cluster, cluster.version, name="Baru", by=admin),
        lambda: editing.move(draft.questions.get(code="1.1"), 1, 1, by=admin),
        lambda: editing.remove(cluster, editing.seen(Cluster.objects.get(pk=cluster.pk)), by=admin),
        lambda: editing.restore(draft, editing.restorable(draft)[0].pk, by=admin),
    ]
    for edit in edits:
        Instrument.objects.update(state="checked", digest="x" * 64, checked_by=admin)
        edit()
        stored = Instrument.objects.get()
        assert (stored.state, stored.digest, stored.checked_by) == ("draft", "", None)
    assert Event.objects.filter(action="instrument_reopened").count() == len(edits)


def test_who_may_not_and_what_is_published_stay_out(draft: Instrument, admin: Any) -> None:
    question = draft.questions.get(code="1.1")
    with pytest.raises(PermissionDenied):
        editing.save_part(question, 1, text="X?", by=make_user("evaluator"))
    with pytest.raises(PermissionDenied, match="terbit"):
        Instrument.objects.update(state="published")
        editing.save_part(question, 1, text="X?", by=None)
    Instrument.objects.update(state="draft", granularity=Granularity.CLUSTERS)
    with pytest.raises(PermissionDenied, match="klaster"):
        editing.add_question(question.indicator, by=admin, **NEW_QUESTION)
    assert Question.objects.get(pk=question.pk).text == question.text
    assert not Event.objects.exists()
    assert permissions.can_edit_instrument(admin, Instrument.objects.get())


class Rearranged(TestCase):
    @settings(max_examples=8)
    @given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["up", "down", "away"])), max_size=6))
    def test_whatever_is_moved_nothing_is_lost_and_positions_stay_dense(self, moves: list[tuple[int, str]]) -> None:
        instrument = make_instrument(state="draft")
        editing.renumber(instrument)
        before = sorted(codes(instrument))
        for place, how in moves:
            parts = [
                *instrument.clusters.all(),
                *Indicator.objects.filter(cluster__instrument=instrument),
                *instrument.questions.all(),
            ]
            part: Any = parts[place % len(parts)]
            if how != "away":
                editing.move(part, part.version, -1 if how == "up" else 1, by=None)
            elif isinstance(part, Question):
                home = Indicator.objects.filter(cluster__instrument=instrument).order_by("pk")[place % 3]
                editing.save_part(part, part.version, indicator=home, by=None)
            assert dense(instrument)
        assert sorted(codes(instrument)) == before
        assert len(set(codes(instrument))) == len(before)
        assert isinstance(faults_of(instrument), list)
        assert isinstance(check(instrument, by=None), list)
