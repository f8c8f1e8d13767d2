"""What a what-if costs at full size: the whole answer of the page against the bare score of the same evaluation.

Imported by `benchmarks.inside`, which has set Django up.
"""

import time
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import User
from evaluations.demo.people import BALIKPAPAN
from evaluations.enums import Stage
from evaluations.models import Evaluation
from evaluations.queries.scorecard import card_of, facts
from evaluations.queries.whatif import levels_of, stand

COORDINATOR = "koordinator@contoh"
CHANGED = 10
"""Questions that differ in the what-if."""


def measure(repeats: int) -> dict[str, Any]:
    """Seconds by turns: one more change sent by htmx, the page opened anew, and the score alone, which both contain."""
    client = Client()
    client.force_login(User.objects.get(username=COORDINATOR), backend="accounts.backends.PortalBackend")
    path = reverse("evaluations:evaluation_lift", args=[_evaluation().pk])
    here = stand(known := facts(_evaluation()), card_of(known))
    changed = [row for row in here.card.questions if row.question.best > row.claimed_fraction][:CHANGED]
    if len(changed) < CHANGED:
        raise RuntimeError(f"only {len(changed)} questions could be better")
    *before, last = changed
    assumed = "~".join(f"{row.question.code}:{levels_of(row)[-1].key}!" for row in before)
    sent = {"daftar": "raih", "j": assumed, f"u_{last.question.code}": levels_of(last)[-1].key}
    htmx = {"HX-Request": "true"}

    found: dict[str, Any] = {"changed": [], "opened": [], "score": [], "questions": len(here.card.questions)}
    for turn in range(repeats + 2):
        seconds = {
            "score": _timed(lambda: card_of(facts(_evaluation()))),
            "changed": _timed(lambda: _got(client, path, sent, headers=htmx)),
            "opened": _timed(lambda: _got(client, path, {"daftar": "raih", "j": assumed})),
        }
        if turn >= 2:  # templates, the instrument, the note of use in the session
            for name, value in seconds.items():
                found[name].append(value)
    found["bytes"] = len(_got(client, path, sent, headers=htmx))
    return found


def _evaluation() -> Evaluation:
    found = Evaluation.objects.select_related("region", "cycle__instrument")
    return found.get(region=BALIKPAPAN, stage=Stage.SELF_ASSESSMENT)


def _got(client: Client, path: str, data: dict[str, str], **more: Any) -> bytes:
    response = client.get(path, data, **more)
    if response.status_code != 200:
        raise RuntimeError(f"{response.status_code}: {response.content[:300]!r}")
    return response.content


def _timed(act: Any) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
