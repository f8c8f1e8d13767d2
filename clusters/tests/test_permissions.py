from typing import Any

import pytest

from accounts.enums import Role
from accounts.tests.make import make_user
from clusters import permissions
from clusters.enums import Granularity
from clusters.tests.make import make_instrument

pytestmark = pytest.mark.django_db
MAY: dict[str, Any] = {
    "edit": permissions.can_edit_instrument,
    "questions": permissions.can_edit_questions,
    "check": permissions.can_check,
    "publish": permissions.can_publish,
}


@pytest.mark.parametrize(
    ("state", "allowed"),
    [("draft", {"edit", "questions", "check"}), ("checked", {"edit", "questions", "publish"}), ("published", set())],
)
def test_what_the_state_allows_a_national_admin(state: str, allowed: set[str]) -> None:
    admin = make_user("national_admin")
    instrument = make_instrument(state=state, checked_by=make_user("national_admin"))
    decisions = {name: may(admin, instrument) for name, may in MAY.items()}
    assert {name for name, decision in decisions.items() if decision} == allowed
    assert all(decision.reason for decision in decisions.values() if not decision)


def test_whoever_checked_does_not_publish() -> None:
    admin = make_user("national_admin")
    decision = permissions.can_publish(admin, make_instrument(state="checked", checked_by=admin))
    assert not decision
    assert "orang kedua" in decision.reason


@pytest.mark.parametrize("role", [role for role in Role if role != Role.NATIONAL_ADMIN])
def test_nobody_else_may_anything(role: str) -> None:
    person, other = make_user(role), make_user("national_admin")
    assert not permissions.can_create_instrument(person)
    for state in ("draft", "checked"):
        instrument = make_instrument(state=state, checked_by=other)
        assert not any(may(person, instrument) for may in MAY.values())


def test_an_instrument_of_clusters_has_no_questions_to_edit() -> None:
    instrument = make_instrument(state="draft", granularity=Granularity.CLUSTERS)
    assert permissions.can_edit_instrument(make_user("national_admin"), instrument)
    assert not permissions.can_edit_questions(make_user("national_admin"), instrument)
