from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.tests.make import make_user
from clusters import lineage, queries
from clusters.correspondence import Line
from clusters.diffing import diff
from clusters.enums import Level
from clusters.mapping import MappingData
from clusters.models import Instrument, Mapping, MappingLine
from clusters.services import versions
from clusters.tests.make import make_instrument, make_mapping
from kla_portal.lib.versions import Stale
from trail.models import Event

pytestmark = pytest.mark.django_db
NAMED = {"code": "uji-b", "edition": "2024 b", "name": "Uji b"}


def test_a_new_version_says_the_same_and_corrects_its_source() -> None:
    source = make_instrument(code="uji")
    target = versions.new_version(source, **NAMED, by=make_user("national_admin"))
    assert (target.state, target.corrects, target.edition, target.digest) == ("draft", source, "2024 b", "")
    old, new = queries.content(source), queries.content(target)
    assert (old.clusters, old.predicates) == (new.clusters, new.predicates)
    assert {q.pk for q in target.questions.all()}.isdisjoint(q.pk for q in source.questions.all())
    event = Event.objects.get()
    assert (event.action, event.subject) == ("instrument_version_created", "instrument:uji-b")


def test_its_mapping_says_that_every_part_is_the_same() -> None:
    source = make_instrument()
    target = versions.new_version(source, **NAMED, by=make_user("national_admin"))
    lines = Mapping.objects.get(source=source, target=target).lines
    assert set(lines.values_list("relation", flat=True)) == {"same"}
    assert lines.count() == 2 + 3 + 5
    assert lineage.table(Mapping.objects.get()).problems == ()


def test_only_a_national_admin_makes_one_and_only_of_what_is_published() -> None:
    for source, by in (
        (make_instrument(), make_user("evaluator")),
        (make_instrument(state="draft"), make_user("national_admin")),
    ):
        with pytest.raises(PermissionDenied):
            versions.new_version(source, **NAMED, by=by)
    assert not Instrument.objects.filter(code="uji-b").exists()


def test_a_code_that_is_taken_leaves_nothing_behind() -> None:
    source, by = make_instrument(code="uji"), make_user("national_admin")
    with pytest.raises(IntegrityError), transaction.atomic():
        versions.new_version(source, **NAMED | {"code": "uji"}, by=by)
    assert (Instrument.objects.count(), Mapping.objects.count(), Event.objects.count()) == (1, 0, 0)


def test_a_change_in_the_draft_is_the_whole_difference() -> None:
    source = make_instrument()
    target = versions.new_version(source, **NAMED, by=make_user("national_admin"))
    target.questions.filter(code="2.1").update(max_points=Decimal(150), text="Lain?")
    target.questions.filter(code="3.2").delete()
    old, new = queries.content(source), queries.content(target)
    pairs = lineage.direct(source, target, (lineage.codes(source), lineage.codes(target)))
    found = diff(old, new, pairs)
    assert [(entry.what, [change.sort for change in entry.changes]) for entry in found.entries[1:]] == [
        ("Pertanyaan 2.1", ["text", "points"]),
        ("Pertanyaan 3.2", ["gone"]),
    ]
    assert found.touched == {"2.1", "3.2"}


def test_a_fraction_changed_behind_its_second_decimal_is_a_difference() -> None:
    source = make_instrument()
    target = versions.new_version(source, **NAMED, by=make_user("national_admin"))
    for instrument, fraction in ((source, "0.333"), (target, "0.334")):
        question = instrument.questions.get(code="1.1")
        instrument.questions.filter(pk=question.pk).update(rule={"yes": "1", "no": fraction}, kind="yes_no")
    old, new = queries.content(source), queries.content(target)
    pairs = lineage.direct(source, target, (lineage.codes(source), lineage.codes(target)))
    found = diff(old, new, pairs)
    assert found.touched == {"1.1"}
    changes = [change for entry in found.entries for change in entry.changes if change.sort == "ladder"]
    assert [(change.before, change.after) for change in changes] == [("Tidak: 0,333", "Tidak: 0,334")]


# --- mappings -------------------------------------------------------------------------------------------------------
def test_a_mapping_is_loaded_once_and_replaced_when_it_differs() -> None:
    source, target = make_instrument(code="a"), make_instrument(code="b", state="draft")
    data = MappingData("a", "b", "catatan", "", (Line(Level.QUESTION, "renamed", "1.1", "1.2"),))
    assert [versions.load_mapping(data) for _ in range(2)] == [versions.MAPPED, versions.UNCHANGED]
    again = MappingData("a", "b", "catatan", "", (Line(Level.QUESTION, "renamed", "1.2", "1.1"),))
    assert versions.load_mapping(again) == versions.MAPPED
    mapping = Mapping.objects.get()
    assert [(line.source_code, line.target_code) for line in mapping.lines.all()] == [("1.2", "1.1")]
    assert (mapping.source, mapping.target, mapping.note) == (source, target, "catatan")
    assert Event.objects.filter(action="mapping_loaded").count() == 2


def test_of_two_who_change_a_mapping_the_slower_is_told() -> None:
    mapping = make_mapping(target=make_instrument(state="draft"))
    seen, admin = mapping.version, make_user("national_admin")
    line = versions.save_line(mapping, Line("question", "gone", "1.1", ""), replacing=None, version=seen, by=admin)
    with pytest.raises(Stale):
        versions.save_line(mapping, Line("question", "new", "", "1.2"), replacing=line, version=seen, by=admin)
    assert MappingLine.objects.get().relation == "gone"
    versions.remove_line(line, version=seen + 1, by=admin)
    assert not MappingLine.objects.exists()
    assert [e.action for e in Event.objects.order_by("id")] == ["mapping_line_saved", "mapping_line_removed"]


def test_the_mapping_of_a_published_version_stays() -> None:
    mapping = make_mapping()
    with pytest.raises(PermissionDenied):
        versions.save_line(
            mapping, Line("question", "gone", "1.1", ""), replacing=None, version=1, by=make_user("national_admin")
        )
    assert not MappingLine.objects.exists()


def test_a_file_does_not_replace_the_mapping_of_a_published_version() -> None:
    make_instrument(code="a"), make_instrument(code="b")
    data = MappingData("a", "b", "", "", (Line(Level.QUESTION, "renamed", "1.1", "1.2"),))
    assert [versions.load_mapping(data) for _ in range(2)] == [versions.MAPPED, versions.UNCHANGED]
    with pytest.raises(versions.MappingSettled):
        versions.load_mapping(MappingData("a", "b", "", "", (Line(Level.QUESTION, "renamed", "1.2", "1.1"),)))
    assert [(line.source_code, line.target_code) for line in MappingLine.objects.all()] == [("1.1", "1.2")]


def test_a_version_published_meanwhile_takes_no_further_line() -> None:
    mapping = make_mapping(target=make_instrument(state="draft"))
    Instrument.objects.filter(pk=mapping.target_id).update(state="published")  # by another process
    with pytest.raises(PermissionDenied):
        versions.save_line(
            mapping, Line("question", "gone", "1.1", ""), replacing=None, version=1, by=make_user("national_admin")
        )
    assert not MappingLine.objects.exists()
