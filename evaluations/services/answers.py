"""Writing an answer and its evidence. Each change holds the evaluation, checks the version, leaves an Event."""

from itertools import zip_longest
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from accounts.enums import Role
from evaluations import permissions
from evaluations.enums import AnswerState
from evaluations.models import Answer, AnswerEvidence, Assignment
from evaluations.services.locks import locked
from evidence.models import EvidenceRevision, Upload
from evidence.refusals import Refused
from evidence.services import add_link, receive
from evidence.services.items import add_stored
from evidence.services.uploading import arrived, discard, used
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale, save_version
from regions.models import Agency
from trail.services.events import record
from trail.services.once import once, outcome_of


@transaction.atomic
def save_answer(answer: Answer, *, version: int, value: Any, note: str, by: Any) -> Answer:
    """Store `value` (as `clusters.scoring.normalise` returned it; None: not answered) and the note.

    `version` is the one that was on the screen. An answer that changes waits for the task force anew. Saving what is
    stored already changes nothing. Raises PermissionDenied, or Stale when value or note have changed since `version`.
    """
    answer.evaluation = locked(answer.evaluation_id)
    fresh = Answer.objects.select_related("question", "on_behalf_of").get(pk=answer.pk)
    fresh.evaluation = answer.evaluation
    require(permissions.can_write_answer(by, fresh))
    if not fresh.text_version <= version <= fresh.version:
        raise Stale(fresh)
    if (fresh.value, fresh.note) == (value, note) and fresh.state != AnswerState.RETURNED:
        return fresh
    was, now = _told(fresh.value, value)
    before = {"value": was, "note": fresh.note, "state": fresh.state}
    on_behalf_of = _represented(fresh, by)
    save_version(
        fresh,
        fresh.version,
        text_version=fresh.version + 1,
        value=value,
        note=note,
        state=AnswerState.EMPTY if value is None else AnswerState.ANSWERED,
        on_behalf_of=on_behalf_of,
        updated_by=by,
        updated_at=timezone.now(),
    )
    after = {"value": now, "note": note, "state": fresh.state}
    if on_behalf_of:
        after["on_behalf_of"] = str(on_behalf_of)
    _record("answer.save", fresh, by, before=before, after=after)
    return fresh


def _told(before: Any, after: Any) -> tuple[Any, Any]:
    """Two values as the trail keeps them: of two tables only the rows that differ, by number, and how many there are.

    A table of 500 rows is saved many times while somebody types; each save leaves what it changed.
    """
    if not isinstance(before, list) or not isinstance(after, list):
        return before, after
    changed = [n for n, (was, now) in enumerate(zip_longest(before, after)) if was != now]
    return tuple(
        {"rows": len(rows), "changed": {str(n + 1): rows[n] for n in changed if n < len(rows)}}
        for rows in (before, after)
    )  # type: ignore[return-value]  # two tables, two values


def _represented(answer: Answer, by: Any) -> Agency | None:
    """The agency the coordinator answers for, if another than the coordinator's own office leads the question."""
    if not by.acts_as(Role.COORDINATOR):
        return None
    lead = (
        Assignment.objects.filter(evaluation=answer.evaluation_id, question=answer.question_id, is_lead=True)
        .select_related("agency")
        .first()
    )
    return lead.agency if lead and lead.agency.kind != "dp3a" else None


def _record(action: str, answer: Answer, by: Any, **what: Any) -> None:
    record(
        action,
        by=by,
        subject=answer.evaluation.subject,
        detail=answer.question.code,
        region=answer.evaluation.region_id,
        **what,
    )


def _touched(answer: Answer) -> None:
    """New evidence is a new state of the answer: its version moves on, and an approval no longer covers it."""
    state = AnswerState.EMPTY if answer.value is None else AnswerState.ANSWERED
    save_version(answer, answer.version, state=state)


def _open(answer: Answer) -> Answer:
    evaluation = locked(answer.evaluation_id)
    fresh = Answer.objects.select_related("question").get(pk=answer.pk)
    fresh.evaluation = evaluation
    return fresh


