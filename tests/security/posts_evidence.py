"""The forms of evidence, packages and letters, as `tests.security.posts` lists the others."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from evaluations.models import AnswerEvidence
from evidence.enums import EvidenceKind
from evidence.models import EvidenceItem
from evidence.tests.make import make_pdf, make_revision, make_upload
from tests.access.world import World
from tests.security.filling import ADMIN, AWARDED, SAVED, SELF, none, nothing, one, question
from tests.security.post import Post
from trail.models import Job, JobState


def item(stage: str) -> Callable[[World], list[Any]]:
    return lambda world: [world.cases[stage].plain.revision.item_id]


def next_month() -> date:
    return timezone.localdate() + timedelta(days=30)


def failed_package(world: World) -> None:
    Job.objects.filter(pk=world.cases[SELF].package.job_id).update(state=JobState.FAILED, error="x")


ATTACHED = (
    "+evidence.evidenceitem", "+evidence.evidencerevision", "+evidence.storedfile", "+evidence.upload",
    "+evaluations.answerevidence",
)  # fmt: skip
IN_TRAY = UUID(int=7)
SAID_OF_A_DOCUMENT = "number dated signatory data_year valid_from valid_until tags note"

EVIDENCE_POSTS = [
    Post(
        "evaluations:evidence_add",
        "operator",
        question(SELF),
        lambda w: {"file": make_upload(), "title": "SK", "kind": EvidenceKind.OTHER, "want": "data", "once": "k"},
        (*ATTACHED, SAVED),
        also="personal_data page_hint",
    ),
    Post(
        "evaluations:link_add",
        "operator",
        question(SELF),
        lambda w: {"url": "https://contoh.go.id/a", "title": "SK", "want": "data", "once": "k"},
        (*ATTACHED, SAVED),
        also="page_hint personal_data",
    ),
    Post(
        "evaluations:evidence_pick",
        "operator",
        question(SELF),
        lambda w: {"dokumen": w.cases[AWARDED].plain.revision.item_id, "want": "data", "page_hint": "hal. 2"},
        ("+evaluations.answerevidence", SAVED),
    ),
    Post("evaluations:link_check", "operator", lambda w: [w.cases[SELF].plain.pk], nothing, ()),
    Post(
        "evaluations:library_batch",
        "operator",
        none,
        lambda w: {
            "file": make_upload(name="2.1 rekap 2024.pdf"),
            "agency": w.agency.pk if w.agency else "",
            "once": "k",
        },
        ("+evidence.storedfile", "+evidence.upload", "+evidence.evidenceitem", "+evidence.evidencerevision"),
        also="personal_data",
    ),
    Post(
        "evaluations:library_place",
        "operator",
        none,
        lambda w: {"pick": [str(IN_TRAY)], f"code-{IN_TRAY}": "2.1", "once": "k"},
        ("+evaluations.answerevidence", SAVED),
        before=lambda w: make_revision(agency=w.agency, id=IN_TRAY, content=b"%PDF-1.7 menunggu"),
    ),
    Post(
        "evaluations:evidence_hint",
        "operator",
        lambda w: [w.cases[SELF].plain.pk],
        lambda w: {"page_hint": "hal. 2", "was": ""},
        ("evaluations.answerevidence: page_hint",),
    ),
    Post(
        "evaluations:evidence_remove",
        "operator",
        lambda w: [w.cases[SELF].plain.pk],
        nothing,
        ("evaluations.answerevidence: removed_at", SAVED),
    ),
    Post(
        "evaluations:evidence_restore",
        "operator",
        lambda w: [w.cases[SELF].plain.pk],
        nothing,
        ("evaluations.answerevidence: removed_at", SAVED),
        before=lambda w: AnswerEvidence.objects.filter(pk=w.cases[SELF].plain.pk).update(
            removed_at="2025-01-01T00:00Z"
        ),
    ),
    Post(
        "evaluations:library_add",
        "operator",
        none,
        lambda w: {"file": make_upload(), "title": "SK", "kind": EvidenceKind.DECREE, "once": "k"},
        ("+evidence.evidenceitem", "+evidence.evidencerevision", "+evidence.storedfile", "+evidence.upload"),
        also=f"{SAID_OF_A_DOCUMENT} personal_data url upload",
    ),
    Post(
        "evaluations:library_edit",
        "operator",
        item(SELF),
        lambda w: {"title": "SK", "kind": EvidenceKind.DECREE, "version": 1},
        ("evidence.evidenceitem: title kind search size version",),
        also=f"{SAID_OF_A_DOCUMENT} personal_data opened",
    ),
    Post(
        "evaluations:library_revise",
        "operator",
        item(SELF),
        lambda w: {"file": make_upload(make_pdf("Revisi")), "once": "k"},
        (
            "+evidence.evidencerevision",
            "+evidence.storedfile",
            "+evidence.upload",
            "evidence.evidenceitem: search size",
            "evaluations.answerevidence: revision_id",
            SAVED,
        ),
        also="upload",
    ),
    Post(
        "evaluations:library_revise_link",
        "operator",
        item(SELF),
        lambda w: {"url": "https://contoh.go.id/baru"},
        (
            "+evidence.evidencerevision",
            "evidence.evidenceitem: search size",
            "evaluations.answerevidence: revision_id",
            SAVED,
        ),
    ),
    Post(
        "evaluations:library_delete",
        "operator",
        item(SELF),
        nothing,
        ("evidence.evidenceitem: deleted_at deleted_by_id", "evaluations.answerevidence: removed_at", SAVED),
    ),
    Post(
        "evaluations:library_restore",
        "operator",
        item(SELF),
        nothing,
        ("evidence.evidenceitem: deleted_at deleted_by_id",),
        before=lambda w: EvidenceItem.objects.filter(pk=item(SELF)(w)[0]).update(deleted_at="2025-01-01T00:00Z"),
    ),
    Post(
        "evaluations:document_judge",
        "province",
        lambda w: [w.cases[ADMIN].personal.pk],
        lambda w: {
            "revision": w.cases[ADMIN].personal.revision_id,
            "verdict_version": 0,
            "verdict": "doubtful",
            "reason": "Tidak terbaca.",
            "once": "k",
        },
        ("+evaluations.evidenceverdict",),
        also="reasons klaster sisa berkas",
        stage=ADMIN,
    ),
    Post(
        "reports:package_request",
        "coordinator",
        one(SELF),
        lambda w: {"once": "k", "cakupan": f"cluster:{w.cases[SELF].answer.question.indicator.cluster.code}"},
        ("+reports.package", "+trail.job"),
    ),
    Post(
        "reports:package_retry",
        "coordinator",
        lambda w: [w.cases[SELF].package.pk],
        lambda w: {"once": "k"},
        ("trail.job: state queued_at error lease_until progress step finished_at",),
        before=failed_package,
    ),
    Post(
        "reports:letter_request",
        "coordinator",
        lambda w: [w.cases[SELF].evaluation.pk, w.agency.pk],
        lambda w: {"sampai": next_month().isoformat(), "nomor": "400/1/DP3A"},
        ("+reports.letter", "+trail.job"),
    ),
]
