"""The forms of the cycle: talk, task force, calendar, batches, receipts; as `tests.security.posts` lists the others."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from evaluations.enums import Stage
from evaluations.models import StageWindow
from tests.access.world import World
from tests.security.filling import AWARDED, REVIEW, SELF, nothing, one, question
from tests.security.post import Post


def pk(world: World, who: str) -> int:
    person: Any = world.people[who]
    return int(person.pk)


def window(world: World) -> None:
    StageWindow.objects.create(
        cycle=world.cases[SELF].evaluation.cycle, stage=SELF, opens_at=timezone.now(),
        closes_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip


WINDOWS = " ".join(f"{stage}_{edge}" for stage in Stage if stage != AWARDED for edge in ("opens", "closes"))

CYCLE_POSTS = [
    Post("reports:late_list_request", "viewer", one(SELF), lambda w: {}, ("+reports.letter", "+trail.job")),
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
]