def attach_file(
    answer: Answer,
    upload: File,
    *,
    title: str,
    kind: str,
    personal_data: bool,
    want: str,
    by: Any,
    once_key: str = "",
) -> AnswerEvidence:
    """Check and store an upload and attach it; with a key that was sent before, the attachment made then.

    The file is received before the transaction begins: a long check must not hold up the city's other writers.
    Raises evidence.Refused with the reason, or PermissionDenied; then nothing is left.
    """
    require(permissions.can_add_evidence(by, answer))
    region, agency = answer.evaluation.region, by.acting.agency
    stored = receive(upload, by=by, region=region)

    def attach() -> str:
        revision = add_stored(
            stored,
            upload.name or "",
            region=region,
            agency=agency,
            title=title,
            kind=kind,
            personal_data=personal_data,
            by=by,
        )
        return str(attach_revision(answer, revision, want=want, by=by).pk)

    return AnswerEvidence.objects.get(pk=once(by, once_key, attach, purpose="evidence_add")[0])


def attach_upload(
    answer: Answer, upload: Upload, *, title: str, kind: str, personal_data: bool, want: str, by: Any
) -> AnswerEvidence:
    """Attach a file that has arrived in pieces. Ending the same upload again gives the attachment that it made, put
    back if it was taken off meanwhile: so a lost answer never makes a second copy.

    Raises evidence.Refused while a part is missing or when the file is not taken, or PermissionDenied.
    """
    key = str(upload.pk)
    made = outcome_of(by, key, purpose="evidence_add")
    if made is not None:
        link = AnswerEvidence.objects.select_related("answer", "revision__item").get(pk=made)
        if link.removed_at:
            reattach(link, by=by)
        return link
    with arrived(upload) as file:
        try:
            link = attach_file(
                answer, file, title=title, kind=kind, personal_data=personal_data, want=want, by=by, once_key=key
            )
        except Refused:
            discard(upload)
            raise
    assert link.revision.file is not None
    used(upload, link.revision.file)
    return link


def attach_link(
    answer: Answer, url: str, *, title: str, personal_data: bool, want: str, by: Any, once_key: str = ""
) -> AnswerEvidence:
    """Attach the address of a document on the web. Raises evidence.Refused or PermissionDenied."""
    require(permissions.can_add_evidence(by, answer))

    def attach() -> str:
        revision = add_link(
            url,
            region=answer.evaluation.region,
            agency=by.acting.agency,
            title=title,
            personal_data=personal_data,
            by=by,
        )
        return str(attach_revision(answer, revision, want=want, by=by).pk)

    return AnswerEvidence.objects.get(pk=once(by, once_key, attach, purpose="link_add")[0])


@transaction.atomic
def attach_revision(answer: Answer, revision: EvidenceRevision, *, want: str, by: Any) -> AnswerEvidence:
    """Put a revision of the region's library to an answer. One revision may serve many answers. What is there already
    stays as it is, and what was taken off is put back.

    Raises PermissionDenied, or ValueError for evidence of another region.
    """
    fresh = _open(answer)
    require(permissions.can_add_evidence(by, fresh))
    if revision.item.region_id != fresh.evaluation.region_id:
        raise ValueError("evidence of another region")
    link, made = AnswerEvidence.objects.get_or_create(
        answer=fresh, revision=revision, want=want, defaults={"added_by": by}
    )
    if not made and not AnswerEvidence.objects.exclude(removed_at=None).filter(pk=link.pk).update(removed_at=None):
        return link
    _touched(fresh)
    _record("evidence.attach", fresh, by, after={"title": revision.item.title, "want": want, "id": str(link.pk)})
    return link


@transaction.atomic
def detach(link: AnswerEvidence, *, by: Any) -> None:
    """Take evidence off an answer; `reattach` puts it back. Doing it twice changes nothing."""
    fresh = _open(link.answer)
    link.answer = fresh
    require(permissions.can_remove_evidence(by, link))
    if AnswerEvidence.objects.attached().filter(pk=link.pk).update(removed_at=timezone.now()):
        _touched(fresh)
        _record("evidence.detach", fresh, by, before={"title": link.revision.item.title, "id": str(link.pk)})


@transaction.atomic
def reattach(link: AnswerEvidence, *, by: Any) -> None:
    """Undo a `detach`."""
    fresh = _open(link.answer)
    link.answer = fresh
    require(permissions.can_remove_evidence(by, link))
    if AnswerEvidence.objects.exclude(removed_at=None).filter(pk=link.pk).update(removed_at=None):
        _touched(fresh)
        _record("evidence.reattach", fresh, by, after={"title": link.revision.item.title, "id": str(link.pk)})
