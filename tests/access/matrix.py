"""Who gets what at every address: the access table of docs/access.md, row by row.

A row names a view, the arguments of its URL, the method, and for each stage the status of each kind of person. Whoever
is not named gets 404 (what lies outside one's territory does not exist), and nobody (not signed in) a redirect to sign-in.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from evaluations.enums import Stage
from tests.access.world import ACTORS, MATRIKS, Case, World

SELF, REVIEW = Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW
ADMIN, MINISTRY, FIELD, FINAL = Stage.ADMIN_VERIFICATION, Stage.MINISTRY_REVIEW, Stage.FIELD_VERIFICATION, Stage.FINAL
AWARDED = Stage.AWARDED
JUDGING = (ADMIN, MINISTRY, FIELD, FINAL)

CITY = "operator other_operator coordinator task_force viewer"
WRITERS_AND_REVIEWERS = "operator other_operator coordinator task_force"
OUTSIDE = "sister far far_province unit_operator idle_evaluator"
DRAFT_SEEN = f"{CITY} province admin"
SUBMITTED_SEEN = f"{CITY} province evaluator admin"
HOLDERS = " ".join(actor for actor in ACTORS if actor not in ("nobody", "retired"))
"""Everybody signed in. Whoever holds no role any more is signed out by the next request."""

Expected = dict[str, int]


@dataclass(frozen=True)
class Row:
    """`args` gets the world and the stage's case. `stages` maps a stage to "status: actors; status: actors"."""

    name: str
    args: Callable[[World, Case], list[Any]]
    stages: dict[str, str]
    method: str = "get"
    data: Callable[[World, Case], dict[str, Any]] = field(default=lambda world, case: {})
    label: str = ""

    def expected(self, stage: str) -> Expected:
        """Status by actor."""
        found = dict.fromkeys(ACTORS, 404) | {"nobody": 302, "retired": 302}
        for part in self.stages[stage].split(";"):
            status, _, actors = part.partition(":")
            for actor in actors.split():
                assert actor in ACTORS, actor
                found[actor] = int(status)
        return found


def every(text: str) -> dict[str, str]:
    return dict.fromkeys(Stage, text)


def rest(seen: str, allowed: str, status: int = 200) -> str:
    """`allowed` get `status`; the others in sight 403."""
    refused = " ".join(actor for actor in seen.split() if actor not in allowed.split())
    return f"{status}: {allowed}; 403: {refused}"


def one(world: World, case: Case) -> list[Any]:
    return [case.evaluation.pk]


def lead_agency(world: World, case: Case) -> list[Any]:
    assert world.agency is not None
    return [case.evaluation.pk, world.agency.pk]


def question(world: World, case: Case) -> list[Any]:
    return [case.evaluation.pk, "2.1"]


def part(world: World, case: Case) -> list[Any]:
    assert world.agency is not None
    return [case.evaluation.pk, "2.1", world.agency.pk]


def matriks(world: World, case: Case) -> list[Any]:
    return [case.evaluation.pk, MATRIKS]


def reopened(world: World, case: Case) -> list[Any]:
    return [case.evaluation.pk, case.answer.reopenings.get().pk]


def nothing(world: World, case: Case) -> list[Any]:
    return []


def draft(world: World, case: Case) -> list[Any]:
    return [world.draft_instrument.code]


def draft_cluster(world: World, case: Case) -> list[Any]:
    return [world.draft_instrument.code, world.draft_instrument.clusters.first().pk]


def draft_indicator(world: World, case: Case) -> list[Any]:
    return [world.draft_instrument.code, world.draft_instrument.questions.first().indicator_id]


def draft_question(world: World, case: Case) -> list[Any]:
    return [world.draft_instrument.code, world.draft_instrument.questions.first().pk]


def removed(world: World, case: Case) -> list[Any]:
    return [world.draft_instrument.code, world.removed.pk]


SEEN = {SELF: DRAFT_SEEN, REVIEW: DRAFT_SEEN} | dict.fromkeys(JUDGING, SUBMITTED_SEEN) | {AWARDED: HOLDERS}


