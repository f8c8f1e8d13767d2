"""The example that docs/scoring.md carries through is what the portal computes from the shipped instrument."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clusters import scoring
from clusters.loading import read
from clusters.scoring import ZERO
from clusters.tests.golden import GOLDEN
from evaluations.scoring import Basis, Mark, claim, spread, support, verdict
from evaluations.services.totals import closes
from evaluations.stages import STEPS

ROOT = Path(__file__).resolve().parents[2]
TEXT = " ".join((ROOT / "docs" / "scoring.md").read_text().split())
D = Decimal
ANSWERS = {"18.1": "yes", "18.2": "n/a", "18.3": "l3", "18.4": "no"}
PROVINCE = {"18.1": (D(1), ""), "18.2": (ZERO, "n/a"), "18.3": (D("0.4"), "l2"), "18.4": (ZERO, "")}
FINAL = PROVINCE | {"18.2": (D("0.2"), "l1")}


@pytest.fixture(scope="module")
def instrument() -> Any:
    return read((ROOT / "clusters" / "instruments" / "kla-2024.yaml").read_bytes())


@pytest.fixture(scope="module")
def block(instrument: Any) -> dict[str, Any]:
    """Indicator 18: rule and points by code."""
    return {question.code: question for question in instrument.questions if question.code.startswith("18.")}


def column(block: dict[str, Any], marks: dict[str, Mark]) -> tuple[dict[str, Decimal], Decimal]:
    nominal = tuple(D(question.max_points) for question in block.values())
    maxima, points = spread(nominal, [marks[code] for code in block])
    return dict(zip(block, maxima, strict=True)), sum(points, ZERO)


def claims(block: dict[str, Any]) -> dict[str, Mark]:
    return {code: claim(scoring.parse_rule(each.kind, each.rule), ANSWERS[code]) for code, each in block.items()}


def supported(block: dict[str, Any], basis: Basis, verdicts: Any = None, complete: str = "") -> Decimal:
    marks = {
        code: support(
            mark, basis=basis, wants_nothing=False, complete=code in complete, approved=basis is Basis.APPROVAL,
            given=verdict(*verdicts[code]) if verdicts else None,
        )
        for code, mark in claims(block).items()
    }  # fmt: skip
    return column(block, marks)[1]


def scored(block: dict[str, Any], verdicts: Any) -> Decimal:
    return column(block, {code: verdict(*verdicts[code]) for code in block})[1]


def test_the_example_in_three_columns(block: dict[str, Any]) -> None:
    assert [str(question.max_points) for question in block.values()] == ["5", "10", "4", "5"]
    maxima, claimed = column(block, claims(block))
    assert maxima == {"18.1": D("8.571428572"), "18.2": 0, "18.3": D("6.857142857"), "18.4": D("8.571428571")}
    assert claimed == D("12.685714286") and "**12.685714286**" in TEXT
    early = supported(block, Basis.EVIDENCE, complete="18.1")
    assert early == 5 and claimed - early == D("7.685714286") and "7.685714286 points are at risk" in TEXT
    assert supported(block, Basis.APPROVAL) == claimed
    assert scored(block, PROVINCE) == supported(block, Basis.VERDICT, PROVINCE) == D("11.314285715")
    assert "**11.314285715** scored" in TEXT
    assert (scored(block, FINAL), supported(block, Basis.VERDICT, FINAL)) == (D("8.6"), D("6.6"))
    assert "Scored **8.6**. Supported **6.6**" in TEXT


def test_the_example_s_predicates(instrument: Any, block: dict[str, Any]) -> None:
    bands = scoring.parse_bands(instrument.predicates)
    claimed = D("792.5") + column(block, claims(block))[1]
    assert f"= {claimed}" in TEXT
    stands = scoring.standing(claimed, bands, {"1.1": ZERO})
    assert (stands.reached.code, stands.predicate.code) == ("utama", "nindya")
    assert f"“{stands.sentence}”" in TEXT
    final = D("691.5") + scored(block, FINAL)
    assert final == D("700.1") and "= **700.1**, more than 700: **Nindya**" in TEXT
    assert scoring.standing(final, bands, {}).predicate.code == "nindya"
    assert scoring.standing(D(700), bands, {}).predicate.code == "madya"


def test_the_document_names_what_is_there(instrument: Any) -> None:
    assert f"{len(GOLDEN)} answers of all kinds" in TEXT
    inapplicable = [question.code for question in instrument.questions if question.may_be_inapplicable]
    assert f"Only {' and '.join(inapplicable)} may be inapplicable" in TEXT
    assert [action for action, step in STEPS.items() if closes(step) is None] == ["hand_in", "call_back", "sign_off"]
    assert "| hand in, call back, sign off | nothing |" in TEXT
