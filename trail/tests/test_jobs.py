"""A job's truth is its row: one winner per claim, a lease that runs out, a bell that may be lost."""

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from trail.models import Job, JobState
from trail.services import jobs
from trail.tasks import ring_again

pytestmark = pytest.mark.django_db


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The bells rung instead of going to a broker."""
    rung: list[tuple[str, str]] = []
    monkeypatch.setattr(current_app, "send_task", lambda kind, args: rung.append((kind, args[0])))
    return rung


def queued(django_capture_on_commit_callbacks: Any, key: str = "k") -> Job:
    with django_capture_on_commit_callbacks(execute=True):
        return jobs.enqueue("x.tasks.do", key, by=None, payload={"a": 1})


def test_asking_twice_makes_one_job_and_one_bell(bells: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    first, second = (queued(django_capture_on_commit_callbacks) for _ in range(2))
    assert first == second
    assert bells == [("x.tasks.do", str(first.pk))]


def test_only_one_worker_gets_it(bells: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    job = queued(django_capture_on_commit_callbacks)
    mine = jobs.claim(str(job.pk))
    assert mine is not None and mine.attempts == 1
    assert jobs.claim(str(job.pk)) is None


def test_progress_and_the_end(bells: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    mine = jobs.claim(str(queued(django_capture_on_commit_callbacks).pk))
    assert mine is not None
    assert jobs.beat(mine, progress=40, step="Menyusun")
    mine.refresh_from_db()
    assert (mine.progress, mine.step) == (40, "Menyusun")
    assert jobs.finish(mine)
    mine.refresh_from_db()
    assert (mine.state, mine.progress) == (JobState.DONE, 100)
    assert not jobs.fail(mine, "terlambat")


def test_a_dead_worker_s_job_reads_as_failed_and_can_be_tried_again(
    bells: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    dead = jobs.claim(str(queued(django_capture_on_commit_callbacks).pk))
    assert dead is not None
    now = timezone.now()
    assert dead.state_at(now) == JobState.RUNNING
    later = now + jobs.LEASE + timedelta(seconds=1)
    assert dead.state_at(later) == JobState.FAILED
    Job.objects.filter(pk=dead.pk).update(lease_until=now - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.retry(Job.objects.get(pk=dead.pk))
    second = jobs.claim(str(dead.pk))
    assert second is not None and second.attempts == 2
    # The first worker was only slow: whatever it says now is not taken any more.
    assert not jobs.beat(dead, progress=90, step="")
    assert not jobs.finish(dead)
    assert jobs.finish(second)
    assert len(bells) == 2


def test_a_running_or_finished_job_is_not_tried_again(
    bells: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    mine = jobs.claim(str(queued(django_capture_on_commit_callbacks).pk))
    assert mine is not None
    assert not jobs.retry(mine)
    jobs.finish(mine)
    assert not jobs.retry(mine)


def test_asking_for_a_failed_job_tries_it_again(bells: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    mine = jobs.claim(str(queued(django_capture_on_commit_callbacks).pk))
    assert mine is not None
    jobs.fail(mine, "Gagal karena " + "x" * 500)
    assert len(Job.objects.get(pk=mine.pk).error) == 400
    assert queued(django_capture_on_commit_callbacks).state == JobState.QUEUED
    assert len(bells) == 2


def test_a_broker_that_is_down_does_not_refuse_the_request(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def down(kind: str, args: list[str]) -> None:
        raise ConnectionError

    monkeypatch.setattr(current_app, "send_task", down)
    assert queued(django_capture_on_commit_callbacks).state == JobState.QUEUED


def test_a_lost_bell_is_rung_again(bells: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    late, _fresh, done = (queued(django_capture_on_commit_callbacks, key) for key in "abc")
    old = timezone.now() - jobs.OVERDUE - timedelta(seconds=1)
    Job.objects.filter(pk__in=(late.pk, done.pk)).update(queued_at=old)
    Job.objects.filter(pk=done.pk).update(state=JobState.DONE)
    bells.clear()
    assert ring_again() == 1
    assert bells == [("x.tasks.do", str(late.pk))]
