"""One report, whatever happens to the worker: printed once, or failed with a reason and tried again."""

import errno
import os
import time
from datetime import timedelta

import pytest
import weasyprint
from celery.exceptions import SoftTimeLimitExceeded
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from reports import store
from reports.models import Report
from reports.tasks import BROKEN, TOO_LONG, LeaseLost, Pace, render_report
from reports.tests.make import make_printed_report, make_report
from trail.models import Job, JobState
from trail.services import jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """A store of its own, empty."""
    options = {"location": tmp_path, "allow_overwrite": True}
    settings.STORAGES = settings.STORAGES | {
        "reports": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    }
    return tmp_path


@pytest.fixture
def during(monkeypatch):
    """Run something in the middle of the printing, once; returns how often WeasyPrint was called."""
    printed = []
    whole = weasyprint.HTML.write_pdf

    def arrange(happening):
        def write_pdf(self, *args, **kwargs):
            printed.append(1)
            if len(printed) == 1:
                happening()
            return whole(self, *args, **kwargs)

        monkeypatch.setattr(weasyprint.HTML, "write_pdf", write_pdf)
        return printed

    return arrange


def raising(fault):
    def happening():
        raise fault

    return happening


def fresh(report: Report) -> Report:
    return Report.objects.select_related("job").get(pk=report.pk)


def files(folder) -> list[str]:
    return sorted(os.listdir(folder))


def test_a_report_is_printed(folder):
    report = make_printed_report()
    assert report.state == JobState.DONE
    assert (report.job.progress, report.job.error) == (100, "")
    assert report.pages >= 6
    assert files(folder) == [report.file_name]
    assert (folder / report.file_name).stat().st_mode & 0o777 == 0o640


def test_delivered_twice_leaves_one_file_and_the_first_record(folder, during):
    printed = during(lambda: None)
    report = make_printed_report()
    first = (report.job.finished_at, (folder / report.file_name).stat().st_mtime_ns)
    render_report(str(report.job_id))
    report = fresh(report)
    assert (report.job.finished_at, (folder / report.file_name).stat().st_mtime_ns) == first
    assert len(printed) == 1


def test_two_workers_at_once_print_once(folder, during):
    report = make_report()
    printed = during(lambda: render_report(str(report.job_id)))
    render_report(str(report.job_id))
    assert fresh(report).state == JobState.DONE
    assert len(printed) == 1
    assert files(folder) == [report.file_name]


def test_a_worker_that_was_given_up_ends_without_a_trace(folder, during):
    """Its lease ran out, somebody tried again, and another worker finished: then the first one comes back."""
    report = make_report()

    def taken_over():
        Job.objects.filter(pk=report.job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
        assert jobs.retry(Job.objects.get(pk=report.job_id))
        other = jobs.claim(str(report.job_id))
        store.put(report.file_name, b"of the other worker")
        assert jobs.finish(other)

    during(taken_over)
    render_report(str(report.job_id))
    report = fresh(report)
    assert (report.state, report.job.attempts, report.job.error) == (JobState.DONE, 2, "")
    assert (folder / report.file_name).read_bytes() == b"of the other worker"
    assert files(folder) == [report.file_name]


def test_goes_on_after_a_crash_between_file_and_record(folder, during):
    report = make_printed_report()
    Job.objects.filter(pk=report.job_id).update(state=JobState.QUEUED, finished_at=None)
    printed = during(lambda: None)
    render_report(str(report.job_id))
    assert fresh(report).state == JobState.DONE
    assert not printed


def test_two_that_looked_too_early_leave_one_file(folder, monkeypatch):
    report = make_printed_report()
    Job.objects.filter(pk=report.job_id).update(state=JobState.QUEUED, finished_at=None)
    monkeypatch.setattr(FileSystemStorage, "exists", lambda *args: False)
    render_report(str(report.job_id))
    assert files(folder) == [report.file_name]


def test_a_fault_is_stated_and_can_be_tried_again(folder, during):
    report = make_report()
    during(raising(RuntimeError("huruf hilang")))
    render_report(str(report.job_id))
    report = fresh(report)
    assert (report.state, report.job.error, files(folder)) == (JobState.FAILED, BROKEN, [])

    assert jobs.retry(report.job)
    render_report(str(report.job_id))
    assert fresh(report).state == JobState.DONE
    assert files(folder) == [report.file_name]


def test_a_printing_that_takes_too_long_is_stated(folder, during):
    report = make_report()
    during(raising(SoftTimeLimitExceeded()))
    render_report(str(report.job_id))
    assert (fresh(report).job.error, files(folder)) == (TOO_LONG, [])


def test_a_full_disk_leaves_no_half_file(folder, monkeypatch):
    report = make_report()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    render_report(str(report.job_id))
    assert fresh(report).job.error == BROKEN
    assert files(folder) == []


def test_a_killed_worker_reads_as_failed_and_the_report_is_tried_again(folder):
    report = make_report()
    assert jobs.claim(str(report.job_id))  # and then the worker is gone
    assert fresh(report).state == JobState.RUNNING
    render_report(str(report.job_id))  # the broker delivers again: nobody takes a running job away
    assert fresh(report).state == JobState.RUNNING

    Job.objects.filter(pk=report.job_id).update(lease_until=timezone.now())
    report = fresh(report)
    assert report.state == JobState.FAILED
    assert jobs.retry(report.job)
    render_report(str(report.job_id))
    assert fresh(report).state == JobState.DONE


def test_an_unknown_job_is_nobodys_work(folder):
    render_report("00000000-0000-0000-0000-000000000000")
    assert files(folder) == []


def test_progress_is_told_and_a_lost_lease_stops_the_work():
    job = jobs.claim(str(make_report().job_id))
    pace = Pace(job)
    pace.step(40, "Menyusun halaman 3")
    job.refresh_from_db()
    assert (job.progress, job.step) == (40, "Menyusun halaman 3")
    Job.objects.filter(pk=job.pk).update(attempts=2)
    with pytest.raises(LeaseLost):
        pace.step(50, "Menyusun halaman 4")


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_one_step_takes_long():
    job = jobs.claim(str(make_report().job_id), lease=timedelta(seconds=1))
    first = job.lease_until
    with Pace(job, lease=timedelta(seconds=1)):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            time.sleep(0.2)
            job.refresh_from_db()
            if job.lease_until > first + timedelta(seconds=1):
                break
    assert job.lease_until > first + timedelta(seconds=1)
    assert store.backend().listdir("") == ([], [])
