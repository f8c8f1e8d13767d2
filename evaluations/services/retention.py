"""How long a cycle's evidence is kept, and removing what nobody keeps any more."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from evaluations import permissions
from evaluations.models import Cycle
from evaluations.queries import retention
from evidence.services.purging import purge
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale
from trail.services.events import record


@transaction.atomic
def keep_until(cycle: Cycle, day: date | None, *, seen: date | None, by: Any) -> None:
    """Keep the cycle's evidence until the end of `day`; None: for good. `seen` is the day that was on the screen.

    Raises PermissionDenied unless `by` is a national admin, or Stale when somebody else has set another day since.
    """
    require(permissions.can_manage_cycles(by))
    fresh = Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    if fresh.keep_evidence_until not in {seen, day}:
        raise Stale(fresh)
    if fresh.keep_evidence_until == day:
        return
    before, fresh.keep_evidence_until = fresh.keep_evidence_until, day
    fresh.save(update_fields=["keep_evidence_until"])
    record(
        "cycle.keep_evidence",
        by=by,
        subject=f"cycle:{cycle.pk}",
        before={"until": before},
        after={"until": day},
    )


@dataclass(frozen=True)
class Purged:
    """How many items have lost their files: because they were deleted, because their cycle's time was over."""

    deleted: int
    outlived: int


def purge_due() -> Purged:
    """Take the files off all items whose time has come; `evidence.services.sweeping` then removes the bytes. Safe to
    repeat, and safe to be killed in between."""
    return Purged(
        deleted=purge(retention.deleted_for_good(), reason="Masa urung penghapusan sudah lewat."),
        outlived=purge(retention.outlived(), reason="Masa simpan data dukung siklus sudah lewat."),
    )
