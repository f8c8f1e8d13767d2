"""Packages on the screen: asked for, waited for, fetched; and by whom."""

import hashlib
import os
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Membership
from accounts.tests.make import make_membership, make_user
from evaluations.enums import Stage
from evaluations.models import AnswerEvidence
from evaluations.tests.make import make_answer, make_link, people
from evidence.enums import AccessKind
from evidence.models import EvidenceItem, FileAccess
from evidence.tests.make import make_revision
from reports import services, tasks
from reports.enums import PackageScope
from reports.models import Package
from reports.tests.make import make_asked_package, make_made_package
from reports.tests.packed import city, delete, fresh, quarantine, url
from trail.models import Event, Job, JobState
from trail.services import jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("report_store", "evidence_store")]


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
