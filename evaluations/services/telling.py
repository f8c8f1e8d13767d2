"""Who is told what in the portal's inbox: one function for each occasion, called just before the Event is recorded.

All run in the caller's transaction and write once per occasion and person. Nobody is told of what they may not read:
everybody is asked of `permissions` in the role they would be told in. Whoever did it is not told. Titles may leave the
portal by mail, so they hold neither names of people nor anything of an answer.
"""

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from accounts.enums import Role
from accounts.models import Membership, Notice, User
from accounts.services.notices import notify
from evaluations import permissions
from evaluations.enums import Stage
from evaluations.models import Allotment, Answer, Assignment, Evaluation
from evaluations.stages import Step
from kla_portal.lib.dates import both_zones
from kla_portal.lib.decision import Decision

May = Callable[[Any, Evaluation], Decision]
OFFICE = (Role.COORDINATOR, Role.TASK_FORCE, Role.VIEWER)
MINISTRY = (Stage.MINISTRY_REVIEW, Stage.FIELD_VERIFICATION, Stage.FINAL)


# --- who ------------------------------------------------------------------------------------------------------------
def of_region(
    evaluation: Evaluation, *roles: str, agencies: Iterable[int] | None = None, may: May = permissions.can_read_progress
) -> list[User]:
    """The people who hold one of these roles in the region now and `may`; operators of these agencies (pks) only."""
    rows = Membership.objects.filter(role__in=roles, region=evaluation.region_id)
    if agencies is not None:
        rows = rows.filter(agency__in=list(agencies)) | rows.exclude(role=Role.OPERATOR)
    return _acting(rows, evaluation, may)


def judges(evaluation: Evaluation, stage: str) -> list[User]:
    """Whose turn it is in a stage: the verifiers of the province, or the evaluators whom it is allotted to."""
    if stage == Stage.ADMIN_VERIFICATION:
        rows = Membership.objects.filter(role=Role.PROVINCE_VERIFIER, region=evaluation.region.parent_code)
    elif stage in MINISTRY:
        allotted = Allotment.objects.filter(evaluation=evaluation).values("evaluator")
        rows = Membership.objects.filter(role=Role.EVALUATOR, user__in=allotted)
    else:
        return []
    return _acting(rows, evaluation, permissions.can_read_progress)


def readers(evaluation: Evaluation, people: Iterable[User], may: May = permissions.can_read_answers) -> list[User]:
    """Those of `people` who `may`, in any role they hold now."""
    return _acting(Membership.objects.filter(user__in=[each.pk for each in people]), evaluation, may)


def _acting(rows: Any, evaluation: Evaluation, may: May) -> list[User]:
    found: dict[int, User] = {}
    held = rows.current().filter(user__is_active=True).select_related("user", "region", "agency")
    for membership in held.order_by("user_id", "pk"):
        user = membership.user
        user.acting = membership
        if user.pk not in found and may(user, evaluation):
            found[user.pk] = user
    return list(found.values())


def _but(people: Iterable[User], by: Any) -> list[User]:
    return [each for each in people if by is None or each.pk != by.pk]


def holders(evaluation: Evaluation, questions: Iterable[int]) -> set[int]:
    """The agencies (pks) that lead or help with any of these questions (pks). One query."""
    rows = Assignment.objects.filter(evaluation=evaluation, question__in=list(questions))
    return set(rows.values_list("agency", flat=True))


def _writers(evaluation: Evaluation, questions: Iterable[int]) -> list[User]:
    """The operators of the agencies that hold these questions, and the coordinator."""
    agencies = holders(evaluation, questions)
    return of_region(evaluation, Role.OPERATOR, Role.COORDINATOR, agencies=agencies, may=permissions.can_read_answers)


