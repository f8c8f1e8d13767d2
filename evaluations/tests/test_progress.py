import itertools

import pytest

from evaluations.enums import AnswerState
from evaluations.progress import Progress, progress


@pytest.mark.parametrize(
    ("state", "ready", "more", "expected"),
    [
        ("empty", [], {}, Progress.EMPTY),
        ("empty", [False, False], {}, Progress.EMPTY),
        ("empty", [True, False], {}, Progress.FILLING),
        ("empty", [], {"begun": True}, Progress.FILLING),
        ("empty", [], {"begun": True, "is_open": False}, Progress.EMPTY),
        ("empty", [True, True], {}, Progress.READY),
        ("answered", [], {}, Progress.FILLING),
        ("answered", [True, False], {}, Progress.FILLING),
        ("answered", [True], {}, Progress.READY),
        ("answered", [True], {"is_open": False}, Progress.WAITING),
        ("answered", [True], {"is_open": False, "submitted": True}, Progress.CHANGED),
        ("answered", [True], {"reopened": True, "submitted": True}, Progress.REOPENED),
        ("returned", [True], {}, Progress.RETURNED),
        ("approved", [False], {"is_open": False}, Progress.APPROVED),
        ("approved", [True], {"is_open": False, "reopened": True}, Progress.REOPENED),
    ],
)
def test_how_far(state: str, ready: list[bool], more: dict[str, bool], expected: Progress) -> None:
    assert progress(state, ready, **more) == expected


def test_every_progress_is_reached_and_shown_its_own_way() -> None:
    flags = (False, True)
    seen = {
        progress(state, ready, begun=begun, is_open=is_open, reopened=reopened, submitted=submitted)
        for state, ready, begun, is_open, reopened, submitted in itertools.product(
            AnswerState.values, ([], [True], [True, False]), flags, flags, flags, flags
        )
    }
    assert seen == set(Progress)
    assert len({(each.label, each.tone, each.icon) for each in Progress}) == len(Progress)
    assert {each.tone for each in Progress} == {"neutral", "info", "good", "attention", "loss"}
