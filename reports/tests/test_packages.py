"""Documents in one ZIP: what is in it and for whom, whatever happens to the worker, and how it is fetched."""

import errno
import hashlib
import io
import os
import re
import signal
import uuid
import zipfile
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.core.files.storage import storages
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.enums import Role
from accounts.models import Membership
from accounts.tests.make import make_membership, make_user
from evaluations.enums import DocumentVerdict, Stage
from evaluations.models import AnswerEvidence, EvidenceVerdict
from evaluations.tests.make import make_answer, make_evaluation, make_link, people
from evidence import store as evidence
from evidence.enums import AccessKind, FileState
from evidence.models import EvidenceItem, FileAccess, StoredFile
from evidence.tests.make import make_docx, make_jpeg, make_pdf, make_revision, make_xlsx
from reports import packages_making, services, store, tasks
from reports.enums import EntryState, PackageScope
from reports.models import Package
from reports.tasks import NO_SPACE, PACKAGE_BROKEN, PACKAGE_TOO_LONG, make_package
from reports.tests.make import make_asked_package, make_made_package
from trail.models import Event, Job, JobState
from trail.services import jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("report_store")]
SECRET = "Knrrahasiaq"


@pytest.fixture(autouse=True)
def _archive(settings, tmp_path):
    options = {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence", "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "evidence": options}
    assert storages["evidence"].path("") == str(tmp_path / "evidence")


def city(stage: str = Stage.SELF_ASSESSMENT) -> dict[str, Any]:
    """An evaluation with five documents: a PDF, a picture of personal data, the PDF's bytes at another question, a
    workbook, and a link."""
    evaluation = make_evaluation(stage=stage)
    agencies = {agency.kind: agency for agency in evaluation.region.agencies.all()}
    birth = make_answer(evaluation=evaluation, code="2.1")
    law = make_answer(evaluation=evaluation, code="1.1")
    region, holder = evaluation.region, agencies["disdukcapil"]
    deed = make_revision(
        region, agency=holder, title="2.1 Akta 2024", data_year=2024, number="12/2024", personal_data=False
    )
    photo = make_revision(
        region, agency=holder, title=f"Foto {SECRET}", number=f"no {SECRET}", name="f.jpg", content=make_jpeg(),
        personal_data=True,
    )  # fmt: skip
    table = make_revision(region, title="=1+1", name="x.xlsx", content=make_xlsx(), personal_data=False)
    link = make_revision(region, agency=agencies["dinkes"], url="https://contoh.id/?a=1&b=2", personal_data=False)
    links = {
        "deed": make_link(answer=birth, revision=deed, page_hint="hal. 12"),
        "photo": make_link(answer=birth, revision=photo),
        "again": make_link(answer=law, revision=deed),
        "table": make_link(answer=law, revision=table),
        "link": make_link(answer=birth, revision=link),
    }
    return {"evaluation": evaluation, "agencies": agencies, "links": links, "birth": birth}