# --- the region's own work ------------------------------------------------------------------------------------------
def returned(answer: Answer, *, by: Any) -> None:
    """The task force has returned an answer: its agencies and the coordinator. `answer` as it is saved."""
    notify(
        _but(_writers(answer.evaluation, [answer.question_id]), by),
        key=f"returned:{answer.pk}:{answer.version}",
        title=f"Jawaban {answer.question.code} dikembalikan gugus tugas",
        text="Alasannya ada pada halaman pertanyaan. Jawaban terbuka lagi bagi perangkat daerah Anda.",
        url=answer.get_absolute_url(),
    )


def approved(evaluation: Evaluation, answers: list[Answer], *, by: Any) -> None:
    """The task force has approved answers: those who hold them, once for all that were approved together."""
    if answers:
        last = max(answers, key=lambda answer: answer.pk)
        notify(
            _but(_writers(evaluation, [answer.question_id for answer in answers]), by),
            key=f"approved:{last.pk}:{last.version}",
            title="Gugus tugas menyetujui jawaban perangkat daerah Anda",
            url=evaluation.get_absolute_url(),
        )


def assigned(evaluation: Evaluation, agencies: Iterable[int], *, by: Any) -> None:
    """Agencies (pks) hold other questions than before: their operators, who get one unread word of it at a time."""
    people = _but(of_region(evaluation, Role.OPERATOR, agencies=agencies), by)
    kind = f"assigned:{evaluation.pk}:"
    waiting = set(
        Notice.objects.filter(key__startswith=kind, user__in=people, read_at=None).values_list("user_id", flat=True)
    )
    notify(
        [each for each in people if each.pk not in waiting],
        key=f"{kind}{uuid.uuid4()}",
        title=f"Pembagian pertanyaan diubah: {evaluation}",
        text="Ada pertanyaan yang menjadi atau bukan lagi bagian perangkat daerah Anda.",
        url=evaluation.get_absolute_url(),
    )


def talked(answer: Answer, people: Iterable[User], *, key: str, url: str, mentioned: bool, by: Any) -> None:
    """Somebody was named in a conversation, or answered in one. The caller names only people of its audience; who may
    not read the answers any more is left out. `key` is the comment's."""
    what = "Anda disebut dalam" if mentioned else "Ada balasan dalam"
    notify(
        _but(readers(answer.evaluation, people), by),
        key=f"talk:{key}",
        title=f"{what} percakapan pertanyaan {answer.question.code}",
        url=url,
    )


# --- stages and their time ------------------------------------------------------------------------------------------
def moved(evaluation: Evaluation, step: Step, *, by: Any) -> None:
    """A step was taken: the region's office, those who write where it opens or locks answers, everybody of the region
    at the end; and the judges whose turn begins."""
    here: tuple[str, ...] = OFFICE if step.action in {"verify", "review", "visit"} else (*OFFICE, Role.OPERATOR)
    if step.action == "sign_off":
        here = (Role.COORDINATOR, Role.TASK_FORCE)
    now = "Hasil ditetapkan" if step.target == Stage.AWARDED else step.target.label
    notify(
        _but(of_region(evaluation, *here), by),
        key=f"moved:{evaluation.pk}:{evaluation.version}",
        title=(
            f"Telaah disahkan ketua gugus tugas: {evaluation}" if step.action == "sign_off" else f"{now}: {evaluation}"
        ),
        text=step.consequence,
        url=evaluation.get_absolute_url(),
    )
    if step.source != step.target:
        notify(
            _but(judges(evaluation, step.target), by),
            key=f"turn:{evaluation.pk}:{evaluation.version}",
            title=f"Giliran Anda menilai: {evaluation} ({step.target.label})",
            url=evaluation.get_absolute_url(),
        )


def extended(evaluation: Evaluation, stage: str, *, until: datetime, key: str, by: Any) -> None:
    """More time was given: the region's office and operators, and who judges in that stage. `key`: the extension's."""
    people = [*of_region(evaluation, *OFFICE, Role.OPERATOR), *judges(evaluation, stage)]
    notify(
        _but(people, by),
        key=f"extended:{key}",
        title=f"{Stage(stage).label} diperpanjang sampai {both_zones(until, evaluation.region_id)}: {evaluation}",
        url=evaluation.get_absolute_url(),
    )


