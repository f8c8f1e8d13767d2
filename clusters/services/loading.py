"""Writing whole instruments: the command and the import use it."""

from typing import Any

from django.db import transaction
from django.db.models import F

from clusters import permissions
from clusters.content import IndicatorData, InstrumentData
from clusters.enums import InstrumentState
from clusters.models import Cluster, Indicator, Instrument, Question
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale
from trail.services import events

ADDED, REPLACED, PUBLISHED, UNCHANGED = "instrument_added", "instrument_replaced", "instrument_published", "unchanged"


class AlreadyPublished(Exception):
    """A published version has another content than the one to be loaded. `code` is its code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code} is published with another content")
        self.code = code


class DraftExists(Exception):
    """A draft of this code is there, and nobody said that it may be replaced. `instrument` is it."""

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(f"a draft of {instrument.code} exists")
        self.instrument = instrument


class UnknownOriginal(Exception):
    """What the instrument says it corrects is not in the portal. `code` is the code of that."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code} is not there to be corrected")
        self.code = code


def subject(instrument: Instrument) -> str:
    """The text key under which the trail keeps what happened to an instrument."""
    return f"instrument:{instrument.code}"


@transaction.atomic
def load(data: InstrumentData, *, by: Any = None, publish: bool = True, replace: bool = False) -> str:
    """Write a checked instrument, all or nothing, and publish it unless told otherwise. Returns what happened:

    ADDED, REPLACED (a draft of the same code), PUBLISHED (a draft with the same content), or UNCHANGED, which writes
    nothing at all. Raises AlreadyPublished when the code is published with another content; DraftExists when somebody
    has worked on a draft of it on the screen and nobody said `replace`; UnknownOriginal when the instrument that it
    corrects is not there. Of two that load a new code at once the second finds what the first has written.
    """
    state = InstrumentState.PUBLISHED if publish else InstrumentState.DRAFT
    digest = data.digest
    original = Instrument.objects.filter(code=data.corrects).first() if data.corrects else None
    if data.corrects and original is None:
        raise UnknownOriginal(data.corrects)
    instrument, fresh = Instrument.objects.select_for_update(no_key=True).get_or_create(
        code=data.code, defaults=_head(data, original)
    )
    stored = None if fresh else instrument
    if stored is not None and stored.digest == digest:
        if stored.state == InstrumentState.PUBLISHED or not publish:
            return UNCHANGED
        Instrument.objects.filter(pk=stored.pk).update(state=state)
        events.record(PUBLISHED, by=by, subject=subject(stored), after={"digest": digest})
        return PUBLISHED
    if stored is not None and stored.state == InstrumentState.PUBLISHED:
        raise AlreadyPublished(data.code)
    before = None
    if stored is not None:
        if not replace and (not stored.digest or stored.state == InstrumentState.CHECKED):
            raise DraftExists(stored)
        before = {"digest": stored.digest, "state": stored.state}
        stored.clusters.all().delete()
    Instrument.objects.filter(pk=instrument.pk).update(
        **_head(data, original),
        state=state,
        digest=digest,
        checked_by=None,
        checked_at=None,
        version=F("version") + 1,
    )
    _write_tree(instrument, data)
    action = REPLACED if stored else ADDED
    after = {"digest": digest, "state": state.value, "questions": len(data.questions)}
    events.record(action, by=by, subject=subject(instrument), before=before, after=after)
    return action


@transaction.atomic
def import_draft(data: InstrumentData, *, by: Any, replacing: int | None = None) -> str:
    """A checked instrument as a draft, all or nothing. Returns ADDED, REPLACED, or UNCHANGED.

    `replacing` is the version of the draft that the person agreed to replace. Raises PermissionDenied;
    AlreadyPublished; UnknownOriginal; DraftExists when a draft with another content is there and `replacing` is None;
    Stale when it has moved on.
    """
    require(permissions.can_create_instrument(by))
    stored = Instrument.objects.select_for_update(no_key=True).filter(code=data.code).first()
    if stored is not None and stored.state == InstrumentState.PUBLISHED:
        raise AlreadyPublished(data.code)
    if stored is not None and stored.digest != data.digest:
        if replacing is None:
            raise DraftExists(stored)
        if replacing != stored.version:
            raise Stale(stored)
    return load(data, by=by, publish=False, replace=True)


def create(data: InstrumentData, *, original: Instrument) -> Instrument:
    """A draft with this content, which nobody has checked, as a correction of another instrument. Raises IntegrityError
    when the code is taken."""
    instrument = Instrument.objects.create(code=data.code, state=InstrumentState.DRAFT, **_head(data, original))
    _write_tree(instrument, data)
    return instrument


def _head(data: InstrumentData, original: Instrument | None) -> dict[str, Any]:
    return {
        "name": data.name,
        "edition": data.edition,
        "granularity": data.granularity,
        "corrects": original,
        "max_points": data.max_points,
        "predicates": list(data.predicates),
        "assumptions": list(data.assumptions),
        "legal_basis": list(data.legal_basis),
        "source_url": data.source_url,
    }


def _write_tree(instrument: Instrument, data: InstrumentData) -> None:
    """Three bulk inserts; positions count through the whole instrument."""
    clusters = Cluster.objects.bulk_create(
        Cluster(instrument=instrument, code=part.code, name=part.name, max_points=part.max_points, position=place)
        for place, part in enumerate(data.clusters)
    )
    pairs = [(row, part) for row, cluster in zip(clusters, data.clusters, strict=True) for part in cluster.indicators]
    indicators = Indicator.objects.bulk_create(_indicator(row, part, n) for n, (row, part) in enumerate(pairs))
    leaves = [(row, part) for row, (_, above) in zip(indicators, pairs, strict=True) for part in above.questions]
    Question.objects.bulk_create(
        Question(
            instrument=instrument,
            indicator=row,
            position=place,
            code=part.code,
            text=part.text,
            guidance=part.guidance,
            kind=part.kind,
            max_points=part.max_points,
            rule=part.rule,
            owners=list(part.owners),
            wants=list(part.wants),
            may_be_inapplicable=part.may_be_inapplicable,
            source=part.source,
            note=part.note,
        )
        for place, (row, part) in enumerate(leaves)
    )


def _indicator(cluster: Cluster, part: IndicatorData, place: int) -> Indicator:
    return Indicator(
        cluster=cluster,
        number=part.number,
        name=part.name,
        description=part.description,
        max_points=part.max_points,
        source=part.source,
        note=part.note,
        position=place,
    )
