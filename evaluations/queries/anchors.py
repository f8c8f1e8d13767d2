"""What evaluations have written down of the trail, for `check_trail`."""

from collections.abc import Iterator

from evaluations.models import Receipt
from trail.anchors import Anchor


def receipts() -> Iterator[Anchor]:
    """The event that each receipt names; whoever was handed one has it too. One query."""
    rows = Receipt.objects.exclude(trail_seq=0).order_by("trail_seq", "number")
    for seq, digest, number in rows.values_list("trail_seq", "trail_digest", "number"):
        yield Anchor(seq, digest, f"tanda terima {number}")
