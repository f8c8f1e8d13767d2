"""`/healthz`: this process is alive. `/readyz`: it can do its work. For load balancers; they say nothing secret."""

import logging
import uuid
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from evidence import clamd
from kla_portal.celery import app

logger = logging.getLogger(__name__)


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks neither database nor broker."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """{"ready": bool, "checks": {name: "ok" | "failed"}, "scanner": "ok" | "failed" | "none"}; 503 if a check fails.

    The causes go into the log. A scanner that is away is no reason to turn people away: their files wait for it.
    """
    results = {name: _passes(name, check) for name, check in CHECKS.items()}
    ready = all(results.values())
    checks = {name: "ok" if passed else "failed" for name, passed in results.items()}
    scanner = "none"
    if settings.CLAMD_SOCKET:
        scanner = "ok" if _passes("scanner", lambda: clamd.ping(settings.CLAMD_SOCKET)) else "failed"
    return JsonResponse({"ready": ready, "checks": checks, "scanner": scanner}, status=200 if ready else 503)


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:  # whatever is wrong, the answer is "not ready"
        logger.exception("not ready: %s", name)
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise RuntimeError(f"{len(plan)} migrations are not applied")


def _storage() -> None:
    for alias in ("evidence", "reports"):
        storage = storages[alias]
        name = storage.save(f".ready-{uuid.uuid4().hex}", ContentFile(b"ready"))
        storage.delete(name)


def _broker() -> None:
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        probe = settings.BROKER_DIR / "queue" / f".ready-{uuid.uuid4().hex}"
        probe.touch()
        probe.unlink()
        return
    with app.connection_for_write(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "storage": _storage,
    "broker": _broker,
}
