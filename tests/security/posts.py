"""Every form of the portal, rightly filled: who sends it, to what, and what it may change."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.tests.make import PASSWORD
from clusters.tests.test_loading import SMALL
from evaluations.models import Answer, Assignment, Score
from evaluations.services.assignments import snapshot
from kla_portal.lib import sheets
from tests.access.world import MATRIKS, World
from tests.security.filling import ADMIN, AWARDED, MINISTRY, REVIEW, SAVED, SELF, none, nothing, one, question, version
from tests.security.post import Post
from tests.security.posts_cycle import CYCLE_POSTS
from tests.security.posts_editor import EDITOR_POSTS
from tests.security.posts_evidence import EVIDENCE_POSTS
from trail.models import Job, JobState

NEW_PASSWORD = dict.fromkeys(("new_password1", "new_password2"), "sungai-kapal-jendela")


def table_file() -> SimpleUploadedFile:
    """Rows for the table question of `clusters.tests.make`."""
    rows = [["Nama lembaga", "Jenis", "Tanggal SK", "Jumlah anak"], ["PAUD Melati", "PAUD", "31-12-2024", Decimal(40)]]
    return SimpleUploadedFile("matriks.xlsx", sheets.write({"Matriks": rows}), sheets.MIME)


def instrument_file() -> SimpleUploadedFile:
    """A small instrument that is right."""
    return SimpleUploadedFile("uji.yaml", SMALL.encode())


def city(world: World) -> list[Any]:
    return ["64.71"]


def seen_holders(world: World) -> str:
    return snapshot(world.cases[SELF].answer)


def unjudged(world: World) -> None:
    Score.objects.filter(answer=world.cases[ADMIN].answer).delete()


def unanswered(world: World) -> None:
    Answer.objects.filter(pk=world.cases[SELF].answer.pk).update(value=None, note="", state="empty")


def pk_of(actor: str) -> Callable[[World], list[Any]]:
    return lambda world: [world.memberships[actor].pk]


def seen(stage: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"seen": [f"{world.cases[stage].answer.pk}:{version(stage)(world)}"], "code": "2.1"}


def sister_region(world: World) -> str:
    person: Any = world.people["sister"]
    return str(person.acting.region_id)


def failed(world: World) -> None:
    Job.objects.filter(pk=world.cases[SELF].report.job_id).update(state=JobState.FAILED, error="x")


POSTS = [
    Post(
        "accounts:sign_in",
        "nobody",
        none,
        lambda w: {"username": w.people["viewer"].username, "password": PASSWORD},
        ("accounts.user: last_login",),
        also="next",
    ),
    Post("evidence:upload_create", "operator", none, nothing, status=400),
    Post("accounts:totp_verify", "operator", none, nothing, also="code next"),
    Post("accounts:sign_out", "operator", none, nothing),
    Post(
        "accounts:password_change",
        "operator",
        none,
        lambda w: {"password": PASSWORD, **NEW_PASSWORD},
        ("accounts.user: password",),
        also="next",
    ),
    Post(
        "accounts:invitation_accept",
        "nobody",
        lambda w: [w.token],
        lambda w: NEW_PASSWORD,
        ("accounts.user: password must_change_password", "accounts.invitation: used_at"),
    ),
    Post(
        "accounts:profile",
        "operator",
        none,
        lambda w: {"version": 1, "email": "", "phone": "081200001111", "wants_digest": "on"},
        ("accounts.user: phone version",),
        also="password",
    ),
    Post("accounts:inbox", "operator", none, nothing, ("accounts.notice: read_at",)),
    Post("accounts:membership_switch", "operator", none, lambda w: {"membership": w.memberships["operator"].pk}),
    Post(
        "accounts:totp_setup",
        "operator",
        none,
        lambda w: {"password": PASSWORD, "code": "000000"},
        ("+otp_totp.totpdevice", "otp_totp.totpdevice: throttling_failure_count throttling_failure_timestamp"),
        status=422,
    ),
    Post(
        "accounts:totp_remove",
        "operator",
        none,
        lambda w: {"password": PASSWORD},
        ("accounts.user: sessions_ended",),
    ),
    Post("accounts:recovery_codes", "operator", none, nothing, also="password"),
    Post(
        "accounts:person_invite",
        "coordinator",
        none,
        lambda w: {
            "full_name": "Siti",
            "username": "siti.baru",
            "role": "operator",
            "agency": w.agency.pk,
            "once": "k",
        },
        ("+accounts.user", "+accounts.membership", "+accounts.invitation"),
        also="email phone region existing",
        status=200,
    ),
    Post(
        "accounts:person_reset",
        "coordinator",
        pk_of("operator"),
        lambda w: {"once": "k"},
        (
            "+accounts.invitation",
            "accounts.invitation: expires_at used_at",
            "-accounts.invitation",
            "accounts.user: sessions_ended",
        ),
        status=200,
    ),
    Post(
        "accounts:person_second_factor_remove",
        "coordinator",
        pk_of("operator"),
        nothing,
        ("accounts.user: sessions_ended",),
    ),
    Post(
        "accounts:person_close",
        "coordinator",
        pk_of("operator"),
        nothing,
        ("accounts.user: is_active sessions_ended",),
    ),
    Post(
        "accounts:confirm_password",
        "operator",
        none,
        lambda w: {"pastikan-asked": "1", "pastikan-password": PASSWORD},
        also="next",
    ),
    Post(
        "accounts:membership_end",
        "coordinator",
        pk_of("operator"),
        nothing,
        (
            "accounts.membership: ends_on",
            "accounts.invitation: expires_at used_at",
            "-accounts.invitation",
            "accounts.user: sessions_ended",
        ),
    ),
    Post("accounts:membership_reopen", "coordinator", pk_of("operator"), nothing),
    Post(
        "regions:agency_create",
        "coordinator",
        city,
        lambda w: {"kind": "dinsos", "name": "Dinsos", "short_name": "Sos", "once": "k"},
        ("+regions.agency",),
    ),
    Post(
        "regions:agency_edit",
        "coordinator",
        lambda w: ["64.71", w.agency.pk],
        lambda w: {"name": "Dukcapil", "short_name": "Capil", "version": 1},
        ("regions.agency: name short_name version",),
    ),
    Post("regions:agency_standard", "coordinator", city, nothing, ("+regions.agency",)),
    Post(
        "clusters:instrument_new_version",
        "admin",
        lambda w: [w.cases[SELF].evaluation.cycle.instrument.code],
        lambda w: {"code": "uji-baru", "edition": "2025", "name": "Uji baru", "once": "k"},
        (
            "+clusters.instrument",
            "+clusters.cluster",
            "+clusters.indicator",
            "+clusters.question",
            "+clusters.mapping",
            "+clusters.mappingline",
        ),
    ),
    Post(
        "clusters:mapping_detail",
        "admin",
        lambda w: [w.mapping.source.code, w.mapping.target.code],
        lambda w: {
            "level": "question",
            "relation": "renamed",
            "source": "1.1",
            "target": "1.2",
            "note": "",
            "baris": "",
            "version": w.mapping.version,
            "once": "k",
        },
        ("+clusters.mappingline", "clusters.mapping: version"),
        also="remove",
    ),
    Post(
        "clusters:instrument_import",
        "admin",
        none,
        lambda w: {"file": instrument_file(), "once": "k"},
        ("+clusters.instrument", "+clusters.cluster", "+clusters.indicator", "+clusters.question"),
        also="content replacing",
    ),
    *EDITOR_POSTS,
    Post(
        "evaluations:cycle_create",
        "admin",
        none,
        lambda w: {
            "name": "Evaluasi 2031",
            "data_years": "2030",
            "once": "k",
            "instrument": w.cases[SELF].evaluation.cycle.instrument_id,
        },
        ("+evaluations.cycle",),
    ),
    Post(
        "evaluations:cycle_keep",
        "admin",
        lambda w: [w.cases[MINISTRY].evaluation.cycle_id],
        lambda w: {"until": "2090-12-31", "seen": ""},
        ("evaluations.cycle: keep_evidence_until",),
    ),
    Post(
        "evaluations:cycle_enrol",
        "admin",
        lambda w: [w.cases[MINISTRY].evaluation.cycle_id, "64"],
        lambda w: {"regions": [sister_region(w)]},
        ("+evaluations.evaluation", "+evaluations.answer", "+evaluations.assignment"),
    ),
    Post(
        "evaluations:evaluator_allot",
        "admin",
        one(ADMIN),
        lambda w: {"evaluator": w.people["idle_evaluator"].pk},
        ("+evaluations.allotment", "+accounts.notice"),
    ),
    Post(
        "evaluations:allotment_withdraw",
        "admin",
        lambda w: [*one(ADMIN)(w), w.people["evaluator"].pk],
        nothing,
        ("-evaluations.allotment",),
    ),
    Post(
        "evaluations:evaluation_assign",
        "coordinator",
        one(SELF),
        nothing,
        ("+evaluations.assignment", "+accounts.notice"),
        before=lambda w: Assignment.objects.filter(evaluation=w.cases[SELF].evaluation).delete(),
    ),
    Post(
        "evaluations:assignment_edit",
        "coordinator",
        question(SELF),
        lambda w: {"lead": "", "helpers": [w.agency.pk], "seen": seen_holders(w)},
        ("+evaluations.assignment", "-evaluations.assignment", "+accounts.notice"),
    ),
    Post(
        "evaluations:stage_move",
        "coordinator",
        lambda w: [*one(SELF)(w), "hand_in"],
        lambda w: {"version": 1, "once": "k"},
        ("evaluations.evaluation: stage version", "+accounts.notice"),
    ),
    Post(
        "evaluations:answer_edit",
        "operator",
        question(SELF),
        lambda w: {"value": "55", "note": "baru", "version": version(SELF)(w)},
        ("evaluations.answer: value note state version text_version updated_by_id updated_at",),
    ),
    Post(
        "evaluations:answer_points",
        "operator",
        question(SELF),
        lambda w: {"value": "55", "note": "", "version": version(SELF)(w)},
        status=200,
    ),
    Post(
        "evaluations:answer_table_upload",
        "operator",
        lambda w: [*one(SELF)(w), MATRIKS],
        lambda w: {"file": table_file(), "version": 1},
        ("evaluations.answer: value note state version text_version updated_by_id updated_at",),
        before=lambda w: Answer.objects.filter(question__code=MATRIKS).update(value=None, state="empty"),
    ),
    Post(
        "evaluations:evaluation_offer",
        "coordinator",
        one(SELF),
        nothing,
        ("evaluations.answer: proposal proposal_note proposed_from_id",),
        before=unanswered,
    ),
    Post(
        "evaluations:answer_take_over",
        "operator",
        question(SELF),
        lambda w: {
            "take_answer": "on",
            "evidence": [str(w.cases[AWARDED].plain.pk)],
            "version": version(SELF)(w),
        },
        (
            "evaluations.answer: value note state version text_version updated_by_id updated_at",
            "+evaluations.answerevidence",
        ),
        before=unanswered,
    ),
    Post(
        "evaluations:answer_review",
        "task_force",
        question(REVIEW),
        lambda w: {"version": version(REVIEW)(w), "decision": "approve", "once": "k"},
        (SAVED, "+evaluations.review"),
        also="reason reasons status",
        stage=REVIEW,
    ),
    Post(
        "evaluations:review_approve_all",
        "task_force",
        one(REVIEW),
        seen(REVIEW),
        (SAVED, "+evaluations.review", "+accounts.notice"),
        also="klaster",
        stage=REVIEW,
    ),
    Post(
        "evaluations:answer_score",
        "province",
        question(ADMIN),
        lambda w: {"answer_version": version(ADMIN)(w), "score_version": 0, "verdict": "accepted", "once": "k"},
        ("+evaluations.score",),
        also="level reason reasons klaster sisa berkas",
        stage=ADMIN,
        before=unjudged,
    ),
    Post(
        "evaluations:score_accept_all",
        "province",
        one(ADMIN),
        seen(ADMIN),
        ("+evaluations.score",),
        also="klaster sisa berkas",
        stage=ADMIN,
        before=unjudged,
    ),
    Post(
        "evaluations:result_import",
        "admin",
        none,
        lambda w: {"text": "kode,tahun,nilai,sumber\n64.71,2021,700,https://contoh.go.id/lain\n", "action": "write"},
        ("+evaluations.publishedresult",),
        also="file",
    ),
    Post(
        "evaluations:result_remove",
        "admin",
        lambda w: [w.result.pk],
        nothing,
        ("-evaluations.publishedresult",),
    ),
    Post(
        "reports:report_request",
        "operator",
        one(SELF),
        lambda w: {"once": "k"},
        ("+reports.report", "+trail.job"),
        before=lambda w: Answer.objects.filter(pk=w.cases[SELF].answer.pk).update(note="isi yang lain"),
    ),
    Post(
        "reports:report_retry",
        "coordinator",
        lambda w: [w.cases[SELF].report.pk],
        lambda w: {"once": "k"},
        ("trail.job: state queued_at error lease_until progress step finished_at",),
        before=failed,
    ),
    *EVIDENCE_POSTS,
    *CYCLE_POSTS,
]
