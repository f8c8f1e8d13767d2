"""docs/workflow.md is read by people who decide by it, so it says what the code does."""

import pytest

from evaluations import permissions
from evaluations.enums import Stage
from evaluations.stages import STEPS
from scripts.draw_workflow import BEGIN, END, PAGE, drawing, drawn


def test_the_page_shows_the_steps_of_the_code():
    assert drawn(PAGE.read_text()) == drawing(), "run: .venv/bin/python -m scripts.draw_workflow --write"


def test_the_page_names_every_stage_and_explains_every_guard():
    page = PAGE.read_text().replace(drawing(), "")
    assert [stage for stage in Stage if f"`{stage.value}`" not in page] == []
    assert [name for name in permissions.GUARDS if f"`{name}`" not in page] == []


def test_a_row_holds_what_the_step_says():
    step = STEPS["submit"]
    [row] = [line for line in drawing().splitlines() if line.startswith("| `submit`")]
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "`submit`",
        step.label,
        step.source.label,
        step.target.label,
        "Koordinator (Dinas P3A)",
        "`ready_to_submit`",
        "Telaah gugus tugas",
        step.opens,
        step.locks,
    ]
    assert "task_force_review --> admin_verification: submit" in drawing()


def test_a_page_without_its_marks_is_noticed():
    assert drawn(f"before {BEGIN}inside{END} after") == "inside"
    with pytest.raises(ValueError, match="marks"):
        drawn("no marks at all")
