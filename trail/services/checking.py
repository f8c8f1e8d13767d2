"""Walking the chain from its first event to its last. Reads only, in batches, while the portal is at work."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection

from trail import anchors, guards
from trail.anchors import Anchor
from trail.models import Event
from trail.sealing import NOTHING, content_digest, event_digest
from trail.services import chain

BATCH = 5000
START = "-"
"""Before the first event, whose `prev` is empty."""
OWN = ("seq", "prev", "at", "actor_id", "acting_as", "region_code", "action", "subject", "detail", "content_digest")
COLUMNS = (*OWN, "digest", "content__event_id", "content__before", "content__after", "content__reason", "content__salt")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written. `seq` is the event's number, 0 for the trail as a whole."""

    seq: int
    kind: str
    text: str


@dataclass(slots=True)
class Found:
    """What a walk has seen: events, how many of them were erased in due form, the head, and what is wrong."""

    head: chain.Head
    events: int = 0
    erased: int = 0
    anchors: int = 0
    faults: list[Fault] = field(default_factory=list)


def check(extra: Iterable[Anchor] = (), *, batch: int = BATCH) -> Found:
    """Compare every event with its digest, with the one before it, with its side row, and with every place where the
    head was written down: its own row, `extra`, and what the apps have registered."""
    found = Found(head=chain.head())
    told = [*extra, *anchors.known(), Anchor(*found.head, "kepala rantai")]
    found.anchors = len(told)
    waiting: dict[int, list[Anchor]] = defaultdict(list)
    for anchor in told:
        waiting[anchor.seq].append(anchor)
    waiting.pop(0, None)
    erased = set(Event.objects.filter(action=guards.ERASE).values_list("subject", flat=True))
    last, digest = 0, START
    for row in _rows(batch):
        seq = row[0]
        found.events += 1
        if seq > last + 1:
            found.faults.append(Fault(last + 1, "missing", _gap(last + 1, seq - 1)))
            digest = ""  # what stood before is gone, and that has been said
            for each in [number for number in waiting if last < number < seq]:
                waiting.pop(each)
        wrong = list(islice(_of(row, digest, erased, waiting.pop(seq, ())), 1))
        found.faults += wrong
        found.erased += row[11] is None and f"event:{seq}" in erased
        # Of an event that was changed its own fault is told; that the next does not fit it is the same fault.
        last, digest = seq, "" if wrong and wrong[0].kind == "changed" else row[10]
    found.faults += _tail(last, waiting)
    if last > max(now := chain.head().seq, found.head.seq):
        found.faults.append(Fault(last, "foreign", f"{_gap(now + 1, last, 'ditulis')} tanpa melalui portal."))
    found.faults += [
        Fault(0, "guard", f"Penjaga {name} tidak terpasang; jejak dapat diubah.") for name in guards.missing(connection)
    ]
    return found


def _rows(batch: int) -> Iterator[tuple[Any, ...]]:
    last = -1
    while rows := list(Event.objects.filter(seq__gt=last).order_by("seq").values_list(*COLUMNS)[:batch]):
        yield from rows
        last = rows[-1][0]


def _of(row: tuple[Any, ...], before: str, erased: set[str], told: Iterable[Anchor]) -> Iterator[Fault]:
    """What is wrong with one event, the most telling first. `before` is the digest of the one before, '' when that is
    not known."""
    seq, prev, at, actor, acting_as, region_code, action, subject, detail, content, digest = row[:11]
    owner, *said = row[11:]
    own = event_digest(
        seq=seq, prev=prev, at=at, actor=actor, acting_as=acting_as, region_code=region_code, action=action,
        subject=subject, detail=detail, content=content,
    )  # fmt: skip
    if own != digest:
        yield Fault(seq, "changed", f"Nomor {seq} ({action}, {subject}) tidak lagi seperti saat ditulis.")
    if before and prev != before.removeprefix(START):
        yield Fault(seq, "unlinked", f"Nomor {seq} tidak menyambung pada nomor sebelumnya.")
    if owner is None:
        if content != NOTHING and f"event:{seq}" not in erased:
            yield Fault(seq, "vanished", f"Isi nomor {seq} ({action}, {subject}) hilang tanpa catatan penghapusan.")
    elif content != content_digest(**dict(zip(("before", "after", "reason", "salt"), said, strict=True))):
        yield Fault(seq, "content", f"Isi nomor {seq} ({action}, {subject}) tidak lagi seperti saat ditulis.")
    for anchor in told:
        if not (len(anchor.digest) >= 16 and digest.startswith(anchor.digest)):
            yield Fault(seq, "anchor", f"Sidik nomor {seq} bukan yang tercatat pada {anchor.where}.")


def _tail(last: int, waiting: dict[int, list[Anchor]]) -> Iterator[Fault]:
    """What was written down of events after the last one that there is."""
    after = sorted((anchor for told in waiting.values() for anchor in told if anchor.seq > last), reverse=True)
    if after:
        who = ", ".join(dict.fromkeys(f"{anchor.where} (nomor {anchor.seq})" for anchor in after[:3]))
        more = f" dan {len(after) - 3} lainnya" if len(after) > 3 else ""
        text = f"Jejak berakhir pada nomor {last}; ekornya terpotong menurut {who}{more}."
        yield Fault(last + 1, "cut", text)


def _gap(first: int, last: int, verb: str = "hilang") -> str:
    """'Nomor 7 hilang' or 'Nomor 7 sampai 9 hilang'."""
    which = f"Nomor {first}" if first == last else f"Nomor {first} sampai {last}"
    return f"{which} {verb}" + ("." if verb == "hilang" else "")
