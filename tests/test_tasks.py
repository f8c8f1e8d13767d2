"""Every task of the worker, delivered twice in a row and twice at once: nothing is done a second time.

The list is the app's own registry, so that a new task without a case fails.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.apps import apps
from django.db import transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.services.notices import notify
from accounts.tests.make import make_user
from evaluations.models import Evaluation, StageWindow
from evaluations.tests.make import make_evaluation
from evidence.tests.make import make_revision
from kla_portal.celery import app
from kla_portal.tests.rivals import at_once
from reports.services import request_report
from reports.tests.make import make_asked_package, make_letter
from tests.smtp import Smtp
from trail.services import jobs, mails

Case = Callable[[Evaluation], list[Any]]
CLOCKS = {"lease_until", "queued_at", "due_at", "finished_at"}


def job_of(made: Callable[[Evaluation], Any]) -> Case:
    return lambda evaluation: [str(made(evaluation).job_id)]


def nothing(evaluation: Evaluation) -> list[Any]:
    return []


def a_mail(evaluation: Evaluation) -> list[Any]:
    with transaction.atomic():
        mail = mails.queue("k", "siti@contoh.go.id", "Perihal", "Isi")
    assert mail
    return [str(mail.pk)]


def a_digest(evaluation: Evaluation) -> list[Any]:
    person = make_user(Role.COORDINATOR, evaluation.region, email="siti@contoh.go.id")
    with transaction.atomic():
        notify([person], key="k", title="Perihal")
    person.notices.update(at=timezone.now() - timedelta(days=1))
    return []


def a_deadline(evaluation: Evaluation) -> list[Any]:
    make_user(Role.COORDINATOR, evaluation.region)
    now = timezone.now()
    StageWindow.objects.create(
        cycle=evaluation.cycle, stage=evaluation.stage, opens_at=now, closes_at=now + timedelta(days=3)
    )
    return []


def a_batch(evaluation: Evaluation) -> list[Any]:
    return [str(jobs.enqueue("evaluations.tasks.run_batch", "k", by=None).pk)]


CASES: dict[str, Case] = {
    "accounts.tasks.send_digests": a_digest,
    "evaluations.tasks.remind": a_deadline,
    "evaluations.tasks.run_batch": a_batch,
    "evaluations.tasks.sweep_archive": nothing,
    "evidence.tasks.check_link": lambda evaluation: [str(make_revision(region=evaluation.region).pk)],
    "evidence.tasks.check_links": nothing,
    "evidence.tasks.scan_file": lambda evaluation: [make_revision(region=evaluation.region).file_id],
    "evidence.tasks.scan_waiting": nothing,
    "reports.tasks.make_package": job_of(lambda evaluation: make_asked_package(evaluation=evaluation)),
    "reports.tasks.print_letter": job_of(
        lambda evaluation: make_letter(evaluation=evaluation, agency=evaluation.region.agencies.get(kind="dinkes"))
    ),
    "reports.tasks.render_report": job_of(
        lambda evaluation: request_report(evaluation, make_user(Role.COORDINATOR, evaluation.region))
    ),
    "reports.tasks.sweep_packages": nothing,
    "trail.tasks.ring_again": nothing,
    "trail.tasks.send_mails": a_mail,
}


def ours() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, without the times that a waiting row renews."""
    return {
        model._meta.label: [
            {name: value for name, value in row.items() if name not in CLOCKS}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in apps.get_models()
    }


def test_every_task_has_its_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert ours() == CASES.keys()
    with capsys.disabled():
        sys.stdout.write(f"\n{len(ours() & CASES.keys())} of {len(ours())} tasks are delivered twice and at once\n")


@pytest.fixture
def stores(settings: Any, tmp_path: Any) -> None:
    """Places of their own for what the tasks make."""
    settings.STORAGES = settings.STORAGES | {
        name: {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / name, "allow_overwrite": True},
        }
        for name in ("reports", "evidence")
    }


@pytest.mark.pg
@pytest.mark.usefixtures("stores")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(CASES))
def test_delivered_twice_and_at_once(name: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Smtp()
    settings.SMTP_URL, settings.MAIL_FROM = server.url, "kla@contoh.go.id"
    monkeypatch.setattr(current_app, "send_task", lambda *args, **how: None)
    try:
        arguments = CASES[name](make_evaluation())
        assert name in ours()
        task = app.tasks[name]
        at_once(lambda: task(*arguments), times=3)
        after = rows()
        task(*arguments)
        at_once(lambda: task(*arguments), times=2)
        assert rows() == after
        assert set(server.accepted().values()) <= {1}
    finally:
        server.stop()
