"""Writes down who had a file in hand."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from evidence.enums import AccessKind
from evidence.models import EvidenceRevision, FileAccess

AGAIN_AFTER = timedelta(minutes=1)
"""A file comes in ranges and pages: one row a minute tells who had it as well as fifty do."""


def noted(revision: EvidenceRevision, by: Any, how: AccessKind) -> None:
    """Write that `by` gets bytes of the revision, before they leave. One or two queries."""
    now = timezone.now()
    recent = FileAccess.objects.filter(revision=revision, by=by, how=how, at__gt=now - AGAIN_AFTER)
    if not recent.exists():
        membership = getattr(by, "acting", None)
        FileAccess.objects.create(
            revision=revision, by=by, acting_as=membership.role if membership else "", how=how, at=now
        )
