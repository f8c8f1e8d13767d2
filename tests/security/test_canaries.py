"""A5, A6 and the reading half of C4: everybody asks for everything.

No word of one city reaches somebody who is not entitled to it, no byte of a file reaches anybody but its readers, and
no question changes an answer: after all of it the database is what it was.
"""

import functools
import io
import logging
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.apps import apps
from django.test import Client

from evaluations.enums import Stage
from evaluations.models import AnswerEvidence
from evidence import store
from kla_portal.tests.read_pdf import text_of
from reports.enums import PackageScope
from reports.models import Package, Report
from reports.permissions import can_list_packages
from reports.services import request_package
from reports.tasks import make_package, render_report
from tests.access.world import ACTORS, World, make_world
from tests.security.addresses import addresses
from tests.security.canaries import entitled, mark, words_in
from tests.security.worlds import OUTSIDE

pytestmark = pytest.mark.django_db

CRAWLED = (Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW, Stage.FIELD_VERIFICATION, Stage.AWARDED)
"""The stages in which the table says different things; the judges' stages are alike."""
FORMS_ONLY = "GET, HEAD, POST"
"""What `posted_from` allows: a form, and the way from its address to its page."""
FOLLOWED = 20
"""Links that are followed beyond the addresses themselves: filters, pages, orders."""
HREF = re.compile(r'(?:href|hx-get|data-src|src)="([^"#]+)')
JPEG = b"\xff\xd8\xff"
DIRECT = (
    "/evidence/{0}", "/dilindungi/{0}%00.css", "/static/../evidence/{0}", "/static/..%2fevidence/{0}",
    "/berkas/bukti/{1}/", "/berkas/%2e%2e/%2e%2e/evidence/{0}",
)  # fmt: skip
"""Where a stored file would be, could its place be asked for. The journey through nginx tries fifty more of them."""
SESSIONS = {"sessions.session"}
PENDING = {"otp_totp.totpdevice"}  # the page that sets up a second factor makes the secret that it shows
TRIES = {"axes.accessattempt"}  # unknown one-time links are counted
READS = {"evidence.fileaccess", "accounts.notice"}  # who had a file in hand is written down; what was opened is read
NOT_STATE = SESSIONS | PENDING | TRIES | READS


@dataclass
class Walk:
    """What everybody together was told."""

    requests: int = 0
    followed: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    words: int = 0
    met: set[tuple[str, str, str]] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)
    pdfs: int = 0
    packages: int = 0
    written: list[str] = field(default_factory=list)
    file_requests: int = 0
    denied: int = 0
    given: int = 0
    direct: int = 0
    direct_denied: int = 0
    file_faults: list[str] = field(default_factory=list)


def state() -> dict[str, set[tuple[Any, ...]]]:
    """Every row of every table that is not declared as changing."""
    return {
        model._meta.label_lower: {tuple(map(str, row)) for row in model._default_manager.values_list()}
        for model in apps.get_models()
        if model._meta.label_lower not in NOT_STATE
    }


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@functools.cache
def pdf_text(pdf: bytes) -> str:
    """The same few documents are handed out again and again."""
    return text_of(pdf)


def sheet_text(body: bytes) -> str:
    """All that stands in a spreadsheet."""
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return " ".join(packed.read(name).decode() for name in packed.namelist())


def zip_text(body: bytes) -> str:
    """All that stands in a package: names, pages, sheets."""
    found = []
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        for name in packed.namelist():
            read = {"pdf": pdf_text, "xlsx": sheet_text}.get(name.rpartition(".")[2], bytes.decode)
            found += [name, read(packed.read(name))]
    return " ".join(found)


