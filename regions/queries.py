"""Questions about the tree that take more than one table scan or need shaping for a page."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count
from django.db.models.functions import Substr

from regions import codes
from regions.enums import AgencyKind, Level
from regions.models import Agency, Region, RegionQuerySet

BELOW: dict[int, str] = {2: "kabupaten/kota", 3: "kecamatan", 4: "desa/kelurahan"}
"""How the regions of a level are counted in a sentence, by the level."""


@dataclass(slots=True)
class Found:
    """A region with the names above it, innermost first ('Kota Balikpapan, Kalimantan Timur')."""

    region: Region
    path: str


@dataclass(slots=True)
class Branch:
    """A region and how many regions it holds: [(103, 'kecamatan'), (1038, 'desa/kelurahan')], top level first."""

    region: Region
    counts: list[tuple[int, str]] = field(default_factory=list)


def with_paths(rows: Iterable[Region]) -> list[Found]:
    """The same regions in the same order, with the names above them: one query for all."""
    regions = list(rows)
    above = {code for region in regions for code in codes.ancestors(region.code)}
    names = dict(Region.objects.filter(code__in=above).values_list("code", "name")) if above else {}
    return [
        Found(region, ", ".join(names.get(code, code) for code in reversed(codes.ancestors(region.code))))
        for region in regions
    ]


def provinces(tree: RegionQuerySet) -> list[Branch]:
    """Every province with the number of its kabupaten/kota: two queries. Those that are gone are not counted."""
    held = Counter(
        codes.parent(code) for code in tree.filter(level=Level.REGENCY, gone_since=None).values_list("code", flat=True)
    )
    return [Branch(region, [(held[region.code], BELOW[Level.REGENCY])]) for region in tree.children_of("")]


def children(tree: RegionQuerySet, parent: Region) -> list[Branch]:
    """The regions one step below with what each of them holds: two queries. Regions that are gone count nowhere."""
    branches = {region.code: Branch(region) for region in tree.children_of(parent.code)}
    if not branches:
        return []
    length = len(next(iter(branches)))
    counted = (
        tree.filter(codes.below(parent.code), level__gt=parent.level + 1, gone_since=None)
        .annotate(child=Substr("code", 1, length))
        .values_list("child", "level")
        .annotate(n=Count("code"))
        .order_by("child", "level")
    )
    for child, level, n in counted:
        if child in branches:
            branches[child].counts.append((n, BELOW[level]))
    return list(branches.values())


def totals(branches: list[Branch], parent: Region) -> list[tuple[int, str]]:
    """What the parent holds, from its children's counts: [(10, 'kabupaten/kota'), (105, 'kecamatan'), …]."""
    sums: dict[str, int] = {}
    here = sum(branch.region.gone_since is None for branch in branches)
    if here:
        sums[BELOW[parent.level + 1]] = here
    for branch in branches:
        for n, label in branch.counts:
            sums[label] = sums.get(label, 0) + n
    return [(n, label) for label, n in sums.items()]


def lacks_standard(agencies: Iterable[Agency]) -> bool:
    """Is there a standard kind of agency that none of these is?"""
    return bool(set(AgencyKind) - {AgencyKind.OTHER} - {agency.kind for agency in agencies})