def opened(package: Package) -> zipfile.ZipFile:
    with store.backend().open(package.file_name) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def sheet(archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    rows = list(load_workbook(io.BytesIO(archive.read("indeks.xlsx")))["Indeks"].iter_rows())
    return [dict(zip([cell.value for cell in rows[0]], row, strict=True)) for row in rows[1:]]


def everything(archive: zipfile.ZipFile) -> str:
    """Names and content, the workbook unpacked."""
    texts = [name + archive.read(name).decode("latin-1") for name in archive.namelist()]
    book = zipfile.ZipFile(io.BytesIO(archive.read("indeks.xlsx")))
    return "".join([*texts, *(book.read(name).decode("latin-1") for name in book.namelist())])


def fresh(package: Package) -> Package:
    return Package.objects.select_related("job", "evaluation__region", "evaluation__cycle").get(pk=package.pk)


def url(name: str, package: Package) -> str:
    target = package.evaluation_id if name in ("package_list", "package_request") else package.pk
    return reverse(f"reports:{name}", args=[target])


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
def quarantine(link: AnswerEvidence) -> None:
    StoredFile.objects.filter(revisions=link.revision).update(state=FileState.QUARANTINED)


def delete(link: AnswerEvidence) -> None:
    EvidenceItem.objects.filter(pk=link.revision.item_id).update(deleted_at=timezone.now())


def lose(link: AnswerEvidence) -> None:
    evidence.remove(link.revision.file.sha256)


def spoil(link: AnswerEvidence) -> None:
    file = link.revision.file
    evidence.path_of(file.sha256).write_bytes(b"x" * file.size)


@pytest.mark.parametrize(
    ("change", "state"), [(quarantine, "quarantined"), (delete, "gone"), (lose, "lacking"), (spoil, "lacking")]
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


# --- pages ------------------------------------------------------------------------------------------------------------
def test_package_list_says_how_much_before_asking(client, django_assert_max_num_queries):
    case = city()
    evaluation = case["evaluation"]
    user = make_user(Role.COORDINATOR, evaluation.region)
    client.force_login(user)
    address = reverse("reports:package_list", args=[evaluation.pk])
    client.get(address)
    with django_assert_max_num_queries(12) as first:
        page = client.get(address)
    whole = next(offer for offer in page.context["offers"] if offer.scope == PackageScope.WHOLE)
    assert (whole.files, whole.links, whole.closed, whole.held_back) == (4, 1, 0, 0)
    package = make_made_package(evaluation=evaluation, by=user)
    assert package.files == whole.files
    assert whole.size == sum(entry["size"] for entry in package.entries if entry["path"])
    for _ in range(3):
        make_link(answer=case["birth"], revision=make_revision(evaluation.region))
        make_made_package(evaluation=evaluation, by=user)
    with django_assert_max_num_queries(len(first)):
        assert client.get(address).content.decode().count("Siap") == 4


def test_package_request_leads_to_the_package_and_twice_to_the_same(client):
    evaluation = city()["evaluation"]
    client.force_login(make_user(Role.COORDINATOR, evaluation.region))
    address, key = reverse("reports:package_request", args=[evaluation.pk]), str(uuid.uuid4())
    first = client.post(address, {"once": key, "cakupan": "whole:"})
    package = Package.objects.get()
    assert (first.status_code, first.url) == (302, package.get_absolute_url())
    assert client.post(address, {"once": key, "cakupan": "whole:"}).url == first.url
    assert client.post(address, {"once": str(uuid.uuid4()), "cakupan": "whole:"}).url == first.url
    assert (Package.objects.count(), Job.objects.filter(kind=services.MAKING).count()) == (1, 1)
    assert Event.objects.filter(action="package.request").count() == 2
    make_link(answer=make_answer(evaluation=evaluation), revision=make_revision(evaluation.region))
    assert client.post(address, {"once": str(uuid.uuid4()), "cakupan": "whole:"}).url != first.url


def test_package_request_of_nothing_offered_leaves_nothing(client):
    case = city()
    everybody = people(case["evaluation"])
    address = reverse("reports:package_request", args=[case["evaluation"].pk])
    client.force_login(everybody["operator"])
    for wanted in ("", "whole:", "cluster:I", f"agency:{case['agencies']['dinkes'].pk}", "agency:x"):
        answer = client.post(address, {"cakupan": wanted, "once": str(uuid.uuid4())})
        assert answer.status_code == 422, wanted
        assert "Pilih salah satu paket" in answer.content.decode()
    assert not Package.objects.exists()


def test_a_package_is_its_askers_in_that_role_alone(client):
    evaluation = city()["evaluation"]
    package = make_made_package(evaluation=evaluation)
    names = ("package_detail", "package_download", "package_retry")
    everybody = people(evaluation) | {"colleague": make_user(Role.COORDINATOR, evaluation.region)}
    for user in filter(None, everybody.values()):
        if user.acting is None:
            continue
        client.force_login(user)
        for name in names:
            assert client.post(url(name, package)).status_code in {404, 405}, name
            assert client.get(url(name, package)).status_code == 404, name
    asker = package.requested_by
    other = make_membership(user=asker, role=Role.VIEWER, region=evaluation.region)
    Membership.objects.filter(pk=package.membership_id).update(ends_on=timezone.localdate())
    client.force_login(type(asker).objects.get(pk=asker.pk))
    assert other.role == Role.VIEWER
    assert client.get(url("package_detail", package)).status_code == 404


def test_package_detail_tells_how_far_it_is(client):
    package = make_asked_package(evaluation=city()["evaluation"])
    Job.objects.filter(pk=package.job_id).update(
        state=JobState.RUNNING, progress=43, step="Menyalin berkas 2 dari 4", lease_until="2999-01-01T00:00Z"
    )
    client.force_login(package.requested_by)
    page = client.get(package.get_absolute_url()).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "Menyalin berkas 2 dari 4" in page
    piece = client.get(package.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert piece.strip().startswith("<section")
    assert client.get(url("package_download", package)).url == package.get_absolute_url()
    assert client.post(url("package_retry", package), {"once": "k"}).status_code == 403


def test_package_download_comes_whole_and_in_ranges_and_is_written_down(client):
    package = make_made_package(evaluation=city()["evaluation"])
    client.force_login(package.requested_by)
    address = url("package_download", package)
    assert client.head(address).headers["Content-Length"] == str(package.size)
    assert not FileAccess.objects.exists()
    answer = client.get(address)
    whole = b"".join(answer)
    assert hashlib.sha256(whole).hexdigest() == package.sha256
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="data-dukung-')
    assert answer.headers["Cache-Control"] == "private, no-store"
    half = package.size // 2
    rest = client.get(address, headers={"Range": f"bytes={half}-", "If-Range": answer.headers["ETag"]})
    assert (rest.status_code, b"".join(rest)) == (206, whole[half:])
    assert client.get(address, headers={"Range": f"bytes={package.size}-"}).status_code == 416
    noted = FileAccess.objects.filter(by=package.requested_by, how=AccessKind.PACKAGE, acting_as=Role.COORDINATOR)
    assert noted.count() == FileAccess.objects.count() == 3  # two questions, three documents with files
    assert client.post(address).status_code == 405


@pytest.mark.parametrize("change", [quarantine, delete, AnswerEvidence.delete])
def test_package_download_ends_when_a_file_inside_is_not_the_askers_any_more(client, change):
    case = city()
    package = make_made_package(evaluation=case["evaluation"])
    client.force_login(package.requested_by)
    change(case["links"]["table"])
    answer = client.get(url("package_download", package))
    assert answer.status_code == 403
    assert "1 berkas dalam paket ini" in answer.content.decode()
    assert not FileAccess.objects.exists()


def test_a_document_marked_as_personal_data_later_closes_the_package(client):
    case = city()
    operator = people(case["evaluation"])["operator"]
    mine = str(case["agencies"]["disdukcapil"].pk)
    plain = make_revision(case["evaluation"].region, personal_data=False)
    make_link(answer=case["birth"], revision=plain)
    package = make_made_package(evaluation=case["evaluation"], by=operator, scope=PackageScope.AGENCY, part=mine)
    client.force_login(operator)
    assert client.get(url("package_download", package)).status_code == 200
    EvidenceItem.objects.filter(pk=plain.item_id).update(personal_data=True)
    assert client.get(url("package_download", package)).status_code == 403


def test_judges_take_packages_in_their_stage_alone(client):
    case = city(Stage.ADMIN_VERIFICATION)
    evaluation = case["evaluation"]
    everybody = people(evaluation)
    package = make_made_package(evaluation=evaluation, by=everybody["province"])
    client.force_login(everybody["province"])
    assert client.get(url("package_download", package)).status_code == 200
    type(evaluation).objects.filter(pk=evaluation.pk).update(stage=Stage.MINISTRY_REVIEW)
    for name in ("package_list", "package_detail", "package_download"):
        assert client.get(url(name, package)).status_code == 403, name


def test_package_download_asks_no_more_for_more(client, django_assert_max_num_queries):
    case = city()
    user = make_user(Role.COORDINATOR, case["evaluation"].region)
    client.force_login(user)
    most = 14
    for _ in range(2):
        package = make_made_package(evaluation=case["evaluation"], by=user)
        FileAccess.objects.all().delete()
        with django_assert_max_num_queries(most) as asked:
            assert client.get(url("package_download", package)).status_code == 200
        most = len(asked)
        for _ in range(4):
            make_link(answer=case["birth"], revision=make_revision(case["evaluation"].region))


def test_a_package_whose_time_is_over_is_swept(client, report_store):
    package = make_made_package(evaluation=city()["evaluation"])
    other = make_made_package(evaluation=city()["evaluation"])
    client.force_login(package.requested_by)
    Package.objects.filter(pk=package.pk).update(expires_at=timezone.now())
    page = client.get(package.get_absolute_url()).content.decode()
    assert "Kedaluwarsa" in page
    assert "Unduh ZIP" not in page
    assert client.get(url("package_download", package)).status_code == 302
    assert client.post(url("package_retry", package), {"once": "k"}).status_code == 403
    tasks.sweep_packages()
    assert sorted(os.listdir(report_store)) == sorted([other.file_name, "evidence"])
    package = fresh(package)
    assert (package.entries, package.expired) == ([], True)
    assert services.sweep_packages() == 0
    assert "Kedaluwarsa" in client.get(package.get_absolute_url()).content.decode()
    assert jobs.retry(package.job) is False
