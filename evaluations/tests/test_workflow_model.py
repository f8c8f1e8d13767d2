"""The workflow against a model of it in plain Python: anything, done by anybody, in any order.

`Model` says in a few lines what may happen; `Machine` tries actions on the services, expects exactly what the model
says, and compares the database with it after every step: stages, answers, signature, decision, and the trail, which
must hold one event for each thing that happened and none for what was refused.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import ORDER, AnswerState, ReopenKind, Stage
from evaluations.models import Answer, Award, Evaluation, Reopening, Score, Seat, StageWindow
from evaluations.services.answers import save_answer
from evaluations.services.awards import decide_award
from evaluations.services.declarations import declare
from evaluations.services.reopening import reopen
from evaluations.services.reviews import review_answer
from evaluations.services.scores import score_answer
from evaluations.services.seats import remove_seat, set_seat
from evaluations.services.workflow import move
from evaluations.stages import STEPS
from evaluations.tests.make import make_evaluation, people
from evidence.tests.make import make_revision
from kla_portal.lib.versions import Stale
from trail.models import Event

SELF, REVIEW, ADMIN, FIELD = (
    Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW, Stage.ADMIN_VERIFICATION, Stage.FIELD_VERIFICATION,
)  # fmt: skip
MINISTRY = (Stage.MINISTRY_REVIEW, FIELD, Stage.FINAL)
WHO = (
    "operator", "other_operator", "coordinator", "task_force", "member", "viewer", "unit_operator", "province",
    "evaluator", "idle_evaluator", "admin", "sister", "far", "far_province", "retired",
)  # fmt: skip
CODES = ("1.1", "2.1")
CLAIMS: dict[str, dict[int | None, Any]] = {
    "1.1": {1: "yes", 0: "no", None: None}, "2.1": {1: "100", 0: "0", None: None},
}  # fmt: skip
NEXT = {
    SELF: (("coordinator", "hand_in"),) * 2, REVIEW: (("task_force", "sign_off"), ("coordinator", "submit")),
    ADMIN: (("province", "verify"),) * 2, MINISTRY[0]: (("admin", "review"),) * 2, FIELD: (("admin", "visit"),) * 2,
    Stage.FINAL: (("admin", "award"),) * 2,
}  # fmt: skip
"""The way on from a stage: before the chair has signed, and after."""


@dataclass
class Model:
    """What the workflow is, apart from documents, texts and names. `moved` counts the changes of an answer; a verdict
    is (stage, what the answer had moved to, points of one)."""

    stage: str
    state: dict[str, str]
    claim: dict[str, int | None]
    signed: bool = False
    declared: bool = False
    decided: int | None = None
    moved: Counter[str] = field(default_factory=Counter)
    said: dict[str, bool] = field(default_factory=dict)
    verdicts: dict[str, dict[str, tuple[int, int]]] = field(default_factory=lambda: {code: {} for code in CODES})
    seats: dict[str, bool] = field(default_factory=dict)
    shut: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    events: list[str] = field(default_factory=list)

    def runs(self, stage: str) -> bool:
        return stage not in self.shut

    def waits(self) -> bool:
        return bool({"answered", "returned"} & set(self.state.values()))

    def valid(self, code: str) -> list[int]:
        """Verdicts on the answer as it is now, the newest stage last."""
        found = sorted(self.verdicts[code].items(), key=lambda item: ORDER.index(item[0]))
        return [points for _, (moved, points) in found if moved == self.moved[code]]

    def answered(self) -> list[str]:
        return [code for code in CODES if self.state[code] != "empty"]

    def settled(self) -> bool:
        return not self.opened and all(self.valid(code) or not self.verdicts[code] for code in self.answered())

    def judged(self) -> bool:
        return all(self.valid(code) for code in self.answered())

    def points(self) -> int:
        return sum(self.valid(code)[-1] for code in self.answered())

    def writes(self, who: str, code: str) -> bool:
        if who != "coordinator" and (who, code) != ("operator", "2.1"):
            return False
        if self.stage in (SELF, REVIEW):
            returned = self.state[code] != "approved" and self.said.get(code) is False
            return (self.stage == SELF or returned) and self.runs(self.stage)
        return code in self.opened

    def reviews(self, who: str) -> bool:
        sits = who in self.seats if self.seats else who in ("task_force", "member")
        return self.stage == REVIEW and sits and self.runs(REVIEW)

    def scores(self, who: str) -> bool:
        judge = {ADMIN: "province"} | dict.fromkeys(MINISTRY, "evaluator")
        return judge.get(Stage(self.stage)) == who and self.runs(self.stage)

    def may(self, who: str, action: str) -> bool:
        """One arrow of the workflow, said once more in other words than the portal's."""
        if self.stage != STEPS[action].source:
            return False
        ways: dict[str, Callable[[], bool]] = {
            "hand_in": lambda: who == "coordinator" and self.runs(REVIEW) and bool(self.answered()),
            "call_back": lambda: who == "coordinator" and self.runs(SELF),
            "sign_off": lambda: self.seats.get(who, False) and self.runs(REVIEW) and not (self.signed or self.waits()),
            "submit": lambda: who == "coordinator" and self.runs(REVIEW) and self.signed and self.declared
            and not self.waits(),
            "verify": lambda: self.settled() and (who == "admin" or (who == "province" and all(
                self.verdicts[code].get(ADMIN, (-1,))[0] == self.moved[code] for code in self.answered()))),
            "review": lambda: who == "admin" and self.settled(),
            "visit": lambda: who == "admin" and self.settled(),
            "award": lambda: who == "admin" and self.settled() and self.judged() and self.decided == self.points(),
        }  # fmt: skip
        return ways[action]()

    def step(self, action: str) -> None:
        self.stage = STEPS[action].target
        self.signed = action == "sign_off" or (self.signed and action != "call_back")

    def unsign(self) -> None:
        if self.signed and self.stage in (SELF, REVIEW):
            self.signed = False
            self.events.append("evaluation.unsign")


