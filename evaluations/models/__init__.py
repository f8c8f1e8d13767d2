"""The work: a cycle, each region's evaluation in it, its answers with their evidence, reviews and scores."""

from evaluations.models.answers import (
    Answer,
    AnswerEvidence,
    AnswerEvidenceQuerySet,
    AnswerQuerySet,
    Assignment,
    EvidenceVerdict,
    Reopening,
    needs_proof,
)
from evaluations.models.conversation import Comment, Presence, Thread
from evaluations.models.cycles import (
    Allotment,
    Award,
    Batch,
    Cycle,
    CycleQuerySet,
    Evaluation,
    EvaluationQuerySet,
    Extension,
    InternalDeadline,
    Receipt,
    Seat,
    StageWindow,
)
from evaluations.models.judging import Review, Score, StageTotal
from evaluations.models.published import PublishedResult, PublishedResultQuerySet

__all__ = [
    "Allotment",
    "Answer",
    "AnswerEvidence",
    "AnswerEvidenceQuerySet",
    "AnswerQuerySet",
    "Assignment",
    "Award",
    "Batch",
    "Comment",
    "Cycle",
    "CycleQuerySet",
    "Evaluation",
    "EvaluationQuerySet",
    "EvidenceVerdict",
    "Extension",
    "InternalDeadline",
    "Presence",
    "PublishedResult",
    "PublishedResultQuerySet",
    "Receipt",
    "Reopening",
    "Review",
    "Score",
    "Seat",
    "StageTotal",
    "StageWindow",
    "Thread",
    "needs_proof",
]
