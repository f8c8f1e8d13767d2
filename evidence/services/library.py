"""A document of the library and its life: described anew, a new revision, deleted and brought back. Knows no answer;
what a change means for the answers that the document proves is the business of the app above."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evidence.models import EvidenceItem, EvidenceRevision, StoredFile
from evidence.permissions import can_change_item, can_hand_over
from evidence.services.items import reindex
from evidence.services.linkchecks import ring
from kla_portal.lib.decision import require
from kla_portal.lib.versions import save_version
from trail.services.events import record

FIELDS = (
    "title", "kind", "number", "dated", "signatory", "data_year", "valid_from", "valid_until", "tags", "note",
    "personal_data", "agency",
)  # fmt: skip
"""What can be said of a document. A change of any of them is an Event."""


def newest_of(item: EvidenceItem) -> EvidenceRevision | None:
    """Its newest revision, with its file."""
    return item.revisions.select_related("file").order_by("-number").first()


@transaction.atomic
def describe(item: EvidenceItem, *, version: int, by: Any, **said: Any) -> bool:
    """Write what is said of the item (names of FIELDS). False when it says the same already.

    `version` is the one that was on the screen. Raises Stale when somebody has described it since, or PermissionDenied.
    """
    fresh = EvidenceItem.objects.select_related("agency").get(pk=item.pk)
    require(can_change_item(by, fresh))
    changed = [name for name in said if getattr(fresh, name) != said[name]]
    if not changed:
        return False
    if "agency" in changed:
        require(can_hand_over(by))
    before = {name: _told(getattr(fresh, name)) for name in changed}
    save_version(item, version, **{name: said[name] for name in changed})
    reindex(item, newest_of(item))
    note(item, "evidence_described", by, before=before, after={name: _told(said[name]) for name in changed})
    return True


def _told(value: Any) -> Any:
    """As an Event keeps it."""
    return value if isinstance(value, (str, bool, int, list)) or value is None else str(value)


def same(current: EvidenceRevision | None, file: StoredFile | None, url: str) -> bool:
    """Would this revision bring nothing new?"""
    return current is not None and (current.file_id, current.url) == (file.pk if file else None, url)


def add_revision(
    item: EvidenceItem, *, file: StoredFile | None = None, name: str = "", url: str = "", by: Any
) -> EvidenceRevision:
    """The item's content from now on. The former revisions stay. To be called inside a transaction, the item locked."""
    current = newest_of(item)
    revision = EvidenceRevision.objects.create(
        item=item, number=current.number + 1 if current else 1, file=file, original_name=name, url=url, created_by=by
    )
    reindex(item, revision)
    ring(revision)
    note(
        item,
        "evidence_revised",
        by,
        before=_content(current) if current else None,
        after=_content(revision),
    )
    return revision


def _content(revision: EvidenceRevision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "file": revision.file_id,
        "name": revision.original_name,
        "url": revision.url,
    }


def bury(item: EvidenceItem, *, at: datetime, by: Any) -> None:
    """Mark it deleted. To be called inside a transaction, the item locked."""
    _mark(item, at, by)
    note(item, "evidence_deleted", by, after={"until": str(kept_until(item))})


def raise_again(item: EvidenceItem, *, by: Any) -> None:
    """Undo `bury`. To be called inside a transaction, the item locked."""
    _mark(item, None, None)
    note(item, "evidence_restored", by)


def _mark(item: EvidenceItem, at: datetime | None, by: Any) -> None:
    item.deleted_at, item.deleted_by = at, by
    item.save(update_fields=["deleted_at", "deleted_by"])


def kept_until(item: EvidenceItem) -> datetime:
    """Until when a deleted item can be brought back, at least."""
    return (item.deleted_at or timezone.now()) + timedelta(days=settings.EVIDENCE_KEEP_DELETED_DAYS)


def note(item: EvidenceItem, action: str, by: Any, **what: Any) -> None:
    record(action, by=by, subject=f"evidence:{item.pk}", detail=item.title[:80], region=item.region_id, **what)
