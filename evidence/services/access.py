"""Writes down who had a file in hand."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.utils import timezone

from evidence.enums import AccessKind
from evidence.models import EvidenceRevision, FileAccess

AGAIN_AFTER = timedelta(minutes=1)
"""A file comes in ranges and pages: one row a minute tells who had it as well as fifty do."""


def noted(revision: EvidenceRevision, by: Any, how: AccessKind) -> None:
    """Write that `by` gets bytes of the revision, before they leave. One or two queries."""
    noted_together([revision.pk], by, how)


def noted_together(revisions: Collection[Any], by: Any, how: AccessKind) -> None:
    """The same of several revisions (pks) that leave as one. One or two queries, whatever their number."""
    now = timezone.now()
    recent = FileAccess.objects.filter(revision__in=revisions, by=by, how=how, at__gt=now - AGAIN_AFTER)
    told = set(recent.values_list("revision", flat=True))
    membership = getattr(by, "acting", None)
    role = membership.role if membership else ""
    new = [pk for pk in revisions if pk not in told]
    if new:
        FileAccess.objects.bulk_create(
            [FileAccess(revision_id=pk, by=by, acting_as=role, how=how, at=now) for pk in new], batch_size=500
        )
