"""What is asked and what it earns: an instrument version, its clusters, indicators and questions.

Weights, bands, options and predicate rules are data of the version, never literals. What a question's answer earns
stands in `Question.rule`, one JSON document per question that `clusters.scoring` alone interprets: it is always read
whole, together with the answer, and an editor or a spreadsheet maps onto it without a table per question kind.
"""

from typing import Any

from django.db import models
from django.db.models import Q

from clusters.enums import InstrumentState, QuestionKind, Source


class InstrumentQuerySet(models.QuerySet["Instrument"]):
    def visible_to(self, user: Any) -> "InstrumentQuerySet":
        """Published versions are open to everybody signed in; drafts to national admins."""
        if not user.is_authenticated:
            return self.none()
        if user.acts_as("national_admin"):
            return self
        return self.filter(state=InstrumentState.PUBLISHED)


class Instrument(models.Model):
    """One version of the questions, weights and bands. A published version never changes."""

    code = models.SlugField("kode", max_length=40, unique=True)
    name = models.CharField("nama", max_length=160)
    version = models.CharField("versi", max_length=20)
    state = models.CharField("status", max_length=10, choices=InstrumentState.choices, default=InstrumentState.DRAFT)
    max_points = models.DecimalField("nilai maksimum", max_digits=8, decimal_places=3)
    predicates = models.JSONField("predikat", default=list)
    assumptions = models.JSONField("asumsi", default=list)
    legal_basis = models.JSONField("dasar hukum", default=list)
    source_url = models.URLField("sumber", max_length=300, blank=True)
    digest = models.CharField("sidik jari", max_length=64, blank=True)

    objects = InstrumentQuerySet.as_manager()

    class Meta:
        ordering = ["-version", "code"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=InstrumentState.values), name="instrument_state_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Cluster(models.Model):
    """Kelembagaan, Klaster I–V, Kelana-Dekela: the seven groups whose maxima add up to the instrument's."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="clusters")
    code = models.CharField("kode", max_length=10)
    name = models.CharField("nama", max_length=160)
    max_points = models.DecimalField("nilai maksimum", max_digits=8, decimal_places=3)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["instrument", "code"], name="cluster_code_once")]

    def __str__(self) -> str:
        return self.name


class Indicator(models.Model):
    """One of the 24 indicators (1–24) or a lettered part of one (21A), or the Kelana (25) and Dekela (26) blocks."""

    cluster = models.ForeignKey(Cluster, models.CASCADE, related_name="indicators")
    number = models.CharField("nomor", max_length=6)
    name = models.CharField("nama", max_length=300)
    description = models.TextField("uraian", blank=True)
    max_points = models.DecimalField("nilai maksimum", max_digits=8, decimal_places=3)
    source = models.CharField("sumber", max_length=12, choices=Source.choices)
    note = models.TextField("catatan", blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["cluster", "number"], name="indicator_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Question(models.Model):
    """What is answered and scored (ukuran).

    rule    what the answer earns, as `clusters.scoring.parse_rule` reads it
    owners  kinds of agency (`regions.enums.AgencyKind`), the lead first
    wants   evidence wanted: a list of {"key": slug, "label": Indonesian text}
    """

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="questions")
    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="questions")
    code = models.CharField("kode", max_length=12)
    text = models.TextField("pertanyaan")
    guidance = models.TextField("petunjuk", blank=True)
    kind = models.CharField("jenis", max_length=12, choices=QuestionKind.choices)
    max_points = models.DecimalField("nilai maksimum", max_digits=8, decimal_places=3)
    rule = models.JSONField(default=dict)
    owners = models.JSONField(default=list)
    wants = models.JSONField(default=list)
    source = models.CharField("sumber", max_length=12, choices=Source.choices)
    note = models.TextField("catatan", blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["instrument", "code"], name="question_code_once"),
            models.CheckConstraint(condition=Q(kind__in=QuestionKind.values), name="question_kind_known"),
            models.CheckConstraint(condition=Q(max_points__gt=0), name="question_earns_something"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"
