"""Documents held against what questions want: the facts as `evaluations.fitting` takes them, and what it finds."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone

from clusters.queries import Question
from clusters.wants import Want
from evaluations import permissions
from evaluations.fitting import Document, Fault, Fit, Ground, Met, faults, fit
from evaluations.models import AnswerEvidence, Evaluation
from evidence.enums import FileState, LinkState
from kla_portal.lib.dates import zoned_date
from regions.models import Agency

YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
Opens = Callable[[AnswerEvidence], bool]
"""Whether whoever is told of a document may know more of it than kind and size."""


def open_to(reader: Any) -> Opens:
    """For a page: what holds no personal data or its reader may open. The link's answer comes with its evaluation."""
    return lambda link: not link.revision.item.personal_data or bool(permissions.can_open_file(reader, link))


def held_by(agency: Agency) -> Opens:
    """For a letter: what every one of the agency's people may open."""
    return lambda link: not link.revision.item.personal_data or link.revision.item.agency_id == agency.pk


def open_to_judges(link: AnswerEvidence) -> bool:
    """For the benches, whose readers may open everything that lies there."""
    return True


def ground(evaluation: Evaluation) -> Ground:
    """What documents of this evaluation are held against. One query, for the cycle's calendar.

    What was in force when the result was determined stays so: an old evaluation does not grow warnings.
    """
    region = evaluation.region_id
    ends = max((window.closes_at for window in evaluation.cycle.windows.all()), default=None)
    return Ground(
        tuple(sorted(evaluation.cycle.data_years)),
        zoned_date(evaluation.awarded_at or timezone.now(), region),
        zoned_date(ends, region) if ends else None,
    )


def document(link: AnswerEvidence, *, closed: bool = False) -> Document:
    """The facts of one document; `closed` to whoever is told. Touches revision, item and file (`with_files`)."""
    revision = link.revision
    item, file = revision.item, revision.file
    return Document(
        kind=item.kind,
        number=item.number,
        dated=item.dated,
        signatory=item.signatory,
        data_year=item.data_year,
        titled=frozenset(map(int, YEAR.findall(item.title))),
        valid_from=item.valid_from,
        valid_until=item.valid_until,
        broken=file is None and revision.link_state == LinkState.BROKEN,
        sealed=file is not None and file.state == FileState.QUARANTINED,
        gone=file is None and revision.purged_at is not None,
        closed=closed,
    )


def warnings(link: AnswerEvidence, wants: Iterable[Want], here: Ground, opens: Opens) -> tuple[Fault, ...]:
    """What of one document does not fit the want it was put to, one of these, as far as may be told."""
    want = next((want for want in wants if want.key == link.want), None)
    return faults(document(link, closed=not opens(link)), want, here)


def fit_of(question: Question, links: Iterable[AnswerEvidence], here: Ground, opens: Opens) -> Fit:
    """A question held against what is attached to it, as far as may be told."""
    by_want: dict[str, list[Document]] = defaultdict(list)
    for link in links:
        by_want[link.want].append(document(link, closed=not opens(link)))
    return fit(question.wants, by_want, here)


def tick(line: Met) -> dict[str, Any]:
    """A want as `components/requirement_ticks.html` shows it."""
    return {
        "key": line.want.key,
        "label": line.want.label,
        "met": line.there,
        "optional": line.want.optional,
        "demands": line.want.demands,
        "lacks": line.lacks_text,
    }
