"""The head of the chain: one row that everybody who writes an event holds until the end of the transaction."""

from typing import NamedTuple

from trail.models import Chain, Event

HEAD = 1


class Head(NamedTuple):
    """The newest event: its number (0 before the first) and its digest."""

    seq: int
    digest: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest}"


def head() -> Head:
    """Where the chain stands now. One query. What it was is proof only where nobody who owns the database can change
    it: on paper, in a mail, on another machine."""
    row = Chain.objects.filter(pk=HEAD).values_list("seq", "digest").first()
    return Head(*row) if row else newest()


def newest() -> Head:
    """The last event there is, whatever the head says."""
    row = Event.objects.order_by("-seq").values_list("seq", "digest").first()
    return Head(*row) if row else Head(0, "")


def hold() -> Head:
    """The head, held until the transaction ends. Take no other lock after it."""
    rows = Chain.objects.select_for_update(no_key=True).filter(pk=HEAD).values_list("seq", "digest")
    if (row := rows.first()) is None:  # a table that was emptied
        last = newest()
        Chain.objects.bulk_create([Chain(pk=HEAD, seq=last.seq, digest=last.digest)], ignore_conflicts=True)
        row = rows.get()
    return Head(*row)


def advance(seq: int, digest: str) -> None:
    """Put the head forward to the event that was just written, with the head held."""
    Chain.objects.filter(pk=HEAD).update(seq=seq, digest=digest)
