"""What an action on many regions would do: to whom, to whom not, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.enums import Role
from evaluations import permissions
from evaluations.enums import JUDGED, BatchKind, Stage
from evaluations.models import Cycle, Evaluation
from evaluations.queries import awards
from evaluations.stages import STEPS
from evaluations.timing import know_timings, timing
from kla_portal.lib.decision import Decision, deny

PER_PAGE = 100
"""Regions in one preview. What a step asks is asked of all of them in the same few queries."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done to many. `stage`: the one it is done in, '' for any; `said`: what it does."""

    kind: str
    action: str
    label: str
    said: str
    undo: str
    stage: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.action}" if self.action else self.kind

    @property
    def per_page(self) -> int:
        return awards.PER_PAGE if self.kind == BatchKind.DECIDE else PER_PAGE


def actions_for(user: Any) -> list[Action]:
    """What this person may do to many regions, in the order of the stages."""
    office = (Role.NATIONAL_ADMIN, Role.PROVINCE_VERIFIER)
    found = [
        Action(BatchKind.MOVE, step.action, step.label, step.consequence, step.undo, step.source)
        for step in STEPS.values()
        if step.roles & set(office)
    ]
    decide = Action(
        BatchKind.DECIDE, "", "Putuskan predikat yang terhitung",
        "Predikat menurut nilai akhir diputuskan; belum ada yang diterbitkan.",
        "Keputusan dapat diganti sampai hasil ditetapkan.", Stage.FINAL,
    )  # fmt: skip
    extend = Action(
        BatchKind.EXTEND, "", "Perpanjang tahap yang sedang dijalani",
        "Tiap daerah mendapat waktu tambahan pada tahapnya sekarang; tahap lain dan daerah lain tidak berubah.",
        "Perpanjangan dapat dicabut dari halaman daerahnya.",
    )  # fmt: skip
    release = [
        Action(
            BatchKind.RELEASE, stage, f"Buka hasil bagi daerah: {stage.label}",
            "Daerah membaca nilai, putusan, dan alasan tahap ini; penilainya tetap disebut menurut perannya.",
            "Yang sudah dibuka tidak dapat ditutup lagi.",
        )
        for stage in JUDGED
    ]  # fmt: skip
    found = [*found[:-1], decide, found[-1], extend, *release]
    return [each for each in found if permissions.can_batch(user, each.kind, each.action)]


@dataclass(frozen=True, slots=True)
class Line:
    """One region before an action. `item` is what `services.batches.start` takes; `note` what it comes to."""

    evaluation: Evaluation
    decision: Decision
    until: datetime | None
    is_late: bool
    item: tuple[Any, ...]
    note: str = ""

    @property
    def picked(self) -> str:
        """The item as a form carries it."""
        return ":".join(map(str, self.item))


def preview(
    cycle: Cycle,
    action: Action,
    evaluations: Sequence[Evaluation] | QuerySet[Evaluation],
    user: Any,
    until: datetime | None = None,
) -> list[Line]:
    """The regions with what the action would be told of each; `until` is the end that an extension would give. Eight
    queries at most, however many they are."""
    rows = list(evaluations)
    for each in rows:
        each.cycle = cycle
    if action.kind == BatchKind.DECIDE:
        return _deciding(cycle, rows, user)
    know_timings(cycle, rows)
    if action.kind == BatchKind.MOVE:
        found = permissions.can_move_each(user, rows, action.action)
    elif action.kind == BatchKind.RELEASE:
        permissions.know_released(rows)
        found = {each.pk: permissions.can_release(user, each, action.action) for each in rows}
    else:
        found = {each.pk: _extension(user, each, until) for each in rows}
    return [_line(each, found[each.pk]) for each in rows]


def _line(evaluation: Evaluation, decision: Decision) -> Line:
    clock = timing(evaluation)
    return Line(evaluation, decision, clock.until, clock.is_late, (evaluation.pk, evaluation.version))


def _extension(user: Any, evaluation: Evaluation, until: datetime | None) -> Decision:
    may, clock = permissions.can_extend(user, evaluation), timing(evaluation)
    if may and clock.until is None:
        return deny(f"{evaluation.get_stage_display()} tidak berbatas waktu; tidak ada yang perlu diperpanjang.")
    return may and (clock.can_end_at(until, evaluation.region_id) if until else may)


def _deciding(cycle: Cycle, rows: Sequence[Evaluation], user: Any) -> list[Line]:
    """No calendar binds a decision, so no line has a time."""
    final = [each for each in rows if each.stage == Stage.FINAL]
    known = {row.evaluation.pk: row for row in awards.rows_of(cycle, final, user)}
    return [_decision(each, known.get(each.pk)) for each in rows]


def _decision(evaluation: Evaluation, row: awards.Row | None) -> Line:
    if row is None:
        item = (evaluation.pk, evaluation.version, 0, "0")
        return Line(evaluation, deny("Predikat diputuskan pada verifikasi final."), None, False, item)
    decision = row.ready
    if decision and row.award is not None and not row.overtaken:
        decision = deny(f"Sudah diputuskan: {row.decided}{', lain dari hitungan' if row.reason else ''}.")
    elif decision and row.award is not None and row.award.reason:
        decision = deny("Predikatnya pernah diputuskan lain dari hitungan. Putuskan lagi satu per satu di Penetapan.")
    item = (evaluation.pk, evaluation.version, row.version, f"{row.figures.points:f}")
    return Line(evaluation, decision, None, False, item, note=row.computed)
