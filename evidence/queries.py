"""What pages need to know about files."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q

from evidence.enums import FileState
from evidence.models import StoredFile


@dataclass(frozen=True)
class Scanning:
    """Is a scanner configured, how many files wait for it, and how many it has found something in."""

    configured: bool
    waiting: int
    quarantined: int


def scanning() -> Scanning:
    """How the scanning of uploads stands, for admins. One query."""
    counts = StoredFile.objects.aggregate(
        waiting=Count("pk", filter=Q(state=FileState.INSPECTED)),
        quarantined=Count("pk", filter=Q(state=FileState.QUARANTINED)),
    )
    return Scanning(bool(settings.CLAMD_SOCKET), **counts)