class Machine(RuleBasedStateMachine):
    """Each example runs in a savepoint of its own on one world, made once."""

    world: "dict[str, Any]"
    done: Counter[str]

    @initialize(stage=st.sampled_from(ORDER[:-1]), filled=st.booleans(), walk=st.integers(0, 5))
    def begin(self, stage: str, filled: bool, walk: int) -> None:
        """Somewhere on the way, and a few steps on from there as they should be taken."""
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.note = 0
        self.evaluation: Evaluation = self.world["evaluation"]
        late = stage not in (SELF, REVIEW)
        state = (AnswerState.APPROVED if late else AnswerState.ANSWERED) if late or filled else AnswerState.EMPTY
        claims: dict[str, int | None] = dict.fromkeys(CODES, None if state == "empty" else 1)
        for code in CODES:
            of_code = Answer.objects.filter(evaluation=self.evaluation, question__code=code)
            of_code.update(state=state, value=CLAIMS[code][claims[code]])
        at = timezone.now() if late else None
        declared = self.world["declaration"] if late else None
        Evaluation.objects.filter(pk=self.evaluation.pk).update(stage=stage, signed_off_at=at, declaration=declared)
        self.model = Model(stage, dict.fromkeys(CODES, str(state)), claims, signed=late, declared=late)
        self.before = Event.objects.about(self.evaluation.subject).count()
        for _ in range(walk):
            if self.model.stage != Stage.AWARDED:
                self.everybody_does_their_part()
                self._move(*NEXT[Stage(self.model.stage)][self.model.signed])

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def expect(self, allowed: bool, act: Callable[[], Any], *events: str) -> bool:
        """Do it; it succeeds exactly when the model says so. Adds what the trail must hold then."""
        self.done["asked"] += 1
        try:
            act()
        except (PermissionDenied, Stale):
            assert not allowed, "refused, and the model allows it"
            return False
        assert allowed, "done, and the model forbids it"
        self.model.events += events
        self.done[events[-1]] += 1
        return True

    def fresh(self) -> Evaluation:
        return Evaluation.objects.get(pk=self.evaluation.pk)

    def answer(self, code: str) -> Answer:
        return Answer.objects.select_related("question").get(evaluation=self.evaluation, question__code=code)

    def _move(self, who: str, action: str, stale: bool = False) -> None:
        now, by = self.fresh(), self.world[who]
        allowed = self.model.may(who, action) and not stale
        version = now.version - stale
        if self.expect(allowed, lambda: move(now, action, version=version, by=by), f"evaluation.{action}"):
            self.model.step(action)

    @rule(who=st.sampled_from(WHO), action=st.sampled_from(list(STEPS)), stale=st.integers(0, 9))
    def anybody_moves(self, who: str, action: str, stale: int) -> None:
        self._move(who, action, stale == 0)

    @rule(data=st.data(), prepared=st.sampled_from((True, True, False)))
    def the_right_one_moves(self, data: st.DataObject, prepared: bool) -> None:
        """Whoever the table names for a step that leaves the present stage; random people rarely come that far."""
        steps = [step for step in STEPS.values() if step.source == self.model.stage]
        if steps:
            if prepared:
                self.everybody_does_their_part()
            step = data.draw(st.sampled_from(steps))
            short = {Role.PROVINCE_VERIFIER: "province", Role.NATIONAL_ADMIN: "admin"}
            roles = sorted(step.roles)
            self._move(short.get(Role(role := data.draw(st.sampled_from(roles))), role), step.action)

    @rule()
    def everybody_does_their_part(self) -> None:
        """What the next step waits for, each by whom it concerns, as far as the calendar lets them."""
        self.what_was_open_by_name_runs_out()
        judge = "province" if self.model.stage == ADMIN else "evaluator"
        if self.model.signed and self.model.stage == REVIEW:
            return
        for code in CODES:
            if self.model.stage == SELF:
                self.anybody_answers("coordinator", code, 1)
            elif self.model.stage == REVIEW:
                self.anybody_reviews("task_force", code, True)
            elif self.model.stage != Stage.AWARDED:
                self.anybody_judges(judge, code, False)
        if self.model.stage in (SELF, REVIEW):
            self.anybody_seats("coordinator", "task_force", True)
            self.anybody_declares("coordinator")
        if self.model.stage == Stage.FINAL:
            self.anybody_decides("admin")

    @rule(who=st.sampled_from(WHO), code=st.sampled_from(CODES), claim=st.sampled_from([1, 1, 0, None]))
    def anybody_answers(self, who: str, code: str, claim: int | None) -> None:
        self.note += 1
        answer, note, value = self.answer(code), f"catatan {self.note}", CLAIMS[code][claim]
        act = lambda: save_answer(answer, version=answer.version, value=value, note=note, by=self.world[who])  # noqa: E731
        if self.model.writes(who, code):
            self.model.unsign()
        if self.expect(self.model.writes(who, code), act, "answer.save"):
            self.model.state[code] = "empty" if claim is None else "answered"
            self.model.claim[code] = claim
            self.model.moved[code] += 1

    @rule(who=st.sampled_from(("task_force", "member", *WHO)), code=st.sampled_from(CODES), approved=st.booleans())
    def anybody_reviews(self, who: str, code: str, approved: bool) -> None:
        answer, allowed = self.answer(code), self.model.reviews(who) and self.model.state[code] != "empty"
        act = lambda: review_answer(  # noqa: E731
            answer, version=answer.version, approved=approved, reason="kurang jelas", by=self.world[who]
        )
        if allowed:
            self.model.unsign()
        if self.expect(allowed, act, "answer.approve" if approved else "answer.return"):
            self.model.state[code] = "approved" if approved else "returned"
            self.model.said[code] = approved
            self.model.moved[code] += 1

    @rule(
        who=st.sampled_from(("province", "evaluator", "evaluator", *WHO)),
        code=st.sampled_from(CODES),
        lower=st.booleans(),
    )
    def anybody_judges(self, who: str, code: str, lower: bool) -> None:
        answer, model = self.answer(code), self.model
        allowed = model.scores(who) and model.state[code] != "empty" and code not in model.opened
        level = "no" if lower and code == "1.1" else ""
        stored = Score.objects.filter(answer=answer, stage=model.stage).first()
        act = lambda: score_answer(  # noqa: E731
            answer, answer_version=answer.version, score_version=stored.version if stored else 0, level=level,
            reason="dokumen belum sah", by=self.world[who],
        )  # fmt: skip
        if self.expect(allowed, act, "answer.score"):
            points = 0 if level else model.claim[code]
            assert points is not None
            model.verdicts[code][model.stage] = (model.moved[code], points)

    @rule(who=st.sampled_from(("admin", "admin", *WHO)))
    def anybody_decides(self, who: str) -> None:
        now, model = self.fresh(), self.model
        allowed = model.stage == Stage.FINAL and who == "admin" and model.settled() and model.judged()
        version = getattr(Award.objects.filter(evaluation=now).first(), "version", 0)
        act = lambda: decide_award(now, version=version, by=self.world[who])  # noqa: E731
        if self.expect(allowed, act, "evaluation.decide"):
            model.decided = model.points()

    @rule(who=st.sampled_from(("coordinator", "coordinator", *WHO)))
    def anybody_declares(self, who: str) -> None:
        early = self.model.stage in (SELF, REVIEW) and self.model.runs(REVIEW)
        if self.model.declared and early and who == "coordinator":
            return  # the same document again is nothing new
        act = lambda: declare(self.fresh(), self.world["declaration"], by=self.world[who])  # noqa: E731
        if self.expect(early and who == "coordinator", act, "evaluation.declare"):
            self.model.declared = True

    @rule(
        who=st.sampled_from(("coordinator", "coordinator", *WHO)),
        member=st.sampled_from(("task_force", "member")),
        chair=st.booleans(),
    )
    def anybody_seats(self, who: str, member: str, chair: bool) -> None:
        act = lambda: set_seat(self.fresh(), self.world[member], is_chair=chair, by=self.world[who])  # noqa: E731
        if self.expect(who == "coordinator" and self.model.stage in (SELF, REVIEW), act, "evaluation.seat"):
            if chair:
                self.model.seats = dict.fromkeys(self.model.seats, False)
            self.model.seats[member] = chair

    @rule(who=st.sampled_from(("coordinator", *WHO)), member=st.sampled_from(("task_force", "member")))
    def anybody_unseats(self, who: str, member: str) -> None:
        seat = Seat.objects.filter(evaluation=self.evaluation, member=self.world[member]).first()
        if seat is None:
            return
        act = lambda: remove_seat(seat, version=seat.version, by=self.world[who])  # noqa: E731
        if self.expect(who == "coordinator" and self.model.stage in (SELF, REVIEW), act, "evaluation.unseat"):
            del self.model.seats[member]

    @rule(
        who=st.sampled_from(("province", "evaluator", "admin", *WHO)),
        code=st.sampled_from(CODES),
        kind=st.sampled_from((ReopenKind.ASK, ReopenKind.FIELD)),
    )
    def anybody_opens_again(self, who: str, code: str, kind: str) -> None:
        model = self.model
        if kind == ReopenKind.ASK:
            allowed = model.scores(who)
        else:
            allowed = model.stage in MINISTRY[1:] and (
                model.scores(who) or (who == "admin" and model.runs(model.stage))
            )
        until = timezone.now() + timedelta(days=1)
        act = lambda: reopen([self.answer(code)], kind=kind, until=until, reason="mohon jelaskan", by=self.world[who])  # noqa: E731
        if self.expect(allowed and code not in model.opened, act, "answer.reopen"):
            model.opened.add(code)

    @rule()
    def what_was_open_by_name_runs_out(self) -> None:
        day = timedelta(days=1)
        held = Reopening.objects.filter(answer__evaluation=self.evaluation)
        held.update(at=timezone.now() - 2 * day, until=timezone.now() - day)
        self.model.opened.clear()

    @rule(stage=st.sampled_from(ORDER[:-1]), runs=st.sampled_from((True, True, True, True, False)))
    def the_calendar_moves(self, stage: str, runs: bool) -> None:
        now, month = timezone.now(), timedelta(days=30)
        times = (now - month, now + month) if runs else (now - 2 * month, now - month)
        StageWindow.objects.update_or_create(
            cycle=self.evaluation.cycle, stage=stage, defaults=dict(zip(("opens_at", "closes_at"), times, strict=True))
        )
        (self.model.shut.discard if runs else self.model.shut.add)(stage)

    @invariant()
    def the_database_agrees(self) -> None:
        if not hasattr(self, "model"):
            return
        now, model = self.fresh(), self.model
        states = dict(Answer.objects.filter(evaluation=now).values_list("question__code", "state"))
        assert now.stage == model.stage
        assert {code: states[code] for code in CODES} == model.state
        assert (now.signed_off_at is not None, now.declaration_id is not None) == (model.signed, model.declared)
        assert Award.objects.filter(evaluation=now).exists() == (model.decided is not None)
        assert dict(Seat.objects.filter(evaluation=now).values_list("member", "is_chair")) == {
            self.world[who].pk: chair for who, chair in model.seats.items()
        }
        assert (now.awarded_at is not None) == (model.stage == Stage.AWARDED)
        written = [event.action for event in Event.objects.about(now.subject)[::-1]][self.before :]
        assert written == model.events


@pytest.fixture
def machine(db: None) -> Iterator[type[Machine]]:
    evaluation = make_evaluation()
    everybody: dict[str, Any] = dict(people(evaluation))
    world = everybody | {
        "evaluation": evaluation,
        "member": make_user(Role.TASK_FORCE, evaluation.region),
        "declaration": make_revision(region=evaluation.region),
    }
    yield type("Machine", (Machine,), {"world": world, "done": Counter()})


QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


def run(machine: type[Machine], examples: int, steps: int, *, same: bool) -> Counter[str]:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=same,
            database=None,
            suppress_health_check=QUIET,
        ),
    )
    return machine.done


def test_any_order_of_actions_by_anybody(machine: type[Machine]) -> None:
    done = run(machine, 25, 20, same=True)
    assert done["asked"] >= 500
    moves = {action: done[f"evaluation.{action}"] for action in STEPS}
    assert sum(moves.values()) >= 40, moves
    assert len([action for action, times in moves.items() if times]) >= 6, moves


@pytest.mark.slow
def test_any_order_of_very_many_actions(machine: type[Machine]) -> None:
    done = run(machine, 400, 70, same=False)
    assert done["asked"] >= 10_000
    assert all(done[f"evaluation.{action}"] for action in STEPS), done
