"""One action on many regions: asked for once, done by the worker one region after the other."""

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction

from accounts.models import Membership
from accounts.services.notices import notify
from evaluations import permissions
from evaluations.enums import BatchKind
from evaluations.models import Award, Batch, Cycle, Evaluation
from evaluations.services.awards import decide_award
from evaluations.services.extensions import NotExtended, give_extension
from evaluations.services.preparing import earlier_or_refuse, enrol_region, prepare_region
from evaluations.services.releasing import release_stage
from evaluations.services.workflow import move
from kla_portal.lib.decision import deny, require
from kla_portal.lib.versions import Stale
from trail.models import Job, JobState
from trail.services import jobs
from trail.services.events import record

logger = logging.getLogger(__name__)
Act = Callable[[Batch, Sequence[Any], Any], None]
"""Does an item of a batch as its asker."""
TASK = "evaluations.tasks.run_batch"
MOVED = "Sudah berubah sejak Anda melihatnya. Periksa keadaannya, lalu pilih lagi bila masih perlu."
OUT_OF_SIGHT = "Tidak ada lagi, atau bukan wilayah Anda."
BROKEN = "Tidak dapat dikerjakan karena gangguan pada portal. Coba lagi; bila berulang, hubungi pengelola."
NO_ROLE = "Peran yang meminta tindakan ini sudah berakhir. Yang sudah dikerjakan tetap berlaku."


@transaction.atomic
def start(cycle: Cycle, kind: str, action: str = "", *, items: Sequence[Sequence[Any]], by: Any, **more: Any) -> Batch:
    """Have the worker do this to each of the items, as they were seen; `more` is what the action needs beside them.

    Raises PermissionDenied; ValueError without items.
    """
    require(permissions.can_batch(by, kind, action))
    if not items:
        raise ValueError("nothing to do")
    key = uuid.uuid4()
    payload = {"membership": by.acting.pk, "items": [list(item) for item in items]} | more
    job = jobs.enqueue(TASK, f"batch:{key}", by=by)
    batch = Batch.objects.create(id=key, cycle=cycle, kind=kind, action=action, payload=payload, job=job, by=by)
    told = {"kind": kind, "action": action, "count": len(items), "batch": str(key)}
    record("cycle.batch", by=by, subject=f"cycle:{cycle.pk}", after=told)
    return batch


def resume(batch: Batch, *, by: Any) -> None:
    """Go on where a batch stopped whose worker died. Raises PermissionDenied; one that is at work is left alone."""
    require(permissions.can_batch(by, batch.kind, batch.action))
    if batch.by_id != by.pk:
        require(deny(f"Tindakan ini diminta {batch.by}; hanya ia yang dapat melanjutkannya."))
    with transaction.atomic():
        if batch.state == JobState.FAILED and jobs.retry(batch.job):
            record(
                "cycle.batch_resume", by=by, subject=f"cycle:{batch.cycle_id}",
                after={"batch": str(batch.pk), "done": len(batch.results)},
            )  # fmt: skip


