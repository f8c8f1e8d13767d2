"""Results that others have published, as a region's history and for a file; the portal's own stand beside, apart."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from evaluations.enums import PublishedPredicate, PublishedStage
from evaluations.history.places import Gazetteer
from evaluations.history.reading import CLUSTERS, TITLES, inert
from evaluations.models import Evaluation, PublishedResult, PublishedResultQuerySet
from kla_portal.lib.charts import History
from kla_portal.lib.numbers import plain_text
from regions.enums import Level
from regions.models import Region


def gazetteer() -> Gazetteer:
    """Every kabupaten and kota that results can belong to, those that are gone among them. One query."""
    levels = (Level.PROVINCE, Level.REGENCY)
    return Gazetteer(Region.objects.filter(level__in=levels).order_by("code").values_list("code", "name"))


@dataclass(frozen=True, slots=True)
class Year:
    """What was published of one year's final results: each predicate once, each score once, every source."""

    year: int
    predicates: tuple[PublishedPredicate, ...]
    scores: tuple[Decimal, ...]
    results: tuple[PublishedResult, ...]

    @property
    def disputed(self) -> bool:
        """Do the sources contradict each other?"""
        return len(self.predicates) > 1 or len(self.scores) > 1


def final_years(results: Iterable[PublishedResult]) -> list[Year]:
    """The final results of a region as a whole, year by year, oldest first."""
    years: dict[int, list[PublishedResult]] = {}
    for result in results:
        if result.stage == PublishedStage.FINAL and not result.cluster_code:
            years.setdefault(result.year, []).append(result)
    return [_year(year, years[year]) for year in sorted(years)]


def latest(results: PublishedResultQuerySet) -> Year | None:
    """The newest year of which a final result was published. One query."""
    final = results.filter(stage=PublishedStage.FINAL, cluster_code="")
    years = final_years(final.order_by("year", "source_url"))
    return years[-1] if years else None


def _year(year: int, results: list[PublishedResult]) -> Year:
    order = list(PublishedPredicate)
    predicates = {PublishedPredicate(result.predicate) for result in results if result.predicate}
    scores = {result.score for result in results if result.score is not None}
    return Year(year, tuple(sorted(predicates, key=order.index)), tuple(sorted(scores)), tuple(results))


def course(years: Iterable[Year]) -> list[History]:
    """The scores of the years whose sources agree, for a chart."""
    return [(each.year, each.scores[0]) for each in years if each.scores and not each.disputed]


def own_course(awarded: Iterable[Evaluation]) -> list[History]:
    """The portal's own totals by the year in the cycle's name, else that of the award; of two in a year the later."""
    found: dict[int, Decimal] = {}
    for each in sorted(awarded, key=lambda each: str(each.awarded_at)):
        if each.awarded_at is not None and each.awarded_points is not None:
            in_name = re.search(r"\b20[0-9]{2}\b", each.cycle.name)
            found[int(in_name[0]) if in_name else each.awarded_at.year] = each.awarded_points
    return sorted(found.items())


def named(result: PublishedResult) -> PublishedResult:
    """With `cluster_label`, `predicate_label` and `source_host`, for the screen."""
    shown: Any = result
    shown.source_host = urlsplit(result.source_url).netloc.removeprefix("www.")
    shown.cluster_label = CLUSTERS.get(result.cluster_code, result.cluster_code)
    shown.predicate_label = PublishedPredicate(result.predicate).label if result.predicate else ""
    return result


def as_table(results: Iterable[PublishedResult]) -> Iterable[list[str]]:
    """The rows of a file, as `history.reading` takes them back; the first is the header. Wants `region` loaded."""
    yield list(TITLES)
    for result in results:
        yield [
            result.region_id,
            result.region.name,
            str(result.year),
            result.get_stage_display(),
            CLUSTERS.get(result.cluster_code, result.cluster_code) if result.cluster_code else "",
            _number(result.score),
            _number(result.maximum),
            PublishedPredicate(result.predicate).label if result.predicate else "",
            result.source_url,
            inert(result.note),
        ]


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain_text(value).replace(".", "")
