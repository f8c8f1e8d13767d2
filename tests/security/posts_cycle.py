"""The forms of the cycle: talk, task force, calendar, batches, receipts; as `tests.security.posts` lists the others."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from evaluations.enums import Stage
from evaluations.forms.workbooks import carried
from evaluations.models import Evaluation, Reopening, StageTotal, StageWindow
from evaluations.queries.workbooks import digest
from evaluations.services.awards import computed
from evaluations.services.workbooks import Line
from evidence.tests.make import make_upload
from tests.access.world import World
from tests.security.filling import ADMIN, AWARDED, MINISTRY, REVIEW, SELF, nothing, one, question
from tests.security.post import Post
from trail.models import Job, JobState


def pk(world: World, who: str) -> int:
    person: Any = world.people[who]
    return int(person.pk)


def window(world: World) -> None:
    StageWindow.objects.create(
        cycle=world.cases[SELF].evaluation.cycle, stage=SELF, opens_at=timezone.now(),
        closes_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip


def cycle(stage: str) -> Callable[[World], list[Any]]:
    return lambda world: [world.cases[stage].evaluation.cycle_id]


def picked(world: World) -> str:
    evaluation = world.cases[MINISTRY].evaluation
    return f"{evaluation.pk}:{evaluation.version}"


def decision(world: World) -> dict[str, Any]:
    evaluation = Evaluation.objects.with_names().get(pk=world.cases[Stage.FINAL].evaluation.pk)
    seen = {"version": 1, "points": f"{computed(evaluation).points:f}"}
    return seen | {"evaluation": str(evaluation.pk), "predicate": "madya", "reason": "Banding diterima"}


def stopped(world: World) -> None:
    Job.objects.filter(pk=world.batch.job_id).update(state=JobState.FAILED, error="x")


WINDOWS = " ".join(f"{stage}_{edge}" for stage in Stage if stage != AWARDED for edge in ("opens", "closes"))


def part(world: World) -> list[Any]:
    """The operator's own part of a question: evaluation, code, agency."""
    assert world.agency is not None
    return [*question(SELF)(world), world.agency.pk]


def note_in_a_workbook() -> str:
    """A line of a workbook as the preview carries it, in which nothing but the part's note is other."""
    line = Line("2.1", 2, {"value": ""}, {"value": "G2"}, "", "tidak", "Menyusul", 1, 1, f"{digest(['', ''])}:")
    return carried([line])


def reopened(stage: str) -> Callable[[World], None]:
    """A question that the region may change, as a judge has opened it."""

    def act(world: World) -> None:
        Reopening.objects.filter(answer=world.cases[stage].answer).update(
            closed_at=None, until=timezone.now() + timedelta(hours=5)
        )

    return act


def in_two_days() -> str:
    return f"{timezone.localtime() + timedelta(days=2):%Y-%m-%dT%H:%M}"


def closed_in(world: World) -> None:
    evaluation = world.cases[MINISTRY].evaluation
    StageTotal.objects.create(evaluation=evaluation, stage=ADMIN, points=1, claimed=1, supported=1, predicate="none")


