"""What others say of an answer: the task force, the judges of each stage, and what the stage came to."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from evaluations.enums import JUDGED, SCORED, Stage, Verdict
from evaluations.models.answers import Answer
from evaluations.models.cycles import Evaluation


class Review(models.Model):
    """What a task-force member said of one version of an answer: approved, or returned with a reason."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="reviews")
    answer_version = models.PositiveIntegerField()
    approved = models.BooleanField()
    reason = models.TextField("alasan", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(approved=True) | ~Q(reason=""), name="return_has_a_reason"),
        ]

    def __str__(self) -> str:
        return "Disetujui" if self.approved else "Dikembalikan"


class ScoreQuerySet(models.QuerySet["Score"]):
    def standing(self) -> "ScoreQuerySet":
        """Without those that their own stage has outrun: given on a version of the answer that the region has changed
        since. In a stage that is over they are what was judged then."""
        return self.filter(Q(answer_version=F("answer__version")) | ~Q(stage=F("answer__evaluation__stage")))


class Score(models.Model):
    """A judge's verdict on one answer in one stage, bound to the version of the answer that was looked at.

    `fraction` (0..1) of the question's points; `level` is the key of the level given instead of the claim, or
    `scoring.NOT_APPLICABLE` where the judge agrees that the question does not apply.
    """

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="scores")
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices)
    answer_version = models.PositiveIntegerField()
    verdict = models.CharField("putusan", max_length=10, choices=Verdict.choices)
    level = models.CharField("tingkat", max_length=40, blank=True)
    fraction = models.DecimalField(max_digits=13, decimal_places=12)  # as fine as scoring.FRACTION_STEP
    reason = models.TextField("alasan", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["answer", "stage"], name="score_once_per_stage"),
            models.CheckConstraint(condition=Q(stage__in=list(JUDGED)), name="score_in_a_judged_stage"),
            models.CheckConstraint(condition=Q(fraction__gte=0, fraction__lte=1), name="score_is_a_fraction"),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.ACCEPTED) | ~Q(reason=""), name="other_verdict_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} {self.fraction}"


class StageTotal(models.Model):
    """What an evaluation stood at when one of the five scored stages closed, as it was computed then.

    `points` is what the stage gives: the claim in the self-assessment, the verdicts afterwards. All three are exact at
    nine decimals, 0..the instrument's maximum. `clusters`: {cluster code: {"points", "claimed", "supported"}} as
    decimal text. `manage.py recompute --check` computes them anew and compares. The region reads a judged
    stage once it is released.
    """

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="stage_totals")
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices)
    points = models.DecimalField("nilai", max_digits=13, decimal_places=9)
    claimed = models.DecimalField("klaim", max_digits=13, decimal_places=9)
    supported = models.DecimalField("terdukung", max_digits=13, decimal_places=9)
    predicate = models.CharField("predikat", max_length=20)
    clusters = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField("dibuka bagi daerah", null=True, blank=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "stage"], name="stage_total_once"),
            models.CheckConstraint(condition=Q(stage__in=list(SCORED)), name="stage_total_of_a_scored_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} {self.points}"