def extension_withdrawn(evaluation: Evaluation, stage: str, *, key: str, by: Any) -> None:
    """An extension was taken back: whoever was told of it."""
    people = [*of_region(evaluation, *OFFICE, Role.OPERATOR), *judges(evaluation, stage)]
    notify(
        _but(people, by),
        key=f"withdrawn:{key}",
        title=f"Perpanjangan {Stage(stage).label} dicabut: {evaluation}",
        text="Batas waktu yang berlaku ada pada halaman evaluasi.",
        url=evaluation.get_absolute_url(),
    )


# --- submission, judging, result ------------------------------------------------------------------------------------
def receipted(evaluation: Evaluation, *, number: str, url: str, by: Any) -> None:
    """A receipt was written: the region's office has it from its own page."""
    notify(
        of_region(evaluation, Role.COORDINATOR, Role.VIEWER),
        key=f"receipt:{number}",
        title=f"Tanda terima {number}: {evaluation}",
        url=url,
    )


def asked(evaluation: Evaluation, answers: Iterable[Answer], *, until: datetime, key: str, by: Any) -> None:
    """Answers are open again by name, or a judge asks something of them: their agencies and the coordinator, once for
    all that were opened together. `key`: that of the batch."""
    several = list(answers)
    if several:
        names = ", ".join(answer.question.code for answer in several[:5]) + ("…" if len(several) > 5 else "")
        notify(
            _but(_writers(evaluation, [answer.question_id for answer in several]), by),
            key=f"asked:{key}",
            title=f"Terbuka lagi sampai {both_zones(until, evaluation.region_id)}: {names}",
            text="Yang diminta ada pada halaman pertanyaan. Pertanyaan lain tetap terkunci.",
            url=several[0].get_absolute_url() if len(several) == 1 else evaluation.get_absolute_url(),
        )


def repaired(evaluation: Evaluation, answers: Iterable[Answer], *, key: str, by: Any) -> None:
    """The region is done with what was opened again: the judges of the present stage."""
    several = list(answers)
    if several:
        notify(
            _but(judges(evaluation, evaluation.stage), by),
            key=f"repaired:{key}",
            title=f"Daerah sudah melengkapi {len(several)} pertanyaan: {evaluation}",
            url=evaluation.get_absolute_url(),
        )


def released(evaluation: Evaluation, stage: str, *, url: str, by: Any) -> None:
    """The result of a judged stage is open to the region: its office and the operators."""
    notify(
        _but(of_region(evaluation, *OFFICE, Role.OPERATOR), by),
        key=f"released:{evaluation.pk}:{stage}",
        title=f"Hasil {Stage(stage).label} terbuka: {evaluation}",
        url=url,
    )


def seated(evaluation: Evaluation, member: User, *, is_chair: bool, key: str, by: Any) -> None:
    """A member of the task force was given clusters or the chair. `key` tells one change of the seat from the next."""
    notify(
        _but(readers(evaluation, [member], permissions.can_read_progress), by),
        key=f"seat:{evaluation.pk}:{key}",
        title=f"Anda {'memimpin' if is_chair else 'duduk dalam'} gugus tugas: {evaluation}",
        url=evaluation.get_absolute_url(),
    )


def allotted(evaluation: Evaluation, evaluator: User, *, key: str, by: Any) -> None:
    """An evaluation was given to an evaluator. Told also before the region has submitted; its page opens then."""
    notify(
        _but([evaluator], by),
        key=f"allotted:{evaluation.pk}:{key}",
        title=f"Anda ditugasi menilai: {evaluation}",
        text="Halamannya terbuka setelah daerah mengajukan.",
        url=evaluation.get_absolute_url(),
    )


def made(person: User, *, title: str, url: str, key: str) -> None:
    """A report, package or letter that this person asked for is ready."""
    notify([person], key=f"made:{key}", title=title, url=url)
