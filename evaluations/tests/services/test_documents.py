"""Verdicts on documents: what is stored, of which revision, what stops one, and how claim and documents agree."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.tests.make import make_user
from clusters.models import Question
from clusters.scoring import NOT_APPLICABLE
from evaluations import permissions
from evaluations.enums import DocumentVerdict, Stage, Verdict
from evaluations.models import Allotment, AnswerEvidence, Evaluation, EvidenceVerdict, Score
from evaluations.queries.documents import said_of, standings
from evaluations.queries.scorecard import scorecard
from evaluations.services import scores
from evaluations.services.awards import decide_award
from evaluations.services.documents import Contradiction, judge_document, withdraw_verdict
from evaluations.services.workflow import move
from evaluations.tests.make import make_answer, make_evaluation, make_link, make_score, people
from evidence.enums import FileState
from evidence.models import StoredFile
from evidence.tests.make import make_pdf, make_revision
from kla_portal.lib.versions import Stale
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
ACCEPTED, DOUBTFUL, REJECTED = DocumentVerdict
PROVEN = "2.1"
"""A question that wants evidence."""


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation(stage=Stage.ADMIN_VERIFICATION)


@pytest.fixture
def province(evaluation):
    return make_user(Role.PROVINCE_VERIFIER, make_region(code=evaluation.region.parent_code))


@pytest.fixture
def link(evaluation) -> AnswerEvidence:
    return make_link(answer=make_answer(evaluation=evaluation, code=PROVEN), want="data")


def judge(link: AnswerEvidence, by: Any, verdict: str = ACCEPTED, **what: Any) -> EvidenceVerdict:
    if verdict != ACCEPTED:
        what.setdefault("reason", "Tidak terbaca.")
    seen = {"revision_id": link.revision_id, "verdict_version": 0, "reason": ""}
    return judge_document(link, verdict=verdict, by=by, **seen | what)


def withdraw(link: AnswerEvidence, by: Any, version: int) -> None:
    withdraw_verdict(link, revision_id=link.revision_id, verdict_version=version, by=by)


def accept(link: AnswerEvidence, by: Any, **what: Any) -> Score:
    seen = {"answer_version": link.answer.version, "score_version": 0, "level": "", "reason": ""}
    return scores.score_answer(link.answer, by=by, **seen | what)


def revised(link: AnswerEvidence) -> AnswerEvidence:
    """A newer revision has taken the place of the one that was put to the answer."""
    newer = make_revision(item=link.revision.item)
    AnswerEvidence.objects.filter(pk=link.pk).update(revision=newer)
    return AnswerEvidence.objects.get(pk=link.pk)


def later(evaluation: Evaluation) -> Any:
    """One stage on, with an evaluator of the ministry."""
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.MINISTRY_REVIEW)
    user = make_user(Role.EVALUATOR)
    Allotment.objects.create(evaluation=evaluation, evaluator=user)
    return user


# --- one verdict ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("verdict", "reason"), [(ACCEPTED, ""), (DOUBTFUL, "Buram."), (REJECTED, "Buram.")])
def test_a_verdict_is_of_the_revision_and_the_stage_and_leaves_one_event(link, province, verdict, reason):
    judge(link, province, verdict, reason=" Buram. ")
    row = EvidenceVerdict.objects.get()
    assert (row.link, row.revision, row.stage, row.verdict, row.reason, row.by, row.version) == (
        link, link.revision, Stage.ADMIN_VERIFICATION, verdict, reason, province, 1,
    )  # fmt: skip
    event = Event.objects.get(action="evidence.judge")
    assert (event.actor, event.detail, event.reason, event.before) == (province, PROVEN, reason, None)
    assert event.after == {
        "document": str(link.pk), "revision": 1, "stage": "admin_verification", "verdict": verdict, "reason": reason,
    }  # fmt: skip


def test_a_second_verdict_replaces_the_first_and_the_trail_has_both(link, province):
    judge(link, province, DOUBTFUL)
    row = judge(link, province, verdict_version=1)
    assert (row.version, row.reason, EvidenceVerdict.objects.count()) == (2, "", 1)
    last = Event.objects.filter(action="evidence.judge").latest("pk")
    assert (last.before["verdict"], last.before["reason"], last.after["verdict"]) == (
        DOUBTFUL, "Tidak terbaca.", ACCEPTED,
    )  # fmt: skip


@pytest.mark.parametrize("verdict", [DOUBTFUL, REJECTED])
def test_doubt_and_rejection_need_a_reason(link, province, verdict):
    with pytest.raises(PermissionDenied, match="alasan"):
        judge(link, province, verdict, reason=" \n")
    assert not EvidenceVerdict.objects.exists()


def test_withdrawing_takes_the_row_and_leaves_an_event(link, province):
    judge(link, province, REJECTED)
    withdraw(link, province, 1)
    assert not EvidenceVerdict.objects.exists()
    event = Event.objects.get(action="evidence.withdraw_verdict")
    assert (event.before["verdict"], event.before["reason"], event.after) == (REJECTED, "Tidak terbaca.", None)
    withdraw(link, province, 0)
    assert Event.objects.filter(action="evidence.withdraw_verdict").count() == 1


def test_only_the_verdict_that_was_seen_is_replaced_or_withdrawn(link, province):
    judge(link, province, DOUBTFUL)
    for act in (lambda: judge(link, province), lambda: withdraw(link, province, 2)):
        with pytest.raises(Stale) as stale:
            act()
        assert isinstance(stale.value.current, EvidenceVerdict)
    assert EvidenceVerdict.objects.get().verdict == DOUBTFUL


def test_a_revision_that_has_been_replaced_is_not_judged(link, province):
    revised(link)
    with pytest.raises(Stale) as stale:
        judge(link, province)
    assert isinstance(stale.value.current, AnswerEvidence) and stale.value.current.revision.number == 2
    assert not EvidenceVerdict.objects.exists()


def test_what_was_taken_off_is_not_judged(link, province):
    AnswerEvidence.objects.filter(pk=link.pk).update(removed_at="2025-01-01T00:00Z")
    with pytest.raises(Stale) as stale:
        judge(link, province)
    assert isinstance(stale.value.current, AnswerEvidence) and stale.value.current.removed_at


def test_a_new_revision_has_no_verdict_and_the_former_one_stays_with_its_own(evaluation, link, province):
    judge(link, province, REJECTED)
    now = revised(link)
    [said] = said_of(evaluation, reader=province)[link.pk]
    assert (said.revision, said.newest, said.reason) == (1, False, "Tidak terbaca.")
    assert standings(evaluation)[link.answer_id].unjudged == 1
    judge(now, province)
    assert [(row.revision.number, row.verdict) for row in EvidenceVerdict.objects.order_by("pk")] == [
        (1, REJECTED), (2, ACCEPTED),
    ]  # fmt: skip


def test_each_stage_has_its_own_and_those_before_are_told(evaluation, link, province):
    judge(link, province, REJECTED)
    ministry = later(evaluation)
    judge(link, ministry)
    told = said_of(evaluation, [link.answer_id], reader=make_user(Role.COORDINATOR, evaluation.region))[link.pk]
    assert [(said.stage, said.verdict, said.who) for said in told] == [
        (Stage.ADMIN_VERIFICATION, REJECTED, "Verifikator provinsi"),
        (Stage.MINISTRY_REVIEW, ACCEPTED, "Evaluator kementerian"),
    ]  # fmt: skip


def test_standings_count_what_the_present_stage_says(evaluation, link, province):
    for verdict in (DOUBTFUL, REJECTED, REJECTED, ACCEPTED):
        judge(make_link(answer=link.answer), province, verdict)
    taken_off = make_link(answer=link.answer, removed_at="2025-01-01T00:00Z")
    standing = standings(evaluation)[link.answer_id]
    assert (standing.unjudged, standing.doubtful, standing.rejected) == (1, 1, 2)
    assert standing.text == "2 dokumen ditolak, 1 dokumen meragukan"
    evaluation.stage = Stage.MINISTRY_REVIEW
    assert standings(evaluation)[link.answer_id].unjudged == 5
    assert taken_off.pk not in said_of(evaluation, reader=province)


# --- who --------------------------------------------------------------------------------------------------------------
JUDGES = {
    Stage.ADMIN_VERIFICATION: {"province"}, Stage.MINISTRY_REVIEW: {"evaluator"},
    Stage.FIELD_VERIFICATION: {"evaluator"}, Stage.FINAL: {"evaluator"},
}  # fmt: skip


@pytest.mark.parametrize("stage", Stage)
def test_who_judges_when(stage):
    evaluation = make_evaluation(stage=stage)
    link = make_link(answer=make_answer(evaluation=evaluation, code=PROVEN))
    allowed = set()
    for who, user in people(evaluation).items():
        if user is None or user.acting is None:
            continue
        try:
            judge(link, user)
            withdraw(link, user, 1)
            allowed.add(who)
        except PermissionDenied:
            assert not EvidenceVerdict.objects.exists()
    assert allowed == JUDGES.get(stage, set())


@pytest.mark.parametrize("state", [FileState.RECEIVED, FileState.INSPECTED, FileState.QUARANTINED])
def test_nobody_judges_a_file_that_nobody_can_open(link, province, state):
    file = link.revision.file
    file.state = state
    file.save()
    with pytest.raises(PermissionDenied, match="belum lolos"):
        judge(link, province)


def test_personal_data_and_links_can_be_judged(evaluation, link, province):
    link.revision.item.personal_data = True
    link.revision.item.save()
    judge(link, province)
    on_the_web = make_revision(region=evaluation.region, url="https://contoh.go.id/a")
    judge(make_link(answer=link.answer, revision=on_the_web), province)
    assert EvidenceVerdict.objects.count() == 2


# --- claim and documents agree ----------------------------------------------------------------------------------------
def test_a_claim_is_not_accepted_when_every_proof_was_rejected(link, province):
    second = make_link(answer=link.answer)
    judge(link, province, REJECTED)
    judge(second, province, REJECTED)
    with pytest.raises(Contradiction, match="semua dokumen"):
        accept(link, province)
    assert not Score.objects.exists()
    assert accept(link, province, level="0.4", reason="Dilihat di lapangan.").fraction == Decimal("0.4")


def test_the_last_proof_of_an_accepted_claim_is_not_rejected(link, province):
    second = make_link(answer=link.answer)
    judge(link, province, REJECTED)
    accept(link, province)
    with pytest.raises(Contradiction, match="Beri nilai lain dulu"):
        judge(second, province, REJECTED)
    assert EvidenceVerdict.objects.count() == 1
    judge(second, province, DOUBTFUL)
    with pytest.raises(Contradiction):
        judge(second, province, REJECTED, verdict_version=1)
    accept(link, province, score_version=1, level="0.4", reason="Kurang.")
    judge(second, province, REJECTED, verdict_version=1)


def test_a_claim_accepted_earlier_that_loses_its_documents_holds_the_stage_open(evaluation, link, province):
    accept(link, province)
    ministry, admin = later(evaluation), make_user(Role.NATIONAL_ADMIN)
    evaluation.refresh_from_db()
    assert permissions.can_move(admin, evaluation, "review")
    judge(link, ministry, REJECTED)
    refusal = permissions.can_move(admin, evaluation, "review")
    assert not refusal and "1 klaim" in refusal.reason
    with pytest.raises(PermissionDenied):
        move(evaluation, "review", version=evaluation.version, by=admin)
    accept(link, ministry, level="0", reason="Bukan dokumen kota ini.")
    assert scorecard(evaluation, with_scores=True).total.supported == 0
    assert permissions.can_move(admin, evaluation, "review")


def test_the_award_waits_for_verdicts_and_for_documents(evaluation, link, province):
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.FINAL)
    evaluation.refresh_from_db()
    admin, judging = make_user(Role.NATIONAL_ADMIN), make_user(Role.EVALUATOR)
    Allotment.objects.create(evaluation=evaluation, evaluator=judging)
    assert "belum dinilai" in permissions.can_move(admin, evaluation, "award").reason
    make_score(answer=link.answer)
    assert "belum diputuskan" in permissions.can_move(admin, evaluation, "award").reason
    decide_award(evaluation, by=admin)
    assert permissions.can_move(admin, evaluation, "award")
    judge(link, judging, REJECTED)
    assert "kehilangan semua dokumennya" in permissions.can_move(admin, evaluation, "award").reason


def test_a_later_judge_may_accept_what_an_earlier_one_rejected(evaluation, link, province):
    judge(link, province, REJECTED)
    accept(link, province, level="0.2", reason="Kurang.")
    ministry = later(evaluation)
    assert accept(link, ministry).verdict == Verdict.ACCEPTED


def test_what_is_in_quarantine_or_was_taken_off_is_no_proof(link, province):
    infected = make_revision(region=link.answer.evaluation.region, content=make_pdf("lain"))
    StoredFile.objects.filter(pk=infected.file_id).update(state=FileState.QUARANTINED)
    make_link(answer=link.answer, revision=infected)
    make_link(answer=link.answer, removed_at="2025-01-01T00:00Z")
    judge(link, province, REJECTED)
    with pytest.raises(Contradiction):
        accept(link, province)


def test_a_new_revision_opens_the_claim_again(link, province):
    judge(link, province, REJECTED)
    revised(link)
    assert accept(link, province).verdict == Verdict.ACCEPTED


@pytest.mark.parametrize("why", ["wants nothing", "only optional", "earns nothing", "does not apply", "no document"])
def test_a_claim_that_stands_on_no_document_is_accepted_whatever_was_rejected(evaluation, province, why):
    question = Question.objects.get(code=PROVEN, indicator__cluster__instrument=evaluation.cycle.instrument)
    value: dict[str, Any] = {}
    if why == "wants nothing":
        question.wants = []
    if why == "only optional":
        question.wants = [{"key": "data", "label": "Data", "optional": True}]
    if why == "earns nothing":
        value = {"value": "0"}
    if why == "does not apply":
        question.may_be_inapplicable = True
        value = {"value": NOT_APPLICABLE, "note": "Tidak ada."}
    question.save()
    answer = make_answer(evaluation=evaluation, code=PROVEN, **value)
    if why != "no document":
        judge(make_link(answer=answer), province, REJECTED)
    scores.score_answer(answer, answer_version=1, score_version=0, level="", reason="", by=province)
    assert Score.objects.get().verdict == Verdict.ACCEPTED
    if why != "no document":
        judge(make_link(answer=answer), province, REJECTED)


def test_accept_all_skips_what_has_lost_all_its_proof_and_counts_it(evaluation, link, province):
    other = make_answer(evaluation=evaluation, code="3.1")
    judge(link, province, REJECTED)
    seen = [(link.answer_id, 1), (other.pk, 1)]
    assert scores.accept_all(evaluation, seen=seen, by=province) == (1, 1)
    assert list(Score.objects.values_list("answer", flat=True)) == [other.pk]


def test_an_accepted_claim_is_supported_and_never_without_a_document_that_stands(evaluation, link, province):
    """Whatever the order of steps, no accepted claim is left whose documents were all rejected."""
    steps = [
        lambda: judge(link, province, REJECTED), lambda: accept(link, province),
        lambda: withdraw(link, province, 1), lambda: accept(link, province),
        lambda: judge(link, province, REJECTED),
    ]  # fmt: skip
    refused = []
    for number, step in enumerate(steps):
        try:
            step()
        except Contradiction:
            refused.append(number)
        rejected = EvidenceVerdict.objects.filter(verdict=REJECTED).exists()
        assert not (rejected and Score.objects.filter(verdict=Verdict.ACCEPTED).exists())
    assert refused == [1, 4]
    card = scorecard(evaluation, with_scores=True)
    assert card.total.supported == card.total.claimed == 120


def test_an_unrelated_question_is_not_asked(evaluation, link, province):
    make_score(answer=make_answer(evaluation=evaluation, code="3.1"))
    judge(link, province, REJECTED)
    assert EvidenceVerdict.objects.get().verdict == REJECTED
