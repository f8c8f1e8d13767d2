"""The receipt for what a region hands over: written with it, in the same transaction, and never changed."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from evaluations.enums import ReceiptKind
from evaluations.models import Evaluation, Receipt
from evaluations.queries.receipts import content, digest
from evaluations.services import telling
from trail.models import Event


def write(evaluation: Evaluation, kind: ReceiptKind, *, at: datetime, opened: Sequence[str] = (), by: Any) -> Receipt:
    """Freeze what is there now, with the evaluation held. `opened`: codes of the questions that were opened by name.

    Call it before the Event is recorded, and `seal` with that event right after it.
    """
    declaration, answers = evaluation.declaration, content(evaluation)
    number = next_number(evaluation)
    payload = {
        "number": number,
        "kind": kind.value,
        "at": at.isoformat(),
        "region": evaluation.region_id,
        "cycle": evaluation.cycle.name,
        "instrument": evaluation.cycle.instrument.code,
        "declaration": (declaration.file_id or "") if declaration else "",
        "content": digest(answers),
        "answers": answers,
        "opened": list(opened),
    }
    receipt = Receipt.objects.create(
        evaluation=evaluation, kind=kind, number=number, payload=payload, declaration=declaration, by=by, at=at,
        sha256=digest(json.loads(json.dumps(payload))),
    )  # fmt: skip
    telling.receipted(evaluation, number=number, url=receipt.get_absolute_url(), by=by)
    return receipt


def seal(receipt: Receipt, event: Event) -> None:
    """Let the receipt name the event that recorded it."""
    receipt.trail_seq, receipt.trail_digest = event.seq, event.digest
    receipt.save(update_fields=["trail_seq", "trail_digest"])


def next_number(evaluation: Evaluation) -> str:
    """'KLA-2025/64.71/0001': the year whose data the cycle asks for last, the region, and a number of its own."""
    year = max(evaluation.cycle.data_years, default=evaluation.created_at.year)
    head = f"KLA-{year}/{evaluation.region_id}/"
    return f"{head}{Receipt.objects.filter(number__startswith=head).count() + 1:04}"
