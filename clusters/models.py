"""What is asked and what it earns: an instrument version, its clusters, indicators and questions.

Weights, bands, options and predicate rules are data of the version, never literals. What a question's answer earns
stands in `Question.rule`, one JSON document per question that `clusters.scoring` alone interprets: it is always read
whole, together with the answer, and an editor or a spreadsheet maps onto it without a table per question kind.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from clusters.enums import Granularity, InstrumentState, Level, QuestionKind, Relation, Source


class InstrumentQuerySet(models.QuerySet["Instrument"]):
    def visible_to(self, user: Any) -> "InstrumentQuerySet":
        """Published versions are open to everybody signed in; drafts to national admins."""
        if not user.is_authenticated:
            return self.none()
        if user.acts_as("national_admin"):
            return self
        return self.filter(state=InstrumentState.PUBLISHED)


class Instrument(models.Model):
    """One edition of the questions, weights and bands: drafted, checked, then published by a second person.

    A published one never changes; a correction is a new one that `corrects` it. `version` guards the draft's own fields
    against lost updates, as in every editable row. `digest` is that of the content when it was last checked.
    """

    code = models.SlugField("kode", max_length=40, unique=True)
    name = models.CharField("nama", max_length=160)
    edition = models.CharField("versi", max_length=20)
    granularity = models.CharField(
        "kedalaman", max_length=10, choices=Granularity.choices, default=Granularity.QUESTIONS
    )
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    state = models.CharField("status", max_length=10, choices=InstrumentState.choices, default=InstrumentState.DRAFT)
    max_points = models.DecimalField("nilai maksimum", max_digits=8, decimal_places=3)
    predicates = models.JSONField("predikat", default=list)
    assumptions = models.JSONField("asumsi", default=list)
    legal_basis = models.JSONField("dasar hukum", default=list)
    source_url = models.URLField("sumber", max_length=300, blank=True)
    digest = models.CharField("sidik jari", max_length=64, blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField("diperiksa", null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField("diterbitkan", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = InstrumentQuerySet.as_manager()

    class Meta:
        ordering = ["-edition", "code"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=InstrumentState.values), name="instrument_state_known"),
            models.CheckConstraint(
                condition=Q(granularity__in=Granularity.values), name="instrument_granularity_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("clusters:instrument_detail", args=[self.code])


class Cluster(models.Model):
    """Kelembagaan, Klaster I–V, Kelana-Dekela: the seven groups whose maxima add up to the instrument's."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="clusters")
    code = models.CharField("kode", max_length=10)
    name = models.CharField("nama", max_length=160)
    max_points = models.DecimalField("nilai maksimum", max_digits=8, decimal_places=3)
    position = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "pk"]
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
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["cluster", "number"], name="indicator_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Question(models.Model):
    """What is answered and scored (ukuran).

    rule    what the answer earns, as `clusters.scoring.parse_rule` reads it
    owners  kinds of agency (`regions.enums.AgencyKind`), the lead first
    wants   evidence wanted: a list of {"key": slug, "label": Indonesian text} and demands, as `clusters.wants` reads it
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
    may_be_inapplicable = models.BooleanField("boleh dinyatakan tidak berlaku", default=False)
    source = models.CharField("sumber", max_length=12, choices=Source.choices)
    note = models.TextField("catatan", blank=True)
    position = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["instrument", "code"], name="question_code_once"),
            models.CheckConstraint(condition=Q(kind__in=QuestionKind.values), name="question_kind_known"),
            models.CheckConstraint(condition=Q(max_points__gt=0), name="question_earns_something"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class MappingQuerySet(models.QuerySet["Mapping"]):
    def visible_to(self, user: Any) -> "MappingQuerySet":
        """Whoever sees both versions."""
        seen = Instrument.objects.visible_to(user)
        return self.filter(source__in=seen, target__in=seen)


class Mapping(models.Model):
    """What became of the parts of one instrument in another, so that answers carry over and years compare."""

    source = models.ForeignKey(Instrument, models.PROTECT, related_name="mappings_onward", verbose_name="dari")
    target = models.ForeignKey(Instrument, models.PROTECT, related_name="mappings_back", verbose_name="ke")
    note = models.TextField("catatan", blank=True)
    source_url = models.URLField("sumber", max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = MappingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "target"], name="mapping_once"),
            models.CheckConstraint(condition=~Q(source=models.F("target")), name="mapping_between_two"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


class MappingLine(models.Model):
    """One part of the source and what it is in the target. A split has several lines of one source, a merger several
    of one target; what is new has no source, what is gone no target. Codes, for they outlive an edited draft's rows.
    """

    mapping = models.ForeignKey(Mapping, models.CASCADE, related_name="lines")
    level = models.CharField("tingkat", max_length=10, choices=Level.choices)
    relation = models.CharField("hubungan", max_length=10, choices=Relation.choices)
    source_code = models.CharField("kode asal", max_length=12, blank=True)
    target_code = models.CharField("kode tujuan", max_length=12, blank=True)
    note = models.TextField("catatan", blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mapping", "level", "source_code", "target_code"], name="mapping_line_once"
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="mapping_level_known"),
            models.CheckConstraint(condition=Q(relation__in=Relation.values), name="mapping_relation_known"),
            models.CheckConstraint(
                condition=(Q(relation=Relation.NEW) & Q(source_code="") & ~Q(target_code=""))
                | (Q(relation=Relation.GONE) & ~Q(source_code="") & Q(target_code=""))
                | (~Q(relation__in=[Relation.NEW, Relation.GONE]) & ~Q(source_code="") & ~Q(target_code="")),
                name="mapping_line_has_its_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_code or '–'} → {self.target_code or '–'}"
