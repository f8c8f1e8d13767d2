"""Who talks about a question, with whom: audiences are kept apart, and outside of one nobody learns that it talks."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.enums import Role
from evaluations.enums import DRAFTING, Audience, Stage
from evaluations.models import Answer, Comment, Evaluation
from evaluations.permissions.answering import part_of
from evaluations.permissions.judging import judges_it
from evaluations.permissions.reading import of_the_city
from kla_portal.lib.decision import ALLOW, Decision, deny

TAKE_BACK = timedelta(minutes=15)
"""How long one's own comment can be taken back."""


def audiences(user: Any, answer: Answer) -> tuple[Audience, ...]:
    """Those this person belongs to at this question, as `Thread.objects.visible_to` has it."""
    evaluation = answer.evaluation
    if of_the_city(user, evaluation):
        if user.acts_as(Role.COORDINATOR):
            return Audience.AGENCY, Audience.TASK_FORCE
        if user.acts_as(Role.TASK_FORCE):
            return (Audience.TASK_FORCE,)
        if user.acts_as(Role.OPERATOR) and part_of(user, answer):
            return (Audience.AGENCY,)
        return ()
    if evaluation.stage not in DRAFTING and judges_it(user, evaluation):
        return (Audience.JUDGES,)
    return ()


def can_read_talk(user: Any, evaluation: Evaluation) -> Decision:
    """The list of conversations: whoever may belong to an audience in it. What of it they read, the rows decide."""
    if of_the_city(user, evaluation) and user.acts_as(Role.OPERATOR, Role.COORDINATOR, Role.TASK_FORCE):
        return ALLOW
    if evaluation.stage not in DRAFTING and judges_it(user, evaluation):
        return ALLOW
    return deny("Percakapan dibaca perangkat daerah, koordinator, gugus tugas, dan penilai, masing-masing miliknya.")


def can_talk(user: Any, answer: Answer, audience: str) -> Decision:
    """Saying something to an audience: whoever belongs to it, until the result is settled; reading stays."""
    if audience not in audiences(user, answer):
        return deny("Percakapan ini bukan untuk peran Anda.")
    if answer.evaluation.stage == Stage.AWARDED:
        return deny("Hasil sudah ditetapkan. Percakapan masih dapat dibaca, tetapi tidak ditambah lagi.")
    return ALLOW


def can_take_back(user: Any, comment: Comment) -> Decision:
    """One's own words, for a quarter of an hour."""
    if not (talking := can_talk(user, comment.thread.answer, comment.thread.audience)):
        return talking
    if comment.by_id != user.pk:
        return deny("Komentar hanya dapat dihapus penulisnya.")
    if comment.removed_at is not None:
        return deny("Komentar ini sudah dihapus.")
    if timezone.now() - comment.at >= TAKE_BACK:
        return deny("Komentar hanya dapat dihapus dalam 15 menit sejak dikirim.")
    return ALLOW