def only(stage_allowed: dict[str, tuple[int, str]]) -> dict[str, str]:
    """For each stage who is allowed, with the status they get; everybody else in sight 403."""
    return {
        stage: rest(SEEN[stage], stage_allowed[stage][1], stage_allowed[stage][0])
        if stage in stage_allowed
        else f"403: {SEEN[stage]}"
        for stage in Stage
    }


READS_ANSWERS = only(
    {SELF: (200, WRITERS_AND_REVIEWERS), REVIEW: (200, CITY)}
    | dict.fromkeys((*JUDGING, AWARDED), (200, SUBMITTED_SEEN))
)
PERSONAL = only(
    {SELF: (200, "operator coordinator task_force"), REVIEW: (200, "operator coordinator task_force")}
    | dict.fromkeys((*JUDGING, AWARDED), (200, "operator coordinator task_force province evaluator"))
)


OWN_PART = only(dict.fromkeys((SELF, REVIEW), (200, "operator coordinator")))
TALKS = dict.fromkeys((SELF, REVIEW), "200: operator coordinator task_force") | dict.fromkeys(
    (*JUDGING, AWARDED), "200: operator coordinator task_force province evaluator"
)
TAKES_FILES = only(
    {SELF: (200, WRITERS_AND_REVIEWERS), REVIEW: (200, WRITERS_AND_REVIEWERS)}
    | {ADMIN: (200, f"{WRITERS_AND_REVIEWERS} province"), AWARDED: (200, WRITERS_AND_REVIEWERS)}
    | dict.fromkeys((MINISTRY, FIELD, FINAL), (200, f"{WRITERS_AND_REVIEWERS} evaluator"))
)


def posting(stage: str, who: str, status: int) -> dict[str, str]:
    return only({stage: (status, who)})


PEOPLE = "coordinator admin sister far"
NO_PEOPLE = " ".join(actor for actor in HOLDERS.split() if actor not in PEOPLE.split())
PERSON_OF_THE_CITY = f"200: coordinator admin; 403: {NO_PEOPLE}"
# A membership that one does not see does not exist; of one's own one sees that it is not one's business.
RETIRE = "200: coordinator admin; 403: operator"
RESET = RETIRE


def operator_of(world: World, case: Case) -> list[Any]:
    return [world.memberships["operator"].pk]


LIBRARY = "operator other_operator coordinator task_force sister far"
GATHERERS = "operator other_operator coordinator sister far"
OPENERS = "operator coordinator task_force"
LIBRARY_FILES: dict[str, tuple[int, ...]] = {"library_open": (1,), "library_view": (1,), "library_page": (1, 1)}


def item_of(which: str, *more: int) -> Callable[[World, Case], list[Any]]:
    """The document behind a case's plain or personal piece of evidence."""
    return lambda world, case: [getattr(case, which).revision.item_id, *more]


QUEUED = {stage: text.replace("200", "302") for stage, text in READS_ANSWERS.items()}
"""Sent back to the page that says how far the printing is."""

