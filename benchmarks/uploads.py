"""What it costs to take in a file: through the form's view, and through the service behind it, beside writing the same
bytes with a hash and a flush in plain Python.

Imported by `benchmarks.inside`, which has set Django up.
"""

import base64
import hashlib
import os
import time
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from evaluations.enums import Stage
from evaluations.models import Answer
from evidence import store
from evidence.inspection import inspected
from evidence.services import add_file
from evidence.tests.make import make_pdf
from trail.models import Event

MEGABYTES = (2, 5)
COORDINATOR = "koordinator@contoh"


def measure(repeats: int) -> dict[str, Any]:
    """Seconds by turns, for each size: the form, the service, its inspection alone, and the bare writing."""
    by: Any = User.objects.get(username=COORDINATOR)
    client = Client()
    client.force_login(by, backend="accounts.backends.PortalBackend")
    answers = Answer.objects.filter(evaluation__region=by.acting.region, evaluation__stage=Stage.SELF_ASSESSMENT)
    answer = answers.select_related("question").order_by("pk").first()
    if answer is None:
        raise RuntimeError("no evaluation in work in the demo")
    address = reverse("evaluations:evidence_add", args=[answer.evaluation_id, answer.question.code])
    found: dict[str, Any] = {}
    for megabytes in MEGABYTES:
        times: dict[str, list[float]] = {"form": [], "service": [], "jail": [], "bare": []}
        for turn in range(repeats + 1):
            file, again = (document(megabytes * 1_000_000) for _ in range(2))
            taken = {
                "bare": _bare(file),
                "form": _form(client, address, file),
                "service": _service(again, by),
                "jail": _jail(file),
            }
            if turn:  # the first one warms
                for name, seconds in taken.items():
                    times[name].append(seconds)
        found[str(megabytes)] = times
    return found


def document(size: int) -> bytes:
    """A sound PDF of about that size which no other equals."""
    filling = base64.b64encode(os.urandom(size * 3 // 4))
    return make_pdf(uuid.uuid4().hex) + b"\n%" + filling + b"\n%%EOF\n"


def _bare(content: bytes) -> float:
    """The least that keeps a file for good: its bytes, its hash, the flush, the name."""
    folder = store.spool()
    folder.mkdir(parents=True, exist_ok=True)
    part: Path = folder / f"{uuid.uuid4().hex}.bare"
    started = time.perf_counter()
    digest = hashlib.sha256()
    with part.open("wb") as file:
        for start in range(0, len(content), 64 * 1024):
            chunk = content[start : start + 64 * 1024]
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    place = part.with_name(digest.hexdigest())
    part.rename(place)
    seconds = time.perf_counter() - started
    place.unlink()
    return seconds


def _form(client: Client, address: str, content: bytes) -> float:
    """The form as a browser without JavaScript sends it, to the redirect."""
    file = SimpleUploadedFile(f"{uuid.uuid4().hex}.pdf", content, "application/pdf")
    typed = {"title": "Diukur", "kind": "lainnya", "want": "", "once": uuid.uuid4().hex, "file": file}
    started = time.perf_counter()
    response = client.post(address, typed)
    seconds = time.perf_counter() - started
    if response.status_code != 302:
        raise RuntimeError(f"{response.status_code}: {response.content[-2000:]!r}")
    _require_kept(content)
    return seconds


def _service(content: bytes, by: Any) -> float:
    file = SimpleUploadedFile(f"{uuid.uuid4().hex}.pdf", content, "application/pdf")
    started = time.perf_counter()
    add_file(file, region=by.acting.region, agency=None, title="Diukur", by=by)
    seconds = time.perf_counter() - started
    _require_kept(content)
    return seconds


def _jail(content: bytes) -> float:
    path = Path(settings.VAR_DIR) / f"{uuid.uuid4().hex}.pdf"
    path.write_bytes(content)
    started = time.perf_counter()
    with inspected(path, "pdf"):
        seconds = time.perf_counter() - started
    path.unlink()
    return seconds


def _require_kept(content: bytes) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    if store.hash_of(sha256) != sha256 or not Event.objects.filter(subject=f"file:{sha256[:32]}").exists():
        raise RuntimeError("the file was not kept whole")
