import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.tests.make import make_answer, make_evaluation, people
from reports import services, store
from reports.models import Report
from reports.tasks import render_report
from reports.tests.make import make_printed_report, make_report
from trail import anchors
from trail.anchors import Anchor
from trail.models import Event, Job, JobState
from trail.services import chain, checking

pytestmark = pytest.mark.django_db


def test_the_same_content_is_one_report_and_one_job():
    evaluation = make_evaluation()
    first = make_report(evaluation=evaluation)
    again = make_report(evaluation=evaluation, by=make_user(Role.TASK_FORCE, evaluation.region))
    assert again == first
    assert (Report.objects.count(), Job.objects.count()) == (1, 1)
    events = Event.objects.about(evaluation.subject).filter(action="report.request")
    assert [event.after["fresh"] for event in events] == [False, True]


def test_what_is_printed_is_not_printed_again():
    report = make_printed_report()
    printed = report.job.attempts, report.job.finished_at
    again = make_report(evaluation=report.evaluation, by=report.requested_by)
    render_report(str(again.job_id))
    again.job.refresh_from_db()
    assert again == report
    assert (again.job.attempts, again.job.finished_at) == printed


def test_a_later_answer_makes_another_report_and_leaves_the_first():
    report = make_printed_report()
    before = store.backend().open(report.file_name).read()
    make_answer(evaluation=report.evaluation, code="3.2", note="baru")
    newer = make_printed_report(evaluation=report.evaluation, by=report.requested_by)
    assert newer.fingerprint != report.fingerprint
    assert Report.objects.get(pk=report.pk).payload == report.payload
    assert store.backend().open(report.file_name).read() == before


def test_a_report_says_where_the_trail_stood_when_it_was_frozen_and_the_check_knows_it():
    evaluation = make_evaluation()
    stood = chain.head()
    report = make_report(evaluation=evaluation)
    assert (report.trail_seq, report.trail_digest) == stood
    again = make_report(evaluation=evaluation, by=report.requested_by)  # the trail has moved on, the content has not
    assert (again.pk, again.trail_seq) == (report.pk, stood.seq)
    assert Anchor(*stood, f"laporan {report.fingerprint[:16]}") in anchors.known()
    assert checking.check().faults == []


def test_readers_of_scores_get_a_report_of_their_own():
    evaluation = make_evaluation(stage=Stage.MINISTRY_REVIEW)
    who = people(evaluation)
    city, judge = (
        make_report(evaluation=evaluation, by=who["coordinator"]),
        make_report(evaluation=evaluation, by=who["evaluator"]),
    )
    assert (city.with_scores, judge.with_scores) == (False, True)
    assert city.fingerprint != judge.fingerprint


@pytest.mark.parametrize("role", ["viewer", "sister", "province", "evaluator", "admin"])
def test_who_does_not_read_the_draft_cannot_print_it(role):
    evaluation = make_evaluation()
    with pytest.raises(PermissionDenied):
        make_report(evaluation=evaluation, by=people(evaluation)[role])
    assert not Report.objects.exists()
    assert not Job.objects.exists()


def test_a_lost_file_is_printed_again():
    report = make_printed_report()
    store.backend().delete(report.file_name)
    again = make_report(evaluation=report.evaluation, by=report.requested_by)
    assert again.state == JobState.QUEUED
    render_report(str(again.job_id))
    assert store.backend().exists(report.file_name)


def test_only_a_failed_report_is_retried():
    report = make_printed_report()
    with pytest.raises(PermissionDenied, match="tidak gagal"):
        services.retry_report(report, report.requested_by)
