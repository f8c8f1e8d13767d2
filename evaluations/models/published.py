"""Results that others have published, never mixed with the portal's own."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from evaluations.enums import PublishedPredicate, PublishedStage
from regions.models import Region


class PublishedResultQuerySet(models.QuerySet["PublishedResult"]):
    def visible_to(self, user: Any) -> "PublishedResultQuerySet":
        """They come from public sources: open to everybody signed in."""
        return self if user.is_authenticated else self.none()

    def ranked(self) -> "PublishedResultQuerySet":
        """With `predicate_rank`: 0 without a predicate upwards, None where the source says nothing of it."""
        ranks = [models.When(predicate=code, then=rank) for rank, code in enumerate(PublishedPredicate.values)]
        return self.annotate(predicate_rank=models.Case(*ranks, output_field=models.IntegerField()))


class PublishedResult(models.Model):
    """A result of an earlier year as somebody has published it, with the source. Never mixed with the portal's own.

    `cluster_code` '' is the whole; `score` 0..`maximum` where known; `predicate` a code as in the instruments, "none"
    for published without one, '' where the source says nothing of it.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="published_results", verbose_name="daerah")
    year = models.PositiveSmallIntegerField("tahun")
    stage = models.CharField("tahap", max_length=20, choices=PublishedStage.choices)
    cluster_code = models.CharField("klaster", max_length=10, blank=True)
    score = models.DecimalField("nilai", max_digits=9, decimal_places=3, null=True, blank=True)
    maximum = models.DecimalField("nilai maksimum", max_digits=9, decimal_places=3, null=True, blank=True)
    predicate = models.CharField("predikat", max_length=20, blank=True)
    source_url = models.URLField("sumber", max_length=500)
    note = models.TextField("catatan", blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PublishedResultQuerySet.as_manager()

    class Meta:
        ordering = ["region", "-year", "stage", "cluster_code"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "year", "stage", "cluster_code", "source_url"],
                name="published_result_once_per_source",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=False) | ~Q(predicate=""), name="published_result_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.year}"