# --- the worker's side ----------------------------------------------------------------------------------------------
def run(job: Job) -> None:
    """All that is left of the batch of this job, which the caller holds. Stops when the job is somebody else's."""
    batch = Batch.objects.with_names().get(job=job)
    by = batch.by
    held = Membership.objects.current().select_related("region", "agency")
    by.acting = held.filter(pk=batch.payload["membership"], user=by, user__is_active=True).first()
    if by.acting is None:
        jobs.fail(job, NO_ROLE)
        return
    total = len(batch.items)
    done = len(batch.results)
    while done < total and jobs.beat(job, progress=100 * done // total, step=f"{done} dari {total} daerah"):
        if batch.kind == BatchKind.PREPARE:  # apart, for it holds the cycle, and nothing is held after an Event
            _why_not(batch, batch.items[done], by, _enrol)
        done = _one_more(batch, by)
    if done >= total and jobs.finish(job):
        _tell(batch)


def _one_more(batch: Batch, by: Any) -> int:
    """Do the next item; returns how many are done then.

    What is done and that it is done are one transaction, and the batch's row is held meanwhile. So an item is done
    once, whenever the worker dies and however many believe that they hold the job.
    """
    with transaction.atomic():
        kept = Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
        if (done := len(kept.results)) >= len(kept.items):
            return done
        kept.cycle = batch.cycle
        item = kept.items[done]
        kept.results = [*kept.results, [item[0], _why_not(kept, item, by, ACTS[batch.kind])]]
        kept.save(update_fields=["results"])
    return done + 1


def _why_not(batch: Batch, item: Sequence[Any], by: Any, act: Act) -> str:
    """Do one item; '' or why it was not done. Whatever is wrong with one region stops no other."""
    try:
        with transaction.atomic():
            act(batch, item, by)
    except PermissionDenied as refusal:
        return str(refusal)
    except Stale:
        return MOVED
    except NotExtended as refusal:
        return str(refusal)
    except Evaluation.DoesNotExist:
        return OUT_OF_SIGHT
    except (OperationalError, SoftTimeLimitExceeded):  # nothing of this region's: the batch stops here and can go on
        raise
    except Exception:  # a fault of ours with one region must not keep the others from their step; the log has it whole
        logger.exception("batch %s: %s failed", batch.pk, item[0])
        return BROKEN
    return ""


def _tell(batch: Batch) -> None:
    with transaction.atomic():
        notify(
            [batch.by],
            key=f"batch:{batch.pk}:{batch.job.attempts}",
            title=f"Selesai: {batch.get_kind_display().lower()} untuk {len(batch.items)} daerah",
            url=batch.get_absolute_url(),
        )


def _evaluation(batch: Batch, item: Sequence[Any], by: Any) -> Evaluation:
    """As `by` may see it. Raises Evaluation.DoesNotExist; Stale if it was taken a step further since it was ticked."""
    found = Evaluation.objects.visible_to(by).get(pk=item[0], cycle=batch.cycle_id)
    if found.version != item[1]:
        raise Stale(found)
    return found


def _move(batch: Batch, item: Sequence[Any], by: Any) -> None:
    move(_evaluation(batch, item, by), batch.action, version=item[1], by=by)


def _decide(batch: Batch, item: Sequence[Any], by: Any) -> None:
    """The computed predicate. An item is [id, version, version of the decision seen, points seen]."""
    evaluation = _evaluation(batch, item, by)
    if Award.objects.filter(evaluation=evaluation).exclude(reason="").exists():
        require(deny("Predikatnya pernah diputuskan lain dari hitungan. Putuskan lagi satu per satu di Penetapan."))
    decide_award(evaluation, version=item[2], points=Decimal(item[3]), by=by)


def _extend(batch: Batch, item: Sequence[Any], by: Any) -> None:
    """More time in the stage that the region was seen in."""
    evaluation, until = _evaluation(batch, item, by), datetime.fromisoformat(batch.payload["until"])
    give_extension(evaluation, evaluation.stage, until=until, reason=batch.payload["reason"], by=by)


def _release(batch: Batch, item: Sequence[Any], by: Any) -> None:
    release_stage(_evaluation(batch, item, by), batch.action, by=by)


def _enrol(batch: Batch, item: Sequence[Any], by: Any) -> None:
    enrol_region(batch.cycle, item[0], by=by)


def _prepare(batch: Batch, item: Sequence[Any], by: Any) -> None:
    prepare_region(batch.cycle, earlier_or_refuse(batch.cycle, batch.payload["earlier"]), item[0], by=by)


ACTS: dict[str, Act] = {
    BatchKind.MOVE: _move,
    BatchKind.DECIDE: _decide,
    BatchKind.EXTEND: _extend,
    BatchKind.RELEASE: _release,
    BatchKind.PREPARE: _prepare,
}
