"""The forms of the cycle: talk, task force, calendar, batches, receipts; as `tests.security.posts` lists the others."""

from tests.security.filling import SELF, question
from tests.security.post import Post

CYCLE_POSTS = [
    Post(
        "evaluations:question_talk",
        "coordinator",
        question(SELF),
        lambda w: {"does": "open", "audience": "agency", "text": "Mohon SK terbaru", "once": "k"},
        ("+evaluations.thread", "+evaluations.comment"),
        also="thread comment version",
    ),
]