class Visitor:
    """One person asking for one address after the other."""

    def __init__(self, walk: Walk, world: World, actor: str) -> None:
        self.walk, self.actor = walk, actor
        self.client = Client(raise_request_exception=False)
        if person := world.people[actor]:
            self.client.force_login(person)
        self.links: dict[str, None] = {}

    def ask(self, path: str) -> None:
        response = self.client.get(path)
        body, kind = body_of(response), response.headers.get("Content-Type", "")
        self.walk.requests += 1
        self.walk.statuses[response.status_code] += 1
        text = path + str(sorted(response.headers.items())) if response.status_code == 200 else str(response.headers)
        if kind.startswith("application/pdf"):
            self.walk.pdfs += 1
            text += pdf_text(body)
        elif kind.startswith("application/vnd.openxmlformats"):
            text += sheet_text(body)
        elif kind == "application/zip":
            self.walk.packages += 1
            text += zip_text(body)
        elif not kind.startswith("image/"):  # a drawn page: who gets it is asked with the files
            text += body.decode()
            self.links |= dict.fromkeys(self._links(path, body.decode()))
        words = words_in(text)
        self.walk.words += len(words)
        for word, stage in words:
            self.walk.met.add((word, stage, self.actor))
            if self.actor not in entitled(word, stage):
                self.walk.leaks.append(f"{self.actor} meets {word} of {stage} at {path} ({response.status_code})")

    def _links(self, page: str, text: str) -> Iterator[str]:
        for target in HREF.findall(text):
            parts = urlsplit(urljoin(page, target.replace("&amp;", "&")))
            if not parts.netloc and not parts.path.startswith("/static/"):
                yield parts.path + (f"?{parts.query}" if parts.query else "")


def everybody_asks(walk: Walk, world: World) -> None:
    named = addresses(world, CRAWLED)
    reader = Client(raise_request_exception=False)
    reader.force_login(world.people["admin"])
    kinds = {name: reader.put(path).headers.get("Allow", "") for name, path in dict(named).items()}
    forms_only = {name for name, allowed in kinds.items() if allowed == FORMS_ONLY}
    kept = dict(named)  # of an address that only takes forms one example is enough
    paths = [path for name, path in named if name not in forms_only or kept[name] == path]
    searches = [f"{path}?q=Knr" for path in ("/orang/", "/daerah/", "/evaluasi/", "/instrumen/", "/pustaka/")]
    searches += ["/pustaka/?keadaan=dihapus", "/pustaka/?keadaan=belum-dipakai", "/pustaka/?label=Knr"]
    searches += [f"{path}?q=Knr" for name, path in named if name == "evaluations:evidence_pick"]
    searches += [f"{path}?buka=semua" for name, path in named if name == "evaluations:evaluation_result"]
    for actor in ACTORS:
        visitor = Visitor(walk, world, actor)
        before = state()  # after the sign-in, which notes when it was
        for path in (*paths, *searches):
            visitor.ask(path)
        asked, bound = set(paths) | set(searches), FOLLOWED
        while bound and (more := [path for path in visitor.links if path not in asked]):
            for path in more[:bound]:
                asked.add(path)
                visitor.ask(path)
                walk.followed += 1
            bound -= len(more[:bound])
        after = state()
        walk.written += [f"{label} by {actor}'s questions" for label in before if before[label] != after[label]]


def everybody_asks_for_files(walk: Walk, world: World) -> None:
    """GET, HEAD and ranges of every file; whoever is not entitled gets no byte and learns nothing about it."""
    links = AnswerEvidence.objects.exclude(revision__file=None).filter(answer__evaluation__stage__in=CRAWLED)
    links = links.select_related("answer__evaluation", "revision__file", "revision__item")
    for actor in ACTORS:
        client = Client(raise_request_exception=False)
        if person := world.people[actor]:
            client.force_login(person)
        for link in links:
            kind = "secretbody" if link.revision.item.personal_data else "body"
            reader = actor in entitled(kind, link.answer.evaluation.stage)
            whole = link.revision.file.size
            path = f"/data-dukung/{link.pk}/"
            asked = [
                ("get", path, {}, whole),
                ("get", path + "?lihat=1", {}, whole),
                ("head", path, {}, 0),
                ("get", path, {"Range": "bytes=0-99"}, 100),
                ("get", path, {"Range": "bytes=-50"}, 50),
                ("get", path + "halaman/1/", {}, None),
            ]
            for method, address, headers, size in asked:
                response = getattr(client, method)(address, headers=headers)
                body = body_of(response)
                walk.file_requests += 1
                if reader:
                    right = body.startswith(JPEG) if size is None else len(body) == size
                    fits = response.status_code in (200, 206) and right
                    walk.given += fits
                else:
                    bare = not {"ETag", "Accept-Ranges", "Content-Range", "Content-Disposition"} & set(response.headers)
                    fits = response.status_code in (302, 403, 404) and bare and b"%PDF" not in body and JPEG not in body
                    walk.denied += fits
                if not fits:
                    walk.file_faults.append(f"{method} {address} {headers} as {actor}: {response.status_code}")
            for place in DIRECT:
                address = place.format(store.name_of(link.revision.file.sha256), link.revision.file.sha256)
                response = client.get(address)
                body = body_of(response)
                fits = response.status_code == 404 and b"%PDF" not in body and not response.headers.get("ETag")
                walk.direct += 1
                walk.direct_denied += fits
                if not fits:
                    walk.file_faults.append(f"get {address} as {actor}: {response.status_code}")


