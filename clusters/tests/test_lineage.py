import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.make import make_user
from clusters import lineage
from clusters.correspondence import Line
from clusters.enums import Level
from clusters.models import Mapping
from clusters.services.versions import new_version
from clusters.tests.make import make_instrument, make_mapping, make_question

pytestmark = pytest.mark.django_db
Q = Level.QUESTION


def renamed(source: str, target: str) -> Line:
    return Line(Q, "renamed", source, target)


def test_an_instrument_is_its_own_forebear() -> None:
    instrument = make_instrument()
    found = lineage.correspondence(instrument, instrument)
    assert found is not None and found.origins(Q, "2.1") == ("2.1",)


def test_without_a_mapping_there_is_no_way() -> None:
    assert lineage.correspondence(make_instrument(), make_instrument()) is None


def test_several_mappings_lead_on_and_never_back() -> None:
    first, second, third = (make_instrument() for _ in range(3))
    make_mapping(source=first, target=second, lines=(renamed("1.1", "1.2"), renamed("1.2", "1.1")))
    make_mapping(source=second, target=third, lines=(renamed("1.2", "2.1"), renamed("2.1", "1.2")))
    found = lineage.correspondence(first, third)
    assert found is not None
    assert (found.heirs(Q, "1.1"), found.heirs(Q, "2.1"), found.heirs(Q, "3.1")) == (("2.1",), ("1.2",), ("3.1",))
    assert lineage.correspondence(third, first) is None


def test_no_way_leads_through_a_draft() -> None:
    first, draft, third = make_instrument(), make_instrument(state="draft"), make_instrument()
    make_mapping(source=first, target=draft)
    make_mapping(source=draft, target=third)
    assert lineage.correspondence(first, third) is None
    assert lineage.correspondence(first, draft) is not None


def test_a_way_is_kept_until_its_mapping_changes() -> None:
    first, second = make_instrument(), make_instrument()
    mapping = make_mapping(source=first, target=second)
    assert lineage.correspondence(first, second) is not None
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert lineage.correspondence(first, second) is not None
    assert len(queries) == 1
    mapping.lines.create(level=Q, relation="gone", source_code="1.1")
    Mapping.objects.filter(pk=mapping.pk).update(version=2)
    found = lineage.correspondence(first, second)
    assert found is not None and found.heirs(Q, "1.1") == ()


def test_a_table_has_every_line_and_the_codes_that_are_simply_equal() -> None:
    target = make_instrument(state="draft")
    make_question(target.clusters.all()[0].indicators.all()[0], code="1.9")
    table = lineage.table(make_mapping(target=target, lines=(Line(Q, "gone", "3.2", "", "tidak ditanya lagi"),)))
    assert [(row.source, row.target, row.relation, bool(row.pk)) for row in table.rows if row.level == Q] == [
        ("1.1", "1.1", "same", False), ("1.2", "1.2", "same", False), ("2.1", "2.1", "same", False),
        ("3.1", "3.1", "same", False), ("3.2", "", "gone", True),
    ]  # fmt: skip
    assert table.problems == (
        "pertanyaan 1.9 pada versi tujuan belum dipetakan",
        "pertanyaan 3.2 pada versi tujuan belum dipetakan",
    )
    assert dict(table.counts) == {"same": 2 + 3 + 4, "gone": 1}


def test_neighbours_are_the_versions_before_and_after_that_one_may_see() -> None:
    old, here = make_instrument(), make_instrument()
    make_mapping(source=old, target=here)
    draft = new_version(here, code="uji-b", edition="b", name="Uji b", by=make_user("national_admin"))
    admin, reader = (Mapping.objects.visible_to(make_user(role)) for role in ("national_admin", "operator"))
    assert [(each.other, each.label) for each in lineage.neighbours(here, admin)] == [
        (old, "Versi sebelumnya"),
        (draft, "Memperbaiki versi ini"),
    ]
    assert [each.other for each in lineage.neighbours(here, reader)] == [old]
    assert [(each.source, each.target) for each in lineage.neighbours(draft, admin)] == [(here.code, draft.code)]
