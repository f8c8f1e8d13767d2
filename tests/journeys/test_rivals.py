"""F1 and F3 on a running portal: eight people save the same answer at once, and forms are sent twice at once."""

import html
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests

from evidence.tests.make import make_pdf
from tests.servers import Portal
from tests.visitor import Visitor, form

pytestmark = pytest.mark.parametrize("portal", ["servers", "embedded"], indirect=True)
RIVALS, ROUNDS = 8, 20
MOVES, UPLOADS, REPORTS = 20, 20, 10
Send = Callable[[], requests.Response]


def at_once(sends: list[Send]) -> list[requests.Response]:
    """All of them at the same instant; their answers in the same order."""
    barrier = Barrier(len(sends))

    def one(send: Send) -> requests.Response:
        barrier.wait(30)
        return send()

    with ThreadPoolExecutor(len(sends)) as pool:
        return list(pool.map(one, sends))


def stored(page: str) -> tuple[int, str]:
    """Version and note that a question's page shows."""
    version = re.search(r'name="version"[^>]*value="(\d+)"|value="(\d+)"[^>]*name="version"', page)
    note = re.search(r'<textarea[^>]*name="note"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert version
    assert note
    return int(version[1] or version[2]), html.unescape(note[1]).strip()


def test_of_eight_rivals_one_wins_and_nobody_loses_a_word(portal: Portal) -> None:
    rivals = [Visitor(portal.base_url, name) for name in ("koordinator", "operator") * (RIVALS // 2)]
    path = next(rival for rival in rivals[1:]).question()
    fair, lost, statuses = 0, 0, Counter[int]()
    for number in range(ROUNDS):
        pages = [rival.get(path).text for rival in rivals]
        versions = {stored(page)[0] for page in pages}
        assert len(versions) == 1
        before = versions.pop()
        notes = [f"Ronde {number} naskah pesaing {place}" for place in range(RIVALS)]
        forms = [
            form(page, path) | {"value": "", "note": note, "version": str(before)}
            for page, note in zip(pages, notes, strict=True)
        ]
        answers = at_once([lambda r=r, f=f: r.post(path, f) for r, f in zip(rivals, forms, strict=True)])  # type: ignore[misc]
        statuses.update(answer.status_code for answer in answers)
        winners = [place for place, answer in enumerate(answers) if answer.status_code == 302]
        losers = [place for place, answer in enumerate(answers) if answer.status_code == 409]
        after, kept = stored(rivals[0].get(path).text)
        whole = all(
            notes[winners[0]] in answers[place].text and notes[place] in answers[place].text for place in losers
        )
        lost += kept != notes[winners[0]]
        fair += (len(winners), len(losers), after) == (1, RIVALS - 1, before + 1) and whole
    print(f"{fair} of {ROUNDS} rounds: one saved, {RIVALS - 1} told with both texts; lost {lost}; {dict(statuses)}")
    assert (fair, lost) == (ROUNDS, 0), portal.logs()
    assert statuses == {302: ROUNDS, 409: ROUNDS * (RIVALS - 1)}


def twice(visitor: Visitor, path: str, data: dict[str, Any], **more: Any) -> str:
    """Where both answers of the same form, sent twice at once, lead to."""
    first, second = at_once([lambda: visitor.post_apart(path, data, **more)] * 2)
    assert (first.status_code, second.status_code) == (302, 302), (first.text[-1500:], second.text[-1500:])
    assert first.headers["Location"] == second.headers["Location"]
    return first.headers["Location"]


def test_what_is_sent_twice_happens_once(portal: Portal) -> None:
    coordinator = Visitor(portal.base_url, "koordinator")
    path = Visitor(portal.base_url, "operator").question()
    evaluation = path.partition("p/")[0]
    effects = moves_twice(coordinator, evaluation) + uploads_twice(coordinator, path)
    effects += reports_twice(coordinator, evaluation, path)
    print(f"{MOVES + UPLOADS + REPORTS} pairs: {effects} effects, both answers equal")
    assert effects == MOVES + UPLOADS + REPORTS, portal.logs()


def moves_twice(coordinator: Visitor, evaluation: str) -> int:
    """Handed in and called back in turn; each step moves the version by one."""
    versions = []
    for number in range(MOVES + 1):
        step = f"{evaluation}langkah/{('hand_in', 'call_back')[number % 2]}/"
        page = coordinator.get(step).text
        fields = form(page, step)
        versions.append(int(fields["version"]))
        if number < MOVES:
            twice(coordinator, step, fields)
    return versions[-1] - versions[0]


def uploads_twice(coordinator: Visitor, path: str) -> int:
    def attached() -> int:
        return len(set(re.findall(r"/data-dukung/[0-9a-f-]{36}/lepas/", coordinator.get(path).text)))

    before = attached()
    for number in range(UPLOADS):
        fields = form(coordinator.get(path).text, f"{path}berkas/") | {"kind": "sk", "title": f"SK {number}"}
        content = make_pdf(f"Berkas ganda {number}")
        twice(coordinator, f"{path}berkas/", fields, files={"file": ("sk.pdf", content, "application/pdf")})
    return attached() - before


def reports_twice(coordinator: Visitor, evaluation: str, path: str) -> int:
    """Each of other content, else a second printing would rightly be the first."""

    def listed() -> set[str]:
        return set(re.findall(r"/laporan/[0-9a-f-]{36}/", coordinator.get(f"{evaluation}laporan/").text))

    before = listed()
    for number in range(REPORTS):
        fields = form(coordinator.get(path).text, path) | {"value": "", "note": f"Isi laporan {number}"}
        assert coordinator.post(path, fields).status_code == 302
        ask = form(coordinator.get(f"{evaluation}laporan/").text, f"{evaluation}laporan/buat/")
        twice(coordinator, f"{evaluation}laporan/buat/", ask)
    return len(listed() - before)
