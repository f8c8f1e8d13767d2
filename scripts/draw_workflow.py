"""Draw the workflow from `evaluations.stages.STEPS`: `python -m scripts.draw_workflow` prints it as Markdown.

With `--write` the part of docs/workflow.md between the two marks is replaced. Needs no database and no settings;
`evaluations/tests/test_workflow_doc.py` fails when the page and the table differ.
"""

import sys
from pathlib import Path

from accounts.enums import Role
from evaluations.enums import Stage
from evaluations.stages import STEPS, Step

PAGE = Path(__file__).resolve().parent.parent / "docs" / "workflow.md"
BEGIN, END = "<!-- steps: begin -->\n", "<!-- steps: end -->"
HEAD = (
    "| action | button | from | to | who | guard | in the time of | opens | locks |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)


def drawing() -> str:
    """A diagram of the stages and a row per step, in the table's order."""
    arrows = "".join(f"    {step.source.value} --> {step.target.value}: {step.action}\n" for step in STEPS.values())
    rows = "".join(_row(step) for step in STEPS.values())
    return f"\n```mermaid\nstateDiagram-v2\n    [*] --> {next(iter(Stage)).value}\n{arrows}```\n\n{HEAD}{rows}\n"


def _row(step: Step) -> str:
    who = ", ".join(Role(role).label for role in sorted(step.roles))
    guard = f"`{step.guard}`" if step.guard else "–"
    clock = Stage(step.clock).label if step.clock else "–"
    cells = (
        f"`{step.action}`", step.label, Stage(step.source).label, Stage(step.target).label, who, guard,
        clock, step.opens, step.locks,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def drawn(page: str) -> str:
    """What stands between the marks of the page. Raises ValueError when one of them is missing."""
    _, begin, rest = page.partition(BEGIN)
    inside, end, _ = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has lost the marks around its drawing")
    return inside


def main() -> None:
    if sys.argv[1:] == ["--write"]:
        page = PAGE.read_text()
        PAGE.write_text(page.replace(BEGIN + drawn(page) + END, BEGIN + drawing() + END))
    else:
        sys.stdout.write(drawing())


if __name__ == "__main__":
    main()
