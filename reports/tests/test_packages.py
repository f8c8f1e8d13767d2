"""Documents in one ZIP: what is in it and for whom, whatever happens to the worker, and how it is fetched."""

import errno
import hashlib
import io
import os
import re
import signal
import zipfile
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connections
from django.utils import timezone
from openpyxl import load_workbook

from accounts.enums import Role
from accounts.models import Membership
from accounts.tests.make import make_user
from evaluations.enums import DocumentVerdict, Stage
from evaluations.models import AnswerEvidence, EvidenceVerdict
from evaluations.tests.make import make_answer, make_evaluation, make_link, people
from evidence import store as evidence
from evidence.models import EvidenceItem
from evidence.tests.make import make_docx, make_jpeg, make_pdf, make_revision, make_xlsx
from reports import packages_making, services, store
from reports.enums import EntryState, PackageScope
from reports.models import Package
from reports.tasks import NO_SPACE, PACKAGE_BROKEN, PACKAGE_TOO_LONG, make_package
from reports.tests.make import make_asked_package, make_made_package
from reports.tests.packed import SECRET, city, delete, fresh, opened, quarantine
from trail.models import Job, JobState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("report_store", "evidence_store")]


def sheet(archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    rows = list(load_workbook(io.BytesIO(archive.read("indeks.xlsx")))["Indeks"].iter_rows())
    return [dict(zip([cell.value for cell in rows[0]], row, strict=True)) for row in rows[1:]]


def everything(archive: zipfile.ZipFile) -> str:
    """Names and content, the workbook unpacked."""
    texts = [name + archive.read(name).decode("latin-1") for name in archive.namelist()]
    book = zipfile.ZipFile(io.BytesIO(archive.read("indeks.xlsx")))
    return "".join([*texts, *(book.read(name).decode("latin-1") for name in book.namelist())])


# --- what is in it ----------------------------------------------------------------------------------------------------
def test_a_package_holds_the_files_under_names_for_re_entry(report_store):
    package = make_made_package(evaluation=city()["evaluation"])
    assert (package.state, package.files) == (JobState.DONE, 4)
    archive = opened(package)
    assert archive.testzip() is None
    names = archive.namelist()
    assert names[:2] == ["indeks.html", "indeks.xlsx"]
    birth, law = [name.rpartition("/")[0] for name in (names[-1], names[2])]
    assert re.fullmatch(r"[A-Z]+/02", birth), birth
    assert f"{birth}/2.1_akta_2024_disdukcapil.pdf".casefold() in [name.casefold() for name in names]
    assert [name for name in names if name.startswith(f"{law}/1.1_")]
    for link in AnswerEvidence.objects.select_related("revision__file").exclude(revision__file=None):
        sent = link.revision.file.served_sha256 or link.revision.file.sha256
        assert sent in {hashlib.sha256(archive.read(name)).hexdigest() for name in names}
    assert {info.compress_type for info in archive.infolist() if info.filename != "indeks.html"} == {zipfile.ZIP_STORED}
    stored = (report_store / package.file_name).read_bytes()
    assert (package.size, package.sha256) == (len(stored), hashlib.sha256(stored).hexdigest())
    assert sorted(os.listdir(report_store)) == sorted([package.file_name, "evidence"])


def test_the_index_says_what_there_is(report_store):
    archive = opened(make_made_package(evaluation=city()["evaluation"]))
    rows = sheet(archive)
    assert len(rows) == 5
    deed = next(row for row in rows if row["Judul"].value == "2.1 Akta 2024" and row["Kode"].value == "2.1")
    assert deed["Nomor"].value == "12/2024"
    assert deed["Tahun data"].value == 2024
    assert deed["Halaman"].value == "hal. 12"
    assert hashlib.sha256(archive.read(deed["Berkas"].value)).hexdigest() == deed["SHA-256"].value
    assert "poin)" in deed["Jawaban daerah"].value
    risky = next(row for row in rows if row["Judul"].value == "=1+1")
    assert (risky["Judul"].data_type, risky["Judul"].quotePrefix) == ("s", True)
    link = next(row for row in rows if row["Alamat tautan"].value)
    assert (link["Berkas"].value, link["Keadaan"].value) == (None, EntryState.LINK.label)


class _Parts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def test_the_readable_index_is_inert_and_its_links_lead_into_the_package():
    case = city()
    EvidenceItem.objects.filter(title="2.1 Akta 2024").update(title='<script>alert(1)</script>"><img src=x onerror=a>')
    archive = opened(make_made_package(evaluation=case["evaluation"]))
    text = archive.read("indeks.html").decode()
    parts = _Parts()
    parts.feed(text)
    assert "default-src 'none'" in text
    assert not parts.tags & {"script", "img", "form", "iframe", "object", "base"}
    assert not {name for name in parts.attributes if name.startswith("on")} | (parts.attributes & {"style", "src"})
    assert len(parts.links) == 5
    assert set(parts.links) <= set(archive.namelist())
    assert "&lt;script&gt;" in text
    assert "https://contoh.id/?a=1&amp;b=2" in text


@pytest.mark.parametrize("kind", ["pdf", "jpg", "png", "docx", "xlsx"])
def test_the_ending_fits_the_type(kind):
    contents = {"pdf": make_pdf(), "jpg": make_jpeg(), "png": make_jpeg(), "docx": make_docx(), "xlsx": make_xlsx()}
    evaluation = make_evaluation()
    make_link(
        answer=make_answer(evaluation=evaluation),
        revision=make_revision(evaluation.region, name=f"Nama.{kind.upper()}", content=contents[kind]),
    )
    assert opened(make_made_package(evaluation=evaluation)).namelist()[-1].endswith(f".{kind}")


def test_a_cluster_and_an_agency_alone():
    case = city()
    evaluation, agencies = case["evaluation"], case["agencies"]
    cluster = case["birth"].question.indicator.cluster.code
    whole = opened(make_made_package(evaluation=evaluation)).namelist()
    part = opened(make_made_package(evaluation=evaluation, scope=PackageScope.CLUSTER, part=cluster)).namelist()
    assert part[2:] == [name for name in whole[2:] if name.startswith(f"{cluster}/")]
    held = make_made_package(evaluation=evaluation, scope=PackageScope.AGENCY, part=str(agencies["disdukcapil"].pk))
    assert {entry["owner"] for entry in held.entries} >= {agencies["disdukcapil"].short_name}
    assert "https" not in "".join(entry["url"] for entry in held.entries)


def test_the_same_bytes_for_two_wishes_of_a_question_are_one_file():
    case = city()
    make_link(answer=case["birth"], revision=case["links"]["deed"].revision, want="akta")
    package = make_made_package(evaluation=case["evaluation"])
    assert package.files == 4
    assert len(sheet(opened(package))) == 6


def test_what_was_taken_off_or_deleted_is_not_in_it():
    case = city()
    AnswerEvidence.objects.filter(pk=case["links"]["table"].pk).update(removed_at=timezone.now())
    EvidenceItem.objects.filter(pk=case["links"]["photo"].revision.item_id).update(deleted_at=timezone.now())
    assert make_made_package(evaluation=case["evaluation"]).files == 2


# --- for whom ---------------------------------------------------------------------------------------------------------
def test_nobody_gets_in_a_package_what_is_closed_to_them():
    """The canary stands in title, number and name of a document of personal data that Disdukcapil holds."""
    for stage in (Stage.SELF_ASSESSMENT, Stage.ADMIN_VERIFICATION, Stage.MINISTRY_REVIEW):
        case = city(stage)
        evaluation, photo = case["evaluation"], case["links"]["photo"].revision.file
        everybody = people(evaluation)
        asked = {
            "coordinator": (PackageScope.WHOLE, ""),
            "task_force": (PackageScope.WHOLE, ""),
            "operator": (PackageScope.AGENCY, str(case["agencies"]["disdukcapil"].pk)),
            "other_operator": (PackageScope.AGENCY, str(case["agencies"]["dinkes"].pk)),
            "province": (PackageScope.WHOLE, ""),
            "evaluator": (PackageScope.WHOLE, ""),
        }
        judge = {Stage.ADMIN_VERIFICATION: "province", Stage.MINISTRY_REVIEW: "evaluator"}.get(stage)
        for who, (scope, part) in asked.items():
            if who in ("province", "evaluator") and who != judge:
                continue
            archive = opened(make_made_package(evaluation=evaluation, by=everybody[who], scope=scope, part=part))
            hashes = {hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
            entitled = who != "other_operator"
            assert (SECRET in everything(archive)) == entitled, (stage, who)
            assert (photo.sha256 in hashes) == entitled, (stage, who)


def test_a_closed_document_is_told_without_its_name():
    """Disdukcapil leads question 2.1; the coordinator put a file there that no agency holds."""
    case = city()
    evaluation = case["evaluation"]
    kept = make_revision(evaluation.region, title=SECRET, number=SECRET, content=make_pdf(SECRET), name=f"{SECRET}.pdf")
    make_link(answer=case["birth"], revision=kept, page_hint=SECRET)
    operator = people(evaluation)["operator"]
    part = str(case["agencies"]["disdukcapil"].pk)
    EvidenceItem.objects.filter(pk=case["links"]["photo"].revision.item_id).update(title="Foto", number="")
    package = make_made_package(evaluation=evaluation, by=operator, scope=PackageScope.AGENCY, part=part)
    archive = opened(package)
    assert SECRET not in everything(archive) + str(package.entries)
    assert kept.file.sha256 not in everything(archive)
    text = archive.read("indeks.html").decode()
    assert text.count("tertutup: data pribadi") == 1
    assert [row["Keadaan"].value for row in sheet(archive)].count(EntryState.CLOSED.label) == 1


def test_verdicts_are_for_those_who_may_read_them():
    case = city(Stage.MINISTRY_REVIEW)
    everybody = people(case["evaluation"])
    link = case["links"]["deed"]
    EvidenceVerdict.objects.create(
        link=link, revision=link.revision, stage=Stage.ADMIN_VERIFICATION, by=everybody["province"],
        verdict=DocumentVerdict.REJECTED, reason="tidak bertanggal",
    )  # fmt: skip
    judged = opened(make_made_package(evaluation=case["evaluation"], by=everybody["evaluator"]))
    assert "tidak bertanggal" in judged.read("indeks.html").decode()
    assert "tidak bertanggal" in {str(row["Putusan dokumen"].value).rpartition(": ")[2] for row in sheet(judged)}
    assert "tidak bertanggal" not in everything(opened(make_made_package(evaluation=case["evaluation"])))


def test_a_right_that_ended_before_the_worker_came_is_stated():
    case = city()
    asker = make_user(Role.COORDINATOR, case["evaluation"].region)
    package = make_asked_package(evaluation=case["evaluation"], by=asker)
    Membership.objects.filter(user=asker).update(ends_on=timezone.localdate())
    make_package(str(package.job_id))
    package = fresh(package)
    assert (package.state, package.sha256) == (JobState.FAILED, "")
    assert package.job.error


# --- what happens meanwhile -------------------------------------------------------------------------------------------
def lose(link: AnswerEvidence) -> None:
    evidence.remove(link.revision.file.sha256)


def take_off(link: AnswerEvidence) -> None:
    AnswerEvidence.objects.filter(pk=link.pk).update(removed_at=timezone.now())


def spoil(link: AnswerEvidence) -> None:
    file = link.revision.file
    evidence.path_of(file.sha256).write_bytes(b"x" * file.size)


@pytest.mark.parametrize(
    ("change", "state"),
    [(quarantine, "quarantined"), (delete, "gone"), (take_off, "gone"), (lose, "lacking"), (spoil, "lacking")],
)
def test_what_is_lost_before_the_worker_comes_is_left_out_and_said(change, state):
    case = city()
    link = case["links"]["table"]
    package = make_asked_package(evaluation=case["evaluation"])
    change(link)
    make_package(str(package.job_id))
    package = fresh(package)
    assert (package.state, package.files) == (JobState.DONE, 3)
    archive = opened(package)
    assert archive.testzip() is None
    told = next(row for row in sheet(archive) if row["Judul"].value == "=1+1")
    assert (told["Berkas"].value, told["Keadaan"].value) == (None, EntryState(state).label)
    assert EntryState(state).label in archive.read("indeks.html").decode()


def test_however_many_are_lost_the_copying_begins_once(monkeypatch):
    case = city()
    package = make_asked_package(evaluation=case["evaluation"])
    for name in ("deed", "table", "photo"):
        lose(case["links"][name])
    begun, arriving = [], store.arriving

    def counted(name: str) -> Any:
        begun.append(name)
        return arriving(name)

    monkeypatch.setattr(store, "arriving", counted)
    make_package(str(package.job_id))
    assert (fresh(package).state, fresh(package).files, len(begun)) == (JobState.DONE, 0, 1)


def test_made_twice_is_the_same_bytes():
    case = city()
    package = make_made_package(evaluation=case["evaluation"])
    store.drop(package.file_name)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        services.retry_package(fresh(package), _acting(package))
        make_package(str(package.job_id))
    again = fresh(package)
    assert (again.state, again.sha256, again.size) == (JobState.DONE, package.sha256, package.size)


def _acting(package: Package) -> Any:
    return package.requested_by


@pytest.mark.pg  # two processes on one database
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_is_a_stated_failure_and_the_retry_gives_the_same(report_store):
    case = city()
    whole = make_made_package(evaluation=case["evaluation"])
    store.drop(whole.file_name)
    Job.objects.filter(pk=whole.job_id).update(state=JobState.QUEUED)
    Package.objects.filter(pk=whole.pk).update(size=0, sha256="", files=0)
    child = os.fork()
    if not child:  # the worker, which dies while it copies the second file
        copy = packages_making._copy
        copied = []

        def dying(*args: Any) -> None:
            copied.append(1)
            copy(*args)
            if len(copied) == 2:
                os.kill(os.getpid(), signal.SIGKILL)

        packages_making._copy = dying  # type: ignore[assignment]
        try:
            for each in connections.all(initialized_only=True):
                each.connection = None  # the parent's, which goes on using it
            make_package(str(whole.job_id))
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert [name for name in os.listdir(report_store) if name.endswith(".zip")] == []
    assert fresh(whole).state == JobState.RUNNING
    Job.objects.filter(pk=whole.job_id).update(lease_until=timezone.now())
    package = fresh(whole)
    assert package.state == JobState.FAILED
    services.retry_package(package, package.requested_by)
    make_package(str(package.job_id))
    again = fresh(whole)
    assert (again.state, again.sha256, again.size) == (JobState.DONE, whole.sha256, whole.size)
    assert len([name for name in os.listdir(report_store) if name.endswith(".part")]) == 1
    services.sweep_packages(timezone.now() + services.PARTS_AFTER + timedelta(minutes=1))
    assert [name for name in os.listdir(report_store) if name.endswith(".part")] == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), NO_SPACE),
        (RuntimeError("x"), PACKAGE_BROKEN),
        (SoftTimeLimitExceeded(), PACKAGE_TOO_LONG),
    ],
)
def test_a_fault_is_stated_and_leaves_nothing(report_store, monkeypatch, fault, words):
    package = make_asked_package(evaluation=city()["evaluation"])

    def failing(*args: Any) -> None:
        raise fault

    monkeypatch.setattr(packages_making, "_through", failing)
    make_package(str(package.job_id))
    assert (fresh(package).state, fresh(package).job.error) == (JobState.FAILED, words)
    assert os.listdir(report_store) == ["evidence"]


def test_a_package_taken_over_ends_without_a_trace(report_store, monkeypatch):
    package = make_asked_package(evaluation=city()["evaluation"])
    through = packages_making._through

    def taken_over(*args: Any) -> str:
        Job.objects.filter(pk=package.job_id).update(attempts=7)
        return through(*args)

    monkeypatch.setattr(packages_making, "_through", taken_over)
    make_package(str(package.job_id))
    assert os.listdir(report_store) == ["evidence"]
    assert fresh(package).sha256 == ""


def test_delivered_twice_it_is_made_once():
    package = make_made_package(evaluation=city()["evaluation"])
    finished = package.job.finished_at
    make_package(str(package.job_id))
    assert fresh(package).job.finished_at == finished