def no_word_reaches_anybody_who_is_not_entitled(walk: Walk) -> None:
    print(
        f"{len(walk.leaks)} foreign canaries in {walk.requests} responses ({walk.followed} of them by links, ", end=""
    )
    print(f"{walk.pdfs} PDFs read); {walk.words} met by those entitled; {dict(walk.statuses)}")
    assert not walk.leaks, "\n".join(walk.leaks[:60])
    assert walk.requests > 2500
    assert walk.followed > 200
    assert walk.pdfs > 60
    assert walk.packages >= 15


def the_words_are_there_to_be_met(walk: Walk) -> None:
    """Else the silence above would mean nothing: every kind of word is met, and by nobody of elsewhere."""
    kinds = {kind for kind, _, _ in walk.met}
    assert kinds >= {"note", "title", "file", "body", "secret", "secretbody", "link", "person", "mail", "reason"}
    assert kinds >= {"fact", "secretfact", "hint"}
    assert kinds >= {"verdict", "event"}
    assert {stage for _, stage, _ in walk.met} >= set(CRAWLED)
    assert not OUTSIDE & {actor for _, _, actor in walk.met}
    for actor in ("operator", "coordinator", "task_force", "province", "evaluator", "admin"):
        assert ("note", Stage.AWARDED, actor) in walk.met


def a_question_changes_nothing(walk: Walk) -> None:
    print(f"{walk.requests} questions by {len(ACTORS)} people, {len(walk.written)} tables changed")
    assert walk.written == []


def files_go_to_their_readers_alone(walk: Walk) -> None:
    foreign = walk.file_requests - walk.given
    print(f"{walk.denied} of {foreign} foreign file requests denied, 0 bytes; {walk.given} answered to readers")
    print(f"{walk.direct_denied} of {walk.direct} direct and encoded paths to stored files denied, 0 bytes")
    assert not walk.file_faults, "\n".join(walk.file_faults[:40])
    assert walk.denied > 300
    assert walk.direct > 500
    assert walk.given > 150


def walked() -> Walk:
    """Everybody has asked; nothing of it stays in the database."""
    walk, world = Walk(), make_world()
    reports = mark(world)
    Report.objects.exclude(pk__in=[report.pk for report in reports]).delete()
    wanted = {world.cases[stage].evaluation.pk for stage in CRAWLED}
    for report in reports:
        if report.evaluation_id in wanted:
            render_report(str(report.job_id))
    packed(world)
    everybody_asks(walk, world)
    everybody_asks_for_files(walk, world)
    return walk


def packed(world: World) -> None:
    """A package of all that each may have, in every stage."""
    Package.objects.all().delete()
    for stage in CRAWLED:
        evaluation = world.cases[stage].evaluation
        for actor in ACTORS:
            person: Any = world.people[actor]
            if person is None or not can_list_packages(person, evaluation):
                continue
            scope, part = PackageScope.WHOLE, ""
            if person.acting.agency_id:
                scope, part = PackageScope.AGENCY, str(person.acting.agency_id)
            make_package(str(request_package(evaluation, scope, part, "Semua", person).job_id))


def test_everybody_asks_for_everything() -> None:
    """One walk for all that is to be seen from it: it takes a minute."""
    logging.disable(logging.ERROR)  # thousands of refusals are not news here
    try:
        walk = walked()
    finally:
        logging.disable(logging.NOTSET)
    no_word_reaches_anybody_who_is_not_entitled(walk)
    the_words_are_there_to_be_met(walk)
    a_question_changes_nothing(walk)
    files_go_to_their_readers_alone(walk)
    assert not {status for status in walk.statuses if status >= 500}, walk.statuses
