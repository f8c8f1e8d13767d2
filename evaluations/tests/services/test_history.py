from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.history.reading import Row
from evaluations.models import PublishedResult
from evaluations.services.history import import_results, remove_result
from evaluations.tests.make import make_published
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


def row(line: int = 2, **changed: object) -> Row:
    given = {
        "line": line, "region_code": "64.71", "region": "Kota Balikpapan", "year": 2022, "stage": "final",
        "cluster": "", "score": Decimal("732.00"), "maximum": Decimal(1000), "predicate": "nindya",
        "source_url": "https://contoh.go.id/a", "note": "",
    }  # fmt: skip
    return Row(**given | changed)  # type: ignore[arg-type]


def counts(outcome: object) -> tuple[int, int, int]:
    return len(outcome.added), len(outcome.changed), outcome.unchanged  # type: ignore[attr-defined]


def test_the_same_rows_again_change_nothing() -> None:
    make_region()
    admin = make_user(Role.NATIONAL_ADMIN)
    rows = [row(), row(3, year=2023, score=None), row(4, cluster="II", predicate="", score=Decimal("78.125"))]
    assert counts(import_results(rows, admin)) == (3, 0, 0)
    before = list(PublishedResult.objects.values())
    assert counts(import_results(rows, admin)) == (0, 0, 3)
    assert list(PublishedResult.objects.values()) == before
    assert Event.objects.filter(action="history.import").count() == 1


def test_a_row_that_says_otherwise_is_corrected_and_the_old_one_kept_in_the_trail() -> None:
    make_region()
    import_results([row(), row(3, source_url="https://contoh.go.id/b", predicate="madya")], None)
    assert counts(import_results([row(score=Decimal("733.50"), note="ralat")], None)) == (0, 1, 0)
    stored = PublishedResult.objects.get(source_url="https://contoh.go.id/a")
    assert (stored.score, stored.note) == (Decimal("733.500"), "ralat")
    assert PublishedResult.objects.count() == 2, "what another source says stands beside it"
    event = Event.objects.filter(action="history.import").latest("pk")
    assert event.before["changed"][0]["score"] == "732.000"
    assert event.after == {"added": 0, "changed": 1, "unchanged": 0}


def test_all_or_nothing() -> None:
    make_region()
    with pytest.raises(IntegrityError):
        import_results([*(row(year=year) for year in range(2010, 2020)), row(score=None, predicate="")], None)
    assert not PublishedResult.objects.exists()
    assert not Event.objects.filter(action="history.import").exists()


def test_one_is_taken_out_and_the_trail_keeps_what_it_said() -> None:
    result, admin = make_published(note="asli"), make_user(Role.NATIONAL_ADMIN)
    remove_result(result, admin)
    remove_result(result, admin)
    assert not PublishedResult.objects.exists()
    [event] = Event.objects.filter(action="history.remove")
    assert (event.region_code, event.before["note"], event.before["score"]) == ("64.71", "asli", "732.000")


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PROVINCE_VERIFIER, Role.EVALUATOR])
def test_only_a_national_admin(role: Role) -> None:
    result = make_published()
    user = make_user(role)
    with pytest.raises(PermissionDenied):
        import_results([row()], user)
    with pytest.raises(PermissionDenied):
        remove_result(result, user)
    assert PublishedResult.objects.get() == result
