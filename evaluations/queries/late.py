"""Which agencies are late, with what, and what to write to them: counts and points, nothing of an answer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Membership
from clusters import scoring
from evaluations.enums import DRAFTING
from evaluations.models import Evaluation
from evaluations.queries.deadlines import Part, open_parts
from evaluations.timing import timing
from kla_portal.lib.dates import both_zones, long_date, zoned_date
from kla_portal.lib.numbers import points_text

Content = dict[str, Any]
"""The list as plain JSON, every figure and day already a text; `reports/_late_list.html` prints it."""


@dataclass(frozen=True, slots=True)
class Late:
    """An agency whose deadline is over. `due`: the region's own, else the ministry's; `contacts`: name and number of
    each of its operators."""

    part: Part
    due: datetime
    internal: bool
    days: int
    contacts: tuple[tuple[str, str], ...]


def late(evaluation: Evaluation, now: datetime | None = None) -> list[Late]:
    """The longest late first, then by points; nobody once the region has submitted. Some eight queries."""
    if evaluation.stage not in DRAFTING:
        return []
    now, theirs = now or timezone.now(), timing(evaluation).until
    found = [(part, part.due or theirs) for part in open_parts(evaluation)]
    over = [(part, due) for part, due in found if due is not None and due <= now]
    who = _contacts(evaluation) if over else {}
    today = zoned_date(now, evaluation.region_id)
    rows = [
        Late(
            part,
            due,
            part.due is not None,
            (today - zoned_date(due, evaluation.region_id)).days,
            tuple(who.get(part.agency.pk, ())),
        )
        for part, due in over
    ]
    return sorted(rows, key=lambda row: (row.due, -row.part.points, row.part.agency.short_name))


def _contacts(evaluation: Evaluation) -> dict[int, list[tuple[str, str]]]:
    rows = Membership.objects.current().filter(
        role=Role.OPERATOR, region=evaluation.region_id, user__is_active=True, agency__isnull=False
    )
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for agency, name, phone in rows.order_by("user__full_name", "pk").values_list(
        "agency", "user__full_name", "user__phone"
    ):
        found[agency].append((name, phone))
    return found


def since(row: Late) -> str:
    return f"{row.days} hari" if row.days else "sejak hari ini"


def content(evaluation: Evaluation, rows: Sequence[Late], now: datetime) -> Content:
    """What is printed."""
    return {
        "region": evaluation.region.name,
        "cycle": evaluation.cycle.name,
        "date": long_date(zoned_date(now, evaluation.region_id)),
        "rows": [
            {
                "agency": row.part.agency.name,
                "due": both_zones(row.due, evaluation.region_id),
                "whose": "batas internal" if row.internal else "batas kementerian",
                "since": since(row),
                "not_ready": f"{row.part.not_ready} dari {row.part.count}",
                "missing": row.part.missing,
                "points": points_text(row.part.points),
                "contacts": [f"{name}, {phone}" if phone else name for name, phone in row.contacts],
            }
            for row in rows
        ],
        "questions": sum(row.part.not_ready for row in rows),
        "missing": sum(row.part.missing for row in rows),
        "points": points_text(total(rows)),
        "demo": settings.DEMO,
    }


def total(rows: Sequence[Late]) -> Decimal:
    return scoring.sum_points(row.part.points for row in rows)


def message_to(row: Late, evaluation: Evaluation, address: str) -> str:
    """To one agency, for a messenger. `address`: its page in the portal."""
    part = row.part
    lines = [
        f"*Yth. {part.agency.name}*",
        f"{evaluation.cycle.name}, {evaluation.region.name}: bagian Saudara sudah melewati batas "
        f"{both_zones(row.due, evaluation.region_id)} ({since(row)}).",
        f"Belum selesai {part.not_ready} dari {part.count} pertanyaan; {part.missing} data dukung wajib belum ada; "
        f"{points_text(part.points)} poin bergantung padanya.",
        "",
        f"Lengkapi di portal: {address}",
    ]
    return "\n".join(lines)


def message_of(rows: Sequence[Late], evaluation: Evaluation, now: datetime, address: str) -> str:
    """The whole list, for a group of heads of agencies. `address`: the list in the portal."""
    day = long_date(zoned_date(now, evaluation.region_id))
    lines = [
        "*Perangkat daerah yang terlambat*",
        f"{evaluation.cycle.name}, {evaluation.region.name}, per {day}.",
        "",
        *(
            f"{number}. {row.part.agency.short_name}: {row.part.not_ready} pertanyaan, {row.part.missing} data dukung, "
            f"{points_text(row.part.points)} poin ({since(row)})"
            for number, row in enumerate(rows, 1)
        ),
        "",
        f"Jumlah: {sum(row.part.not_ready for row in rows)} pertanyaan, {points_text(total(rows))} poin.",
        f"Daftar di portal: {address}",
    ]
    return "\n".join(lines)
