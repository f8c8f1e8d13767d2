"""Every address of the portal with every object's arguments: what somebody who guesses could ask for."""

import itertools
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from clusters.drafts import indicators_of
from evaluations.models import AnswerEvidence, Extension, Receipt, Reopening
from evaluations.stages import STEPS
from evidence.models import EvidenceItem
from reports.models import Letter, Package, Report
from tests.access.world import MATRIKS, World


def patterns(resolver: Any = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(full name, pattern) of every address."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield f"{namespace}{entry.name}", entry


def arguments(world: World, stages: tuple[str, ...]) -> dict[str, list[Any]]:
    """Values for each argument's name; `app:name` where one name means different things."""
    cases = [world.cases[stage] for stage in stages]
    evaluations = [case.evaluation for case in cases]
    assert world.agency is not None
    region = world.agency.region
    links = AnswerEvidence.objects.filter(answer__evaluation__in=evaluations)
    unused = EvidenceItem.objects.filter(region=region, revisions__uses=None).order_by("created_at", "pk")[:4]
    return {
        "evaluation_id": [evaluation.pk for evaluation in evaluations],
        "code": ["2.1", MATRIKS],
        "regions:code": [region.pk],
        "clusters:code": [evaluations[0].cycle.instrument.code, world.draft_instrument.code],
        "instrument_code": [evaluations[0].cycle.instrument.code, world.draft_instrument.code],
        "cluster_id": list(world.draft_instrument.clusters.values_list("pk", flat=True)),
        "indicator_id": list(indicators_of(world.draft_instrument).values_list("pk", flat=True)),
        "question_id": list(world.draft_instrument.questions.values_list("pk", flat=True)[:2]),
        "ending": ["yaml", "xlsx"],
        "level": ["question"],
        "part_id": list(world.draft_instrument.questions.values_list("pk", flat=True)[:1]),
        "event_id": [world.removed.pk],
        "other": [world.mapping.source.code, world.mapping.target.code],
        "agency_id": list(region.agencies.values_list("pk", flat=True)),
        "action": list(STEPS),
        "link_id": list(links.values_list("pk", flat=True)),
        "page": [1],
        "number": [1],
        "item_id": [*links.values_list("revision__item", flat=True), *unused.values_list("pk", flat=True)],
        "receipt_id": list(Receipt.objects.filter(evaluation__in=evaluations).values_list("pk", flat=True)),
        "reopening_id": list(Reopening.objects.filter(answer__evaluation__in=evaluations).values_list("pk", flat=True)),
        "report_id": list(Report.objects.filter(evaluation__in=evaluations).values_list("pk", flat=True)),
        "letter_id": list(Letter.objects.filter(evaluation__in=evaluations).values_list("pk", flat=True)),
        "package_id": list(Package.objects.filter(evaluation__in=evaluations).values_list("pk", flat=True)),
        "batch_id": [world.batch.pk],
        "cycle_id": [evaluation.cycle_id for evaluation in evaluations],
        "province_code": ["64"],
        "extension_id": list(Extension.objects.filter(evaluation__in=evaluations).values_list("pk", flat=True)),
        "user_id": [person.pk for who in ("evaluator", "operator") if (person := world.people[who])],
        "pk": [world.memberships[who].pk for who in ("operator", "coordinator", "province")],
        "notice_id": [world.notice.pk],
        "result_id": [world.result.pk],
        "upload_id": [world.upload.pk],
        "what": ["bukti"],
        "token": ["bukan-tautan"],  # the true one is a key in itself
    }


def addresses(world: World, stages: tuple[str, ...]) -> list[tuple[str, str]]:
    """(name, path) of every address with every combination of arguments."""
    known, found = arguments(world, stages), []
    for name, pattern in patterns():
        app = name.partition(":")[0]
        names = list(pattern.pattern.converters)
        values = [known.get(f"{app}:{argument}", known.get(argument)) for argument in names]
        assert None not in values, f"{name}: no values for {names}"
        found += [
            (name, reverse(name, kwargs=dict(zip(names, combination, strict=True))))
            for combination in itertools.product(*[value or [] for value in values])
        ]
    return found