ROWS = [
    # --- the portal itself -------------------------------------------------------------------------------------------
    Row("healthz", nothing, {SELF: f"200: {HOLDERS} nobody retired"}),
    Row("readyz", nothing, {SELF: f"200: {HOLDERS} nobody retired"}),
    # A signed address is its reader's, whoever uses it: evaluations/tests/views/test_handing.py signs true ones.
    Row("signed_file", lambda w, c: ["bukti", "bukan-tautan"], {SELF: f"404: {HOLDERS} nobody retired"}),
    Row("style_guide", nothing, {SELF: f"200: {HOLDERS} nobody retired"}),
    # --- accounts ----------------------------------------------------------------------------------------------------
    Row("accounts:sign_in", nothing, {SELF: f"302: {HOLDERS}; 200: nobody retired"}),
    Row("accounts:totp_verify", nothing, {SELF: f"302: {HOLDERS}"}),
    Row("accounts:sign_out", nothing, {SELF: f"302: {HOLDERS}"}, method="post"),
    Row("accounts:password_change", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("accounts:confirm_password", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("accounts:invitation_accept", lambda w, c: [w.token], {SELF: f"200: {HOLDERS} nobody retired"}),
    Row("accounts:profile", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("accounts:inbox", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("accounts:notice_open", lambda w, c: [w.notice.pk], {SELF: "302: operator"}),
    Row("accounts:membership_switch", nothing, {SELF: f"404: {HOLDERS}"}, method="post"),
    Row("accounts:totp_setup", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("accounts:totp_remove", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("accounts:recovery_codes", nothing, {SELF: f"302: {HOLDERS}"}),
    Row("accounts:person_list", nothing, {SELF: rest(HOLDERS, PEOPLE)}),
    Row("accounts:person_invite", nothing, {SELF: rest(HOLDERS, PEOPLE)}),
    Row("accounts:person_detail", operator_of, {SELF: PERSON_OF_THE_CITY}),
    Row("accounts:person_history", operator_of, {SELF: PERSON_OF_THE_CITY}),
    Row("accounts:person_reset", operator_of, {SELF: RESET}, method="post", data=lambda w, c: {"once": "k"}),
    Row("accounts:person_second_factor_remove", operator_of, {SELF: RESET.replace("200", "302")}, method="post"),
    Row("accounts:person_close", operator_of, {SELF: RESET.replace("200", "302")}, method="post"),
    Row("evaluations:person_handover", operator_of, {SELF: RETIRE}),
    Row("accounts:membership_end", operator_of, {SELF: RETIRE}),
    Row("accounts:membership_reopen", operator_of, {SELF: RETIRE.replace("200", "302")}, method="post"),
    # --- evidence on its way: nobody else's -------------------------------------------------------------------------
    Row("evidence:upload_create", nothing, {SELF: rest(HOLDERS, "operator other_operator coordinator sister far", 400)}, method="post"),
    Row("evidence:upload", lambda w, c: [w.upload.pk], {SELF: "200: operator"}, method="head"),
    # --- the library of a region: those who gather and those who review there ------------------------------------------
    Row("evaluations:library", nothing, {SELF: rest(HOLDERS, LIBRARY)}),
    Row("evaluations:library_add", nothing, {SELF: rest(HOLDERS, GATHERERS)}),
    Row("evaluations:library_batch", nothing, {SELF: rest(HOLDERS, GATHERERS)}),
    Row(
        "evaluations:library_place", nothing,
        {SELF: f"{rest(HOLDERS, GATHERERS, 302)}; 422: operator other_operator coordinator"}, method="post",
    ),
    Row("evaluations:library_place", nothing, {SELF: f"302: {HOLDERS}"}, label="opened"),
    Row("evaluations:library_item", item_of("plain"), {SELF: f"200: {WRITERS_AND_REVIEWERS}"}, label="plain"),
    Row("evaluations:library_item", item_of("personal"), {SELF: rest(WRITERS_AND_REVIEWERS, OPENERS)}, label="personal data"),
    *(
        Row(f"evaluations:{name}", item_of("plain", *more), {SELF: f"200: {WRITERS_AND_REVIEWERS}"}, label="plain")
        for name, more in LIBRARY_FILES.items()
    ),
    *(
        Row(f"evaluations:{name}", item_of("personal", *more), {SELF: rest(WRITERS_AND_REVIEWERS, OPENERS)}, label="personal data")
        for name, more in LIBRARY_FILES.items()
    ),
    Row("evaluations:library_edit", item_of("plain"), {SELF: rest(WRITERS_AND_REVIEWERS, "operator coordinator")}),
    Row("evaluations:library_delete", item_of("plain"), {SELF: rest(WRITERS_AND_REVIEWERS, "operator coordinator")}),
    *(
        Row(f"evaluations:{name}", item_of("plain"), {SELF: rest(WRITERS_AND_REVIEWERS, "operator coordinator", 422)}, method="post")
        for name in ("library_revise", "library_revise_link")
    ),
    Row(
        "evaluations:library_restore", item_of("plain"),
        {SELF: rest(WRITERS_AND_REVIEWERS, "operator coordinator", 302)}, method="post",
    ),
    *(
        Row(f"evaluations:{name}", item_of("plain"), {SELF: f"302: {WRITERS_AND_REVIEWERS}"}, label="opened")
        for name in ("library_revise", "library_revise_link", "library_restore")
    ),
    # --- regions: public facts -----------------------------------------------------------------------------------------
    Row("regions:region_list", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("regions:region_detail", lambda w, c: ["64.71"], {SELF: f"200: {HOLDERS}"}),
    Row("regions:agency_create", lambda w, c: ["64.71"], {SELF: rest(HOLDERS, "coordinator admin")}),
    Row("regions:agency_standard", lambda w, c: ["64.71"], {SELF: rest(HOLDERS, "coordinator admin", 302)}, method="post"),
    Row("regions:agency_edit", lambda w, c: ["64.71", w.agency.pk], {SELF: rest(HOLDERS, "coordinator admin")}),
    # --- instruments ---------------------------------------------------------------------------------------------------
    Row("clusters:instrument_list", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("clusters:instrument_detail", lambda w, c: [c.evaluation.cycle.instrument.code], {SELF: f"200: {HOLDERS}"}),
    Row(
        "clusters:instrument_detail", lambda w, c: [w.draft_instrument.code], {SELF: "200: admin"}, label="draft",
    ),
    Row("clusters:instrument_import", nothing, {SELF: rest(HOLDERS, "admin")}),
    Row("clusters:instrument_schema", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("clusters:instrument_download", lambda w, c: [c.evaluation.cycle.instrument.code, "yaml"], {SELF: f"200: {HOLDERS}"}),
    Row("clusters:instrument_download", lambda w, c: [w.draft_instrument.code, "xlsx"], {SELF: "200: admin"}, label="draft"),
    Row(
        "clusters:instrument_new_version", lambda w, c: [c.evaluation.cycle.instrument.code],
        {SELF: rest(HOLDERS, "admin")},
    ),
    Row("clusters:instrument_new_version", lambda w, c: [w.draft_instrument.code], {SELF: "403: admin"}, label="draft"),
    Row(
        "clusters:instrument_diff", lambda w, c: [c.evaluation.cycle.instrument.code] * 2, {SELF: f"200: {HOLDERS}"},
    ),
    Row(
        "clusters:instrument_diff", lambda w, c: [c.evaluation.cycle.instrument.code, w.draft_instrument.code],
        {SELF: "200: admin"}, label="to a draft",
    ),
    Row(
        "clusters:mapping_detail", lambda w, c: [w.mapping.source.code, w.mapping.target.code],
        {SELF: "200: admin"}, label="to a draft",
    ),
    Row(
        "clusters:mapping_detail", lambda w, c: [w.mapping.source.code, w.mapping.target.code],
        {SELF: "422: admin"}, method="post", label="write",
    ),
    *(
        Row(f"clusters:{name}", args, {SELF: "200: admin"})
        for name, args in {
            "instrument_edit": draft, "instrument_head_edit": draft, "cluster_create": draft, "instrument_check": draft,
            "instrument_publish": draft, "cluster_edit": draft_cluster, "indicator_create": draft_cluster,
            "indicator_edit": draft_indicator, "question_create": draft_indicator, "question_edit": draft_question,
            "part_remove": lambda w, c: [w.draft_instrument.code, "question", draft_question(w, c)[1]],
        }.items()
    ),
    Row("clusters:instrument_create", nothing, {SELF: rest(HOLDERS, "admin")}),
    Row(
        "clusters:instrument_edit", lambda w, c: [c.evaluation.cycle.instrument.code], {SELF: f"403: {HOLDERS}"},
        label="published",
    ),
    Row("clusters:instrument_publish", draft, {SELF: "403: admin"}, method="post", label="not checked"),
    Row("clusters:part_restore", removed, {SELF: "302: admin"}, method="post"),
    Row("clusters:part_restore", removed, {SELF: "302: admin"}, label="opened"),
    Row("evaluations:question_preview", draft_question, {SELF: "200: admin"}),
    # --- cycles ----------------------------------------------------------------------------------------------------------
    Row("evaluations:cycle_list", nothing, {SELF: rest(HOLDERS, "admin")}),
    Row("evaluations:cycle_create", nothing, {SELF: rest(HOLDERS, "admin")}),
    Row("evaluations:cycle_detail", lambda w, c: [c.evaluation.cycle_id], {SELF: rest(HOLDERS, "admin")}),
    Row("evaluations:cycle_plan", lambda w, c: [c.evaluation.cycle_id], {SELF: rest(HOLDERS, "admin")}),
    Row("evaluations:cycle_prepare", lambda w, c: [c.evaluation.cycle_id], {SELF: rest(HOLDERS, "admin")}),
    Row("evaluations:cycle_awards", lambda w, c: [c.evaluation.cycle_id], {FINAL: rest(HOLDERS, "admin")}),
    Row(
        "evaluations:batch_start", lambda w, c: [c.evaluation.cycle_id],
        {MINISTRY: rest(HOLDERS, "province far_province admin")},
    ),
    Row("evaluations:batch_detail", lambda w, c: [w.batch.pk], {MINISTRY: "200: admin"}),
    Row("evaluations:queue", nothing, {ADMIN: rest(HOLDERS, "province far_province evaluator idle_evaluator admin")}),
    Row("evaluations:cycle_keep", lambda w, c: [c.evaluation.cycle_id], {SELF: rest(HOLDERS, "admin")}),
    Row("evaluations:cycle_enrol", lambda w, c: [c.evaluation.cycle_id, "64"], {SELF: rest(HOLDERS, "admin")}),
    Row("evaluations:evaluator_allot", one, only(dict.fromkeys(Stage, (200, "admin")))),
    Row(
        "evaluations:allotment_withdraw", lambda w, c: [c.evaluation.pk, w.people["evaluator"].pk],
        only(dict.fromkeys(Stage, (302, "admin"))), method="post",
    ),
    Row("evaluations:extension_give", one, only(dict.fromkeys(tuple(Stage)[:-1], (200, "admin")))),
    Row(
        "evaluations:extension_withdraw", lambda w, c: [c.evaluation.pk, c.evaluation.extensions.get().pk],
        only(dict.fromkeys(tuple(Stage)[:-1], (302, "admin"))), method="post",
    ),
    # --- the work ----------------------------------------------------------------------------------------------------------
    Row("evaluations:home", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("evaluations:evaluation_list", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("evaluations:evaluation_detail", one, {stage: f"200: {SEEN[stage]}" for stage in Stage}),
    Row("evaluations:evaluation_assign", one, posting(SELF, "coordinator", 302), method="post"),
    Row("evaluations:assignment_edit", question, posting(SELF, "coordinator", 200)),
    Row("evaluations:agency_detail", lambda w, c: [c.evaluation.pk, w.agency.pk], READS_ANSWERS),
    Row("evaluations:part_edit", part, posting(SELF, "operator coordinator", 422), method="post"),
    Row("evaluations:part_finish", lead_agency, OWN_PART),
    Row("evaluations:agency_workbook", lead_agency, OWN_PART),
    Row("evaluations:agency_workbook_upload", lead_agency, OWN_PART),
    Row(
        "evaluations:agency_workbook_upload", lead_agency,
        only(dict.fromkeys((SELF, REVIEW), (422, "operator coordinator"))), method="post", label="no file",
    ),
    Row("evaluations:deadline_edit", one, only(dict.fromkeys((SELF, REVIEW), (200, "coordinator")))),
    Row("evaluations:question_presence", question, READS_ANSWERS, method="post"),
    Row("evaluations:evaluation_history", one, READS_ANSWERS),
    Row("evaluations:evaluation_lift", one, only(dict.fromkeys(Stage, (200, CITY)))),
    Row("evaluations:late_list", one, only(dict.fromkeys(Stage, (200, "coordinator task_force viewer")))),
    Row("reports:late_list_request", one, only(dict.fromkeys(Stage, (302, "coordinator task_force viewer"))), method="post"),
    Row("evaluations:evaluation_missing", one, only(dict.fromkeys(Stage, (200, CITY)))),
    Row(
        "evaluations:evaluation_missing_export", one,
        only({stage: (200, WRITERS_AND_REVIEWERS if stage == SELF else CITY) for stage in Stage}),
    ),
    Row("evaluations:stage_move", lambda w, c: [c.evaluation.pk, "hand_in"], posting(SELF, "coordinator", 200), label="hand_in"),
    Row("evaluations:stage_move", lambda w, c: [c.evaluation.pk, "call_back"], posting(REVIEW, "coordinator", 200), label="call_back"),
    Row("evaluations:stage_move", lambda w, c: [c.evaluation.pk, "submit"], only({}), label="submit, an answer waiting"),
    Row("evaluations:stage_move", lambda w, c: [c.evaluation.pk, "verify"], posting(ADMIN, "province admin", 200), label="verify"),
    Row("evaluations:stage_move", lambda w, c: [c.evaluation.pk, "review"], posting(MINISTRY, "admin", 200), label="review"),
    Row("evaluations:stage_move", lambda w, c: [c.evaluation.pk, "visit"], posting(FIELD, "admin", 200), label="visit"),
    Row("evaluations:stage_move", lambda w, c: [c.evaluation.pk, "award"], posting(FINAL, "admin", 200), label="award"),
    Row("evaluations:answer_edit", question, READS_ANSWERS),
    Row("evaluations:answer_edit", question, posting(SELF, "operator coordinator", 422), method="post", label="write"),
    Row("evaluations:answer_points", question, posting(SELF, "operator coordinator", 200), method="post"),
    Row("evaluations:answer_table_upload", matriks, posting(SELF, "operator coordinator", 200)),
    Row("evaluations:answer_table_upload", matriks, posting(SELF, "operator coordinator", 422), method="post", label="no file"),
    Row("evaluations:answer_table_download", matriks, READS_ANSWERS),
    Row("evaluations:evaluation_export", one, READS_ANSWERS),
    Row(
        "evaluations:evaluation_compare", one,
        only({SELF: (200, CITY), REVIEW: (200, CITY)} | dict.fromkeys((*JUDGING, AWARDED), (200, SUBMITTED_SEEN))),
    ),
    Row(
        "evaluations:instrument_touched", lambda w, c: [c.evaluation.cycle.instrument.code],
        {SELF: rest(HOLDERS, "admin")},
    ),
    Row("evaluations:evaluation_offer", one, posting(SELF, "coordinator", 200)),
    Row("evaluations:evaluation_offer", one, posting(SELF, "coordinator", 302), method="post", label="offer"),
    Row("evaluations:answer_take_over", question, posting(SELF, "operator coordinator", 422), method="post"),
    Row("evaluations:evidence_add", question, posting(SELF, "operator coordinator", 422), method="post"),
    Row("evaluations:link_add", question, posting(SELF, "operator coordinator", 422), method="post"),
    Row("evaluations:evidence_pick", question, posting(SELF, "operator coordinator", 200)),
    Row("evaluations:evidence_hint", lambda w, c: [c.plain.pk], posting(SELF, "operator coordinator", 200)),
    Row("evaluations:link_check", lambda w, c: [c.plain.pk], posting(SELF, "operator coordinator", 302), method="post"),
    Row("evaluations:evidence_open", lambda w, c: [c.plain.pk], READS_ANSWERS, label="plain"),
    Row("evaluations:evidence_open", lambda w, c: [c.personal.pk], PERSONAL, label="personal data"),
    Row("evaluations:evidence_view", lambda w, c: [c.plain.pk], READS_ANSWERS, label="plain"),
    Row("evaluations:evidence_view", lambda w, c: [c.personal.pk], PERSONAL, label="personal data"),
    Row("evaluations:evidence_page", lambda w, c: [c.plain.pk, 1], READS_ANSWERS, label="plain"),
    Row("evaluations:evidence_page", lambda w, c: [c.personal.pk, 1], PERSONAL, label="personal data"),
    Row("evaluations:evidence_remove", lambda w, c: [c.plain.pk], posting(SELF, "operator coordinator", 200)),
    Row("evaluations:evidence_restore", lambda w, c: [c.plain.pk], posting(SELF, "operator coordinator", 302), method="post"),
    # --- talk: each audience its own; to all others there is no such page --------------------------------------------------
    Row("evaluations:question_talk", question, TALKS),
    Row(
        "evaluations:question_talk", question, dict.fromkeys(Stage, "302: coordinator task_force") | {AWARDED: "403: coordinator task_force"},
        method="post", data=lambda w, c: {"does": "open", "audience": "task_force", "text": "Mohon dicek"}, label="to the task force",
    ),
    Row(
        "evaluations:evaluation_talk", one,
        only(
            dict.fromkeys((SELF, REVIEW), (200, WRITERS_AND_REVIEWERS))
            | dict.fromkeys((*JUDGING, AWARDED), (200, f"{WRITERS_AND_REVIEWERS} province evaluator"))
        ),
    ),
    Row("evaluations:task_force", one, only(dict.fromkeys(Stage, (200, CITY)))),
    Row("evaluations:task_force", one, only(dict.fromkeys((SELF, REVIEW), (422, "coordinator"))), method="post"),
    Row("evaluations:review_bench", one, posting(REVIEW, "task_force", 200)),
    Row("evaluations:review_approve_all", one, posting(REVIEW, "task_force", 422), method="post"),
    Row("evaluations:answer_review", question, posting(REVIEW, "task_force", 422), method="post"),
    Row(
        "evaluations:score_bench", lambda w, c: [c.evaluation.pk, "2.1"],
        only({ADMIN: (200, "province")} | dict.fromkeys((MINISTRY, FIELD, FINAL), (200, "evaluator"))),
    ),
    Row(
        "evaluations:answer_score", question,
        only({ADMIN: (422, "province")} | dict.fromkeys((MINISTRY, FIELD, FINAL), (422, "evaluator"))), method="post",
    ),
    Row(
        "evaluations:score_accept_all", one,
        only({ADMIN: (422, "province")} | dict.fromkeys((MINISTRY, FIELD, FINAL), (422, "evaluator"))), method="post",
    ),
    Row(
        "evaluations:document_judge", lambda w, c: [c.personal.pk],
        only({ADMIN: (422, "province")} | dict.fromkeys((MINISTRY, FIELD, FINAL), (422, "evaluator"))), method="post",
    ),
    Row(
        "evaluations:evaluation_result", one,
        only({SELF: (200, CITY), REVIEW: (200, CITY), AWARDED: (200, HOLDERS)} | dict.fromkeys(JUDGING, (200, SUBMITTED_SEEN))),
    ),
    # --- submitting, opening again by name, the stages side by side ----------------------------------------------------
    *(
        Row(f"evaluations:{name}", one, only({SELF: (200, WRITERS_AND_REVIEWERS)} | dict.fromkeys((REVIEW, *JUDGING, AWARDED), (200, CITY))))
        for name in ("submission", "declaration_letter")
    ),
    Row("evaluations:submission", one, only(dict.fromkeys((SELF, REVIEW), (422, "coordinator"))), method="post", label="no file"),
    *(
        Row(f"evaluations:{name}", lambda w, c: [c.evaluation.receipts.get().pk], {stage: rest(SEEN[stage], SUBMITTED_SEEN) for stage in (*JUDGING, AWARDED)})
        for name in ("receipt_detail", "receipt_declaration")
    ),
    Row("evaluations:evaluation_stages", one, READS_ANSWERS),
    Row("evaluations:evaluation_stages", one, only({}), method="post", label="no total is stored"),
    Row("evaluations:evaluation_reopen", one, only(dict.fromkeys((*JUDGING, AWARDED), (200, SUBMITTED_SEEN)))),
    Row("evaluations:evaluation_reopen", one, only(dict.fromkeys((FIELD, FINAL), (422, "evaluator admin"))), method="post"),
    Row("evaluations:answer_ask", question, only({ADMIN: (200, "province")} | dict.fromkeys((MINISTRY, FIELD, FINAL), (200, "evaluator")))),
    Row("evaluations:additions_finish", one, only({}), method="post", label="nothing is open"),
    Row("evaluations:reopening_close", reopened, {stage: rest(SEEN[stage], SUBMITTED_SEEN, 302) for stage in (*JUDGING, AWARDED)}, method="post", label="over"),
    Row("evaluations:reopening_close", reopened, {stage: f"302: {SEEN[stage]}" for stage in (*JUDGING, AWARDED)}, label="opened"),
    # --- results that others have published: public facts -------------------------------------------------------------------
    Row("evaluations:result_list", nothing, {SELF: f"200: {HOLDERS}"}),
    Row("evaluations:result_import", nothing, {SELF: rest(HOLDERS, "admin")}),
    Row("evaluations:result_remove", lambda w, c: [w.result.pk], {SELF: rest(HOLDERS, "admin")}),
    # --- reports: the coordinator's, frozen in the stage the evaluation is in -----------------------------------------------
    Row("reports:report_list", one, READS_ANSWERS),
    Row(
        "reports:report_request", one,
        only({SELF: (302, WRITERS_AND_REVIEWERS), REVIEW: (302, CITY)} | dict.fromkeys((*JUDGING, AWARDED), (302, SUBMITTED_SEEN))),
        method="post",
    ),
    Row("reports:report_detail", lambda w, c: [c.report.pk], READS_ANSWERS),
    Row("reports:report_download", lambda w, c: [c.report.pk], QUEUED, label="not printed yet"),
    Row("reports:report_retry", lambda w, c: [c.report.pk], only({}), method="post", label="has not failed"),
    # --- packages: of whoever asked, in the role it was asked for in; here the coordinator's ------------------------------
    Row("reports:package_list", one, TAKES_FILES),
    Row("reports:package_request", one, {stage: text.replace("200", "422") for stage, text in TAKES_FILES.items()}, method="post"),
    Row("reports:package_detail", lambda w, c: [c.package.pk], every("200: coordinator")),
    Row("reports:package_download", lambda w, c: [c.package.pk], every("302: coordinator"), label="not made yet"),
    Row("reports:package_retry", lambda w, c: [c.package.pk], every("403: coordinator"), method="post", label="has not failed"),
    Row("reports:package_retry", lambda w, c: [c.package.pk], every("302: coordinator"), label="opened"),
    # --- letters that ask an agency for documents: the coordinator's --------------------------------------------------------
    Row("evaluations:agency_request", lead_agency, only({SELF: (200, "coordinator"), REVIEW: (200, "coordinator")})),
    Row("reports:letter_request", lead_agency, only({SELF: (422, "coordinator"), REVIEW: (422, "coordinator")}), method="post"),
    Row("reports:letter_request", lead_agency, {stage: f"302: {SEEN[stage]}" for stage in Stage}, label="opened"),
    Row("reports:late_list_request", one, {stage: f"302: {SEEN[stage]}" for stage in Stage}, label="opened"),
    Row("reports:letter_detail", lambda w, c: [c.letter.pk], only(dict.fromkeys(Stage, (200, "coordinator")))),
    Row("reports:letter_download", lambda w, c: [c.letter.pk], only(dict.fromkeys(Stage, (302, "coordinator"))), label="not printed yet"),
    # --- the addresses of forms, opened: on to the form's page, which says what the person may do there ----------------------
    Row("accounts:sign_out", nothing, {SELF: f"302: {HOLDERS}"}, label="opened"),
    Row("regions:agency_standard", lambda w, c: ["64.71"], {SELF: f"302: {HOLDERS}"}, label="opened"),
    *(
        Row(f"accounts:{name}", operator_of, {SELF: "302: coordinator admin operator"}, label="opened")
        for name in ("person_reset", "person_second_factor_remove", "membership_reopen", "person_close")
    ),
    *(
        Row(name, args, {stage: f"302: {SEEN[stage]}" for stage in Stage}, label="opened")
        for args, names in {
            one: ("evaluations:additions_finish", "evaluations:evaluation_assign", "evaluations:review_approve_all", "evaluations:score_accept_all",
                  "reports:report_request", "reports:package_request"),
            question: ("evaluations:answer_take_over", "evaluations:evidence_add", "evaluations:link_add", "evaluations:answer_review",
                       "evaluations:answer_score", "evaluations:answer_points", "evaluations:question_presence"),
            part: ("evaluations:part_edit",),
            lambda w, c: [c.plain.pk]: ("evaluations:document_judge", "evaluations:evidence_restore", "evaluations:link_check"),
            lambda w, c: [c.evaluation.pk, w.people["evaluator"].pk]: ("evaluations:allotment_withdraw",),
            lambda w, c: [c.evaluation.pk, c.evaluation.extensions.get().pk]: ("evaluations:extension_withdraw",),
            lambda w, c: [c.report.pk]: ("reports:report_retry",),
        }.items()
        for name in names
    ),
]  # fmt: skip
