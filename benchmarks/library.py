"""What a page of the library costs in a city with 100,000 documents, beside the same page in a city with 100.

Imported by `benchmarks.inside`, which has set Django up.
"""

import hashlib
import time
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from evaluations.demo.people import BALIKPAPAN, SAMARINDA
from evaluations.models import Answer, AnswerEvidence
from evidence.enums import EvidenceKind, FileState
from evidence.models import EvidenceItem, EvidenceRevision, StoredFile
from evidence.services.items import searchable
from regions.models import Agency

MANY, FEW = 100_000, 100
PAGES = {
    "first page": "",
    "tenth page": "?page=10",
    "a word in every tenth": "?q=akta",
    "a number that one has": "?q=188/77/",
    "a word that none has": "?q=entahlah",
    "by kind": "?jenis=perda",
    "by year": "?tahun=2019",
    "by title": "?urut=judul",
    "by date of the document": "?urut=tanggal",
    "soon expired": "?keadaan=segera-berakhir",
    "used by no answer": "?keadaan=belum-dipakai",
    "waiting for the scanner": "?keadaan=menunggu",
}
BATCH = 2000


def measure(repeats: int) -> dict[str, Any]:
    """By page: seconds by turns with MANY and with FEW documents in the city, and how many queries each asks."""
    cities = {"ours": ("koordinator@contoh", BALIKPAPAN, MANY), "theirs": ("samarinda@contoh", SAMARINDA, FEW)}
    clients = {}
    for side, (name, region, count) in cities.items():
        user = User.objects.get(username=name)
        _fill(region, count, user)
        clients[side] = Client()
        clients[side].force_login(user)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    found: dict[str, Any] = {"many": MANY, "few": FEW, "pages": {}}
    for page, query in PAGES.items():
        times: dict[str, list[float]] = {"ours": [], "theirs": []}
        queries = {}
        for turn in range(repeats + 1):
            for side, client in clients.items():
                with CaptureQueriesContext(connection) as asked:
                    seconds = _opened(client, query)
                queries[side] = len(asked)
                if turn:  # the first warms up
                    times[side].append(seconds)
        found["pages"][page] = times | {"queries": [queries["ours"], queries["theirs"]]}
    return found


def _opened(client: Client, query: str) -> float:
    started = time.perf_counter()
    response = client.get("/pustaka/" + query)
    seconds = time.perf_counter() - started
    assert response.status_code == 200, response.status_code
    return seconds


def _fill(region: str, count: int, by: User) -> None:
    """Documents, each with a file of its own, two thirds of them put to answers. Rows only, no bytes."""
    agencies = list(Agency.objects.filter(region=region).order_by("pk"))
    answers = list(Answer.objects.filter(evaluation__region=region).order_by("pk").values_list("pk", flat=True))
    kinds = [kind for kind in EvidenceKind.values if kind != EvidenceKind.LINK]
    now, day = timezone.now(), date(2015, 1, 1)
    for start in range(0, count, BATCH):
        items, files, revisions, links = [], [], [], []
        for number in range(start, min(start + BATCH, count)):
            sha256 = hashlib.sha256(f"{region}:{number}".encode()).hexdigest()
            waiting = number % 5000 == 7
            files.append(
                StoredFile(
                    sha256=sha256, size=1000 + number, mime="application/pdf", pages=1,
                    state=FileState.INSPECTED if waiting else FileState.CLEAN,
                )
            )  # fmt: skip
            item = EvidenceItem(
                region_id=region,
                agency=agencies[number % len(agencies)],
                title=f"{'Rekap akta' if number % 10 == 0 else 'Laporan kegiatan'} kelurahan {number * 7919 % count}",
                kind=kinds[number % len(kinds)],
                number=f"188/{number}/{2015 + number % 10}",
                signatory="Wali Kota" if number % 3 else "Kepala Dinas",
                dated=None if number % 9 == 0 else day + timedelta(days=number % 3650),
                data_year=2015 + number % 10,
                valid_until=now.date() + timedelta(days=number % 9000 - 900) if number % 4 == 0 else None,
                size=1000 + number,
                created_by=by,
                created_at=now - timedelta(minutes=number),
            )
            revision = EvidenceRevision(
                item=item, file=files[-1], original_name=f"pindaian-{number}.pdf", created_by=by
            )  # fmt: skip
            item.search = searchable(item, revision)
            items.append(item)
            revisions.append(revision)
            if number % 3:
                links.append(AnswerEvidence(answer_id=answers[number % len(answers)], revision=revision, added_by=by))
        StoredFile.objects.bulk_create(files)
        EvidenceItem.objects.bulk_create(items)
        EvidenceRevision.objects.bulk_create(revisions)
        AnswerEvidence.objects.bulk_create(links)