CYCLE_POSTS = [
    Post(
        "evaluations:person_handover",
        "coordinator",
        lambda w: [w.memberships["operator"].pk],
        lambda w: {"successor": pk(w, "task_force")},
        (
            "+accounts.membership",
            "accounts.membership: ends_on",
            "accounts.invitation: expires_at",
            "accounts.user: sessions_ended",
            "-evidence.upload",
        ),
        also="moves",
    ),
    Post(
        "evaluations:submission",
        "coordinator",
        one(REVIEW),
        lambda w: {"file": make_upload(), "once": "k"},
        (
            "+evidence.evidenceitem",
            "+evidence.evidencerevision",
            "+evidence.storedfile",
            "evaluations.evaluation: declaration_id",
            "+evidence.upload",
        ),
        also="upload",
        stage=REVIEW,
    ),
    Post(
        "evaluations:answer_ask",
        "province",
        question(ADMIN),
        lambda w: {"reason": "Unggah SK terbaru", "until": in_two_days(), "once": "k"},
        ("+evaluations.reopening", "+accounts.notice"),
        stage=ADMIN,
    ),
    Post(
        "evaluations:evaluation_reopen",
        "evaluator",
        one(Stage.FIELD_VERIFICATION),
        lambda w: {"questions": ["2.1"], "reason": "Lengkapi", "until": in_two_days(), "once": "k"},
        ("+evaluations.reopening", "+accounts.notice"),
        stage=Stage.FIELD_VERIFICATION,
    ),
    Post(
        "evaluations:reopening_close",
        "coordinator",
        lambda w: [*one(ADMIN)(w), w.cases[ADMIN].answer.reopenings.get().pk],
        nothing,
        ("evaluations.reopening: closed_at closed_by_id", "+accounts.notice"),
        stage=ADMIN,
        before=reopened(ADMIN),
    ),
    Post(
        "evaluations:additions_finish",
        "coordinator",
        one(ADMIN),
        lambda w: {"once": "k"},
        ("evaluations.reopening: closed_at closed_by_id", "+evaluations.receipt", "+accounts.notice"),
        stage=ADMIN,
        before=reopened(ADMIN),
    ),
    Post(
        "evaluations:evaluation_stages",
        "admin",
        one(MINISTRY),
        lambda w: {"stage": ADMIN, "once": "k"},
        ("evaluations.stagetotal: released_at released_by_id", "+accounts.notice"),
        stage=MINISTRY,
        before=closed_in,
    ),
    Post(
        "evaluations:batch_start",
        "admin",
        cycle(MINISTRY),
        lambda w: {"tindakan": "move:review", "pilih": picked(w), "sah": "on", "once": "k"},
        ("+evaluations.batch", "+trail.job"),
        also="until reason",
        stage=MINISTRY,
    ),
    Post(
        "evaluations:batch_detail",
        "admin",
        lambda w: [w.batch.pk],
        nothing,
        ("trail.job: state error queued_at",),
        before=stopped,
    ),
    Post(
        "evaluations:cycle_awards",
        "admin",
        cycle(Stage.FINAL),
        decision,
        ("evaluations.award: predicate reason at version",),
        stage=Stage.FINAL,
    ),
    Post(
        "evaluations:cycle_prepare",
        "admin",
        cycle(SELF),
        lambda w: {"dari": w.cases[AWARDED].evaluation.cycle_id, "once": "k"},
        ("+evaluations.batch", "+trail.job"),
    ),
    Post(  # `kind` follows from the address
        "reports:late_list_request", "viewer", one(SELF), lambda w: {}, ("+reports.letter", "+trail.job"), also="kind"
    ),
    Post(
        "evaluations:cycle_plan",
        "admin",
        lambda w: [w.cases[SELF].evaluation.cycle_id],
        lambda w: {f"{SELF}_opens": "2025-01-01T00:00", f"{SELF}_closes": "2090-01-01T00:00", "seen": ""},
        ("+evaluations.stagewindow",),
        also=f"{WINDOWS} agreed look",
    ),
    Post(
        "evaluations:extension_give",
        "admin",
        one(SELF),
        lambda w: {"stage": SELF, "until": "2090-01-01T00:00", "reason": "Gangguan jaringan", "once": "k"},
        ("+evaluations.extension", "+accounts.notice"),
        before=window,
    ),
    Post(
        "evaluations:extension_withdraw",
        "admin",
        lambda w: [*one(SELF)(w), w.cases[SELF].evaluation.extensions.get().pk],
        nothing,
        ("evaluations.extension: withdrawn_at", "+accounts.notice"),
    ),
    Post(
        "evaluations:question_talk",
        "coordinator",
        question(SELF),
        lambda w: {"does": "open", "audience": "agency", "text": "Mohon SK terbaru", "once": "k"},
        ("+evaluations.thread", "+evaluations.comment"),
        also="thread comment version",
    ),
    Post(
        "evaluations:task_force",
        "coordinator",
        one(REVIEW),
        lambda w: {"does": "set", "member": pk(w, "task_force"), "version": 0, "is_chair": "on", "once": "k"},
        ("+evaluations.seat", "+accounts.notice"),
        also="clusters",
        stage=REVIEW,
    ),
    Post(
        "evaluations:part_edit",
        "operator",
        part,
        lambda w: {"do": "note", "version": "1", "note": "Menunggu tanda tangan"},
        ("evaluations.assignment: note version",),
        also="dari-pertanyaan",
    ),
    Post(
        "evaluations:part_finish",
        "operator",
        lambda w: [part(w)[0], part(w)[2]],
        lambda w: {"tetap": ["2.1"]},
        ("evaluations.assignment: ready_at ready_by_id version",),
    ),
    Post(
        "evaluations:deadline_edit",
        "coordinator",
        one(SELF),
        lambda w: {"semua": "2090-01-01T00:00", "seen": ""},
        ("+evaluations.internaldeadline",),
    ),
    Post(
        "evaluations:question_presence",
        "operator",
        question(SELF),
        lambda w: {"typing": "ya"},
        ("+evaluations.presence",),
        status=200,
    ),
    Post(
        "evaluations:agency_workbook_upload",
        "operator",
        lambda w: [part(w)[0], part(w)[2]],
        lambda w: {"lines": note_in_a_workbook()},
        ("evaluations.assignment: note version",),
        also="file",
        status=200,
    ),
]
