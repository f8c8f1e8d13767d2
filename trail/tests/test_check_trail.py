import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.lifted import lifted
from trail import anchors, guards
from trail.anchors import Anchor
from trail.models import Chain, Event, EventContent
from trail.services import chain, checking
from trail.services.erasing import erase
from trail.services.events import record, seal

pytestmark = pytest.mark.django_db
EVENTS = 12


@pytest.fixture(autouse=True)
def written() -> list[Event]:
    return [
        record("thing.change", by=None, subject=f"thing:{n}", detail="a", after={"n": n}, reason="sebab")
        for n in range(1, EVENTS + 1)
    ]


def sql(*statements: str) -> None:
    """As whoever owns the database."""
    with lifted(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def kinds(*extra: Anchor, batch: int = 5) -> list[tuple[int, str]]:
    return [(fault.seq, fault.kind) for fault in checking.check(extra, batch=batch).faults]


def test_an_untouched_trail_has_no_fault() -> None:
    erase(Event.objects.get(seq=4), reason="Diminta.", by=None)
    found = checking.check([Anchor(7, Event.objects.get(seq=7).digest[:16], "kertas")], batch=5)
    assert (found.faults, found.events, found.erased, found.anchors) == ([], EVENTS + 1, 1, 2)
    assert found.head == chain.head()


def reseal(seq: int, **changes: Any) -> None:
    """Change an event and give it the digest that fits, as somebody would who has read this code."""
    event = Event.objects.get(seq=seq)
    for name, value in changes.items():
        setattr(event, name, value)
    Event.objects.filter(seq=seq).update(**changes, digest=seal(event))


def inserted() -> None:
    event = Event.objects.get(seq=EVENTS)
    new = Event(seq=EVENTS + 1, prev=event.digest, action="thing.change", subject="thing:1", content_digest=event.prev)
    new.digest = seal(new)
    with lifted():
        new.save(force_insert=True)


def put_between() -> None:
    """A row between 5 and 6, those after it numbered anew."""
    with lifted():
        for event in Event.objects.filter(seq__gt=5).order_by("-seq"):
            Event.objects.filter(pk=event.pk).update(seq=event.seq + 1)
        before = Event.objects.get(seq=5)
        new = Event(seq=6, prev=before.digest, action="x", subject="thing:5", content_digest="")
        new.digest = seal(new)
        new.save(force_insert=True)


def swapped() -> None:
    sql(
        "UPDATE trail_event SET seq = 1000 WHERE seq = 5",
        "UPDATE trail_event SET seq = 5 WHERE seq = 6",
        "UPDATE trail_event SET seq = 6 WHERE seq = 1000",
    )


def edited(column: str, value: str) -> Callable[[], None]:
    return lambda: sql(f"UPDATE trail_event SET {column} = {value} WHERE seq = 5")


def said(statement: str) -> Callable[[], None]:
    return lambda: sql(f"{statement} WHERE event_id = (SELECT id FROM trail_event WHERE seq = 5)")


def remade() -> None:
    """Edited, and everything after it sealed anew; the head too. Only what was written down elsewhere tells."""
    with lifted():
        last = ""
        for event in Event.objects.filter(seq__gte=5).order_by("seq"):
            event.detail = "lain" if event.seq == 5 else event.detail
            event.prev = last or event.prev
            last = seal(event)
            Event.objects.filter(pk=event.pk).update(detail=event.detail, prev=event.prev, digest=last)
        Chain.objects.update(digest=last)


def resealed() -> None:
    with lifted():
        reseal(5, detail="lain")


def tail(*, head: bool) -> Callable[[], None]:
    def cut() -> None:
        last = Event.objects.get(seq=EVENTS - 4)
        sql(
            f"DELETE FROM trail_eventcontent WHERE event_id > {last.pk}",
            f"DELETE FROM trail_event WHERE seq > {last.seq}",
            *([f"UPDATE trail_chain SET seq = {last.seq}, digest = '{last.digest}'"] if head else []),
        )

    return cut


def deleted(first: int, last: int) -> Callable[[], None]:
    inside = f"(SELECT id FROM trail_event WHERE seq BETWEEN {first} AND {last})"
    return lambda: sql(
        f"DELETE FROM trail_eventcontent WHERE event_id IN {inside}",
        f"DELETE FROM trail_event WHERE seq BETWEEN {first} AND {last}",
    )


TAMPERINGS: dict[str, tuple[Callable[[], None], list[tuple[int, str]]]] = {
    "when": (edited("at", "'2020-01-01 00:00:00+00'"), [(5, "changed")]),
    "who": (edited("acting_as", "'operator'"), [(5, "changed")]),
    "where": (edited("region_code", "'64.72'"), [(5, "changed")]),
    "what": (edited("action", "'thing.other'"), [(5, "changed")]),
    "of what": (edited("subject", "'thing:6'"), [(5, "changed")]),
    "which": (edited("detail", "'b'"), [(5, "changed")]),
    "its own digest": (edited("digest", "prev"), [(5, "changed")]),
    "the digest of the content": (edited("content_digest", "prev"), [(5, "changed")]),
    "edited and sealed": (resealed, [(6, "unlinked")]),
    "before": (said("UPDATE trail_eventcontent SET before = '[1]'"), [(5, "content")]),
    "reason": (said("UPDATE trail_eventcontent SET reason = ''"), [(5, "content")]),
    "content gone": (said("DELETE FROM trail_eventcontent"), [(5, "vanished")]),
    "first": (deleted(1, 1), [(1, "missing")]),
    "in the middle": (deleted(5, 5), [(5, "missing")]),
    "several": (deleted(4, 7), [(4, "missing")]),
    "swapped": (swapped, [(5, "changed"), (6, "changed")]),
    "inserted at the end": (inserted, [(EVENTS + 1, "vanished"), (EVENTS + 1, "foreign")]),
    "put between": (
        put_between,
        [(6, "vanished"), *((n, "changed") for n in range(7, EVENTS + 2)), (EVENTS + 1, "foreign")],
    ),
    "cut": (tail(head=False), [(EVENTS - 3, "cut")]),
    "emptied": (deleted(1, EVENTS), [(1, "cut")]),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_kind_of_tampering_is_found_and_nothing_else(name: str) -> None:
    tamper, expected = TAMPERINGS[name]
    tamper()
    assert kinds() == expected


def test_a_cut_tail_whose_head_was_put_back_is_told_by_what_is_written_down_elsewhere() -> None:
    digest = Event.objects.get(seq=EVENTS - 1).digest
    tail(head=True)()
    assert kinds() == []
    assert kinds(Anchor(EVENTS - 1, digest, "kertas")) == [(EVENTS - 3, "cut")]


def test_a_chain_made_anew_is_told_by_what_is_written_down_elsewhere() -> None:
    digest = Event.objects.get(seq=9).digest
    remade()
    assert kinds() == []
    assert kinds(Anchor(9, digest[:16], "kertas")) == [(9, "anchor")]


def test_what_the_apps_have_written_down_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "_sources", [lambda: [Anchor(EVENTS, "0" * 64, "tanda terima")]])
    assert kinds() == [(EVENTS, "anchor")]


def test_guards_that_are_gone_are_a_fault() -> None:
    with lifted():
        assert {kind for _, kind in kinds()} == {"guard"}
    assert guards.missing(connection) == [] == kinds()


def run(*arguments: str) -> tuple[str, bool]:
    out = io.StringIO()
    try:
        call_command("check_trail", *arguments, stdout=out)
    except CommandError:
        return out.getvalue(), False
    return out.getvalue(), True


def test_the_command_says_in_plain_words_what_is_wrong_and_ends_with_one() -> None:
    said, good = run("--head", str(chain.head()))
    assert (
        good and said.startswith(f"{EVENTS} catatan, 0 isinya dihapus dengan catatan, ") and str(chain.head()) in said
    )
    head = chain.head()
    tail(head=True)()
    said, good = run("--head", f"{head.seq}:{head.digest[:8]} {head.digest[8:16]}")
    assert not good
    assert (
        said.splitlines()[0]
        == f"Jejak berakhir pada nomor {EVENTS - 4}; ekornya terpotong menurut --head (nomor {EVENTS})."
    )


def test_the_command_as_json() -> None:
    edited("detail", "'b'")()
    said, good = run("--json")
    told = json.loads(said)
    assert not good and (told["events"], told["head"]) == (EVENTS, str(chain.head()))
    assert [(fault["seq"], fault["kind"]) for fault in told["faults"]] == [(5, "changed")]


def test_a_head_too_short_to_prove_anything_is_refused() -> None:
    with pytest.raises(CommandError):
        call_command("check_trail", "--head", "12:abcd")


def test_the_side_row_of_another_event_is_found() -> None:
    one, other = EventContent.objects.order_by("pk")[:2]
    sql(f"UPDATE trail_eventcontent SET salt = '{one.salt}' WHERE event_id = {other.pk}")
    assert kinds() == [(2, "content")]


def test_the_command_that_erases_leaves_the_fact_and_no_fault() -> None:
    out = io.StringIO()
    call_command("erase_event", "5", "--reason", "Diminta.", stdout=out)
    assert out.getvalue() == f"Isi catatan nomor 5 dihapus; dicatat sebagai nomor {EVENTS + 1}.\n"
    assert Event.objects.with_content().get(seq=5).said is None and kinds() == []
    for refused in (["5", "--reason", "Lagi."], ["99", "--reason", "Lagi."], ["6", "--reason", " "]):
        with pytest.raises(CommandError):
            call_command("erase_event", *refused)
    assert EventContent.objects.count() == EVENTS  # that of 5 is gone, that of the erasing has come
