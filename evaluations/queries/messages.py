"""What a coordinator sends to an agency by messenger: plain text, short enough to be read on a phone."""

from evaluations.models import Evaluation
from evaluations.queries.lift import AgencyPart, Row
from kla_portal.lib.numbers import points_text

MOST = 10
"""More questions than these are only counted."""


def message(part: AgencyPart, evaluation: Evaluation, *, day: str, goal: str, address: str) -> str:
    """`day`: the date the figures are of; `goal`: how far the goal is, in words; `address`: where to upload."""
    lines = [
        f"*{part.name}*",
        f"{evaluation.cycle.name}, {evaluation.region.name}: {goal}. Perkiraan per {day}.",
    ]
    if part.risk:
        lines += ["", f"*Perlu dibuktikan ({points_text(part.at_risk)} poin berisiko)*"]
        lines += [line for number, row in enumerate(part.risk[:MOST], 1) for line in _risk(number, row)]
        lines += _rest(part.risk)
    if part.win:
        lines += ["", f"*Dapat dinaikkan (hingga {points_text(part.to_win)} poin)*"]
        lines += [line for number, row in enumerate(part.win[:MOST], 1) for line in _win(number, row)]
        lines += _rest(part.win)
    lines += ["", f"Isi dan unggah di portal: {address}"]
    return "\n".join(lines)


def _risk(number: int, row: Row) -> list[str]:
    found = [f"{number}. {row.code} {row.score.question.text} ({points_text(row.at_risk)} poin)"]
    if row.missing:
        found.append(f"   Belum ada: {'; '.join(row.missing)}")
    if row.why:
        found.append(f"   {row.why}")
    return found


def _win(number: int, row: Row) -> list[str]:
    climb = row.climb
    found = [f"{number}. {row.code} {row.score.question.text}"]
    top = f", sampai {climb.top}: +{points_text(climb.top_gain)}" if climb.top != climb.to else ""
    found.append(f"   Dari {climb.now} ke {climb.to}: +{points_text(climb.gain)}{top}")
    return found


def _rest(rows: tuple[Row, ...]) -> list[str]:
    return [f"… dan {len(rows) - MOST} pertanyaan lain"] if len(rows) > MOST else []
