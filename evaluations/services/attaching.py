"""Putting evidence to an answer and taking it off. Each change holds the evaluation and leaves an Event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from evaluations import permissions
from evaluations.enums import AnswerState
from evaluations.models import Answer, AnswerEvidence
from evaluations.services.answers import recorded
from evaluations.services.locks import locked, locked_drafts, unready, unsign
from evidence.models import EvidenceItem, EvidenceRevision, StoredFile, Upload
from evidence.queries import known
from evidence.services import add_link, receive
from evidence.services.items import add_stored
from evidence.services.purging import require_there
from evidence.services.uploading import became, taken_in, used
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale, save_version
from trail.services.once import once, unspent


@dataclass(frozen=True, slots=True)
class Attached:
    """`known`: the library had these bytes, and its item was put to the answer instead of a second one; `already`: it
    was there before, for the same want."""

    link: AnswerEvidence
    known: bool = False
    already: bool = False


def touched(answer: Answer, *, by: Any) -> dict[str, str]:
    """New evidence is a new state of the answer: its version moves on, an approval no longer covers it, and the part of
    who changed it is no longer done. The evaluation is held; `answer.evaluation` is as it stands. Returns what the
    caller's Event adds to its `after`."""
    state = AnswerState.EMPTY if answer.value is None else AnswerState.ANSWERED
    save_version(answer, answer.version, state=state)
    told = unready(answer, by=by)
    unsign(answer.evaluation, by=by, code=answer.question.code)
    return told


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
    page_hint: str = "",
    more: Mapping[str, Any] | None = None,
    by: Any,
    once_key: str = "",
) -> Attached:
    """Check and store an upload and attach it; with a key that was sent before, the attachment made then. Bytes that
    the region's library has already, in an item that this person may open, are attached from there. `more` is what else
    is said of a new document (fields of EvidenceItem).

    The file is received before the transaction begins: a long check must not hold up the city's other writers.
    Raises evidence.Refused with the reason, or PermissionDenied; then nothing is left.
    """
    require(permissions.can_add_evidence(by, answer))
    stored = receive(upload, by=by, region=answer.evaluation.region)
    said = {"title": title, "kind": kind, "personal_data": personal_data, "more": more}
    return _put(answer, stored, upload.name or "", want=want, page_hint=page_hint, said=said, by=by, once_key=once_key)


def _put(
    answer: Answer,
    stored: StoredFile,
    raw_name: str,
    *,
    want: str,
    page_hint: str,
    said: dict[str, Any],
    by: Any,
    once_key: str,
    upload: Upload | None = None,
) -> Attached:
    """As `attach_file`, with the received file, which came as `upload` if in pieces."""
    region, agency = answer.evaluation.region, by.acting.agency
    met = {"known": False, "already": False}

    def attach() -> str:
        # So that of two senders of the same bytes the second finds the first's item.
        locked_drafts(region.pk, also=answer.evaluation_id)
        revision = known(stored, by)
        if revision is None:
            revision = add_stored(stored, raw_name, region=region, agency=agency, by=by, **said)
        else:
            met.update(known=True, already=_attached(answer, revision, want))
        made = attach_revision(answer, revision, want=want, page_hint=page_hint, by=by, upload=upload)
        return str(made.pk)

    return Attached(_made(once(by, once_key, attach, purpose="evidence_add")[0]), **met)


def _attached(answer: Answer, revision: EvidenceRevision, want: str) -> bool:
    return AnswerEvidence.objects.attached().filter(answer=answer, revision=revision, want=want).exists()


def _made(pk: str) -> AnswerEvidence:
    return AnswerEvidence.objects.select_related("answer", "revision__item", "revision__file").get(pk=pk)


def attach_upload(
    answer: Answer,
    upload: Upload,
    *,
    title: str,
    kind: str,
    personal_data: bool,
    want: str,
    page_hint: str = "",
    more: Mapping[str, Any] | None = None,
    by: Any,
) -> Attached:
    """Attach a file that has arrived in pieces. Ending the same upload again gives the attachment that it made, so a
    lost answer never makes a second copy; when it does not stand any more with these bytes, they are attached anew. One
    that was announced for this answer before its time was over may end a little after it (`timing.GRACE`).

    Raises evidence.Refused while a part is missing or when the file is not taken, or PermissionDenied.
    """
    require(permissions.can_add_evidence(by, answer, upload))
    here = AnswerEvidence.objects.attached().filter(answer=answer, want=want, revision__item__deleted_at=None)

    def holds(pk: str) -> bool:
        link = here.filter(pk=pk).select_related("revision").first()
        return link is not None and became(upload, link.revision)

    key, made = unspent(by, str(upload.pk), purpose="evidence_add", holds=holds)
    if made is not None:
        return Attached(_made(made), known=True, already=True)
    stored = taken_in(upload, region=answer.evaluation.region, by=by)
    said = {"title": title, "kind": kind, "personal_data": personal_data, "more": more}
    attached = _put(
        answer, stored, upload.name, want=want, page_hint=page_hint, said=said, by=by, once_key=key, upload=upload
    )
    used(upload, stored)
    return attached


def attach_link(
    answer: Answer,
    url: str,
    *,
    title: str,
    personal_data: bool,
    want: str,
    page_hint: str = "",
    by: Any,
    once_key: str = "",
) -> AnswerEvidence:
    """Attach the address of a document on the web. Raises evidence.Refused or PermissionDenied."""
    require(permissions.can_add_evidence(by, answer))

    def attach() -> str:
        locked(answer.evaluation_id)  # before the new document's Event, after which nothing may be waited for
        revision = add_link(
            url,
            region=answer.evaluation.region,
            agency=by.acting.agency,
            title=title,
            personal_data=personal_data,
            by=by,
        )
        return str(attach_revision(answer, revision, want=want, page_hint=page_hint, by=by).pk)

    return _made(once(by, once_key, attach, purpose="link_add")[0])


@transaction.atomic
def attach_item(answer: Answer, item: EvidenceItem, *, want: str, page_hint: str = "", by: Any) -> Attached:
    """Put a document of the region's library to an answer, as its newest revision has it. Doing it twice changes
    nothing. Raises as `attach_revision` does."""
    locked(answer.evaluation_id)
    revision = item.revisions.select_related("item", "file").order_by("-number")[0]
    already = _attached(answer, revision, want)
    return Attached(attach_revision(answer, revision, want=want, page_hint=page_hint, by=by), True, already)


@transaction.atomic
def attach_revision(
    answer: Answer,
    revision: EvidenceRevision,
    *,
    want: str,
    page_hint: str = "",
    by: Any,
    upload: Upload | None = None,
) -> AnswerEvidence:
    """Put a revision of the region's library to an answer. One revision may serve many answers. What is there already
    stays as it is, its hint too; what was taken off is put back. `upload`: in which its bytes came, if in pieces.

    Raises PermissionDenied, or ValueError for evidence of another region.
    """
    fresh = _open(answer)
    require(permissions.can_add_evidence(by, fresh, upload))
    if revision.item.region_id != fresh.evaluation.region_id:
        raise ValueError("evidence of another region")
    require(permissions.can_attach_item(by, revision.item))
    require_there(revision)
    link, made = AnswerEvidence.objects.get_or_create(
        answer=fresh, revision=revision, want=want, defaults={"added_by": by, "page_hint": page_hint}
    )
    if not made:
        if link.removed_at is None:
            return link
        link.removed_at, link.page_hint = None, page_hint or link.page_hint
        link.save(update_fields=["removed_at", "page_hint"])
    after = {"title": revision.item.title, "want": want, "id": str(link.pk)} | touched(fresh, by=by)
    recorded("evidence.attach", fresh, by, after=after | ({"page": page_hint} if page_hint else {}))
    return link


@transaction.atomic
def point(link: AnswerEvidence, page_hint: str, *, was: str, by: Any) -> None:
    """Tell a reader where in the document to look. `was` is the hint that was on the screen.

    The answer's version stays: neither claim nor document changes, so what was approved or judged still fits.
    Raises PermissionDenied, or Stale when somebody has written another hint since.
    """
    link.answer = _open(link.answer)
    require(permissions.can_point(by, link))
    fresh = AnswerEvidence.objects.attached().select_for_update(no_key=True).filter(pk=link.pk).first()
    if fresh is None or fresh.page_hint not in (was, page_hint):
        raise Stale(fresh or link)
    if fresh.page_hint == page_hint:
        return
    AnswerEvidence.objects.filter(pk=link.pk).update(page_hint=page_hint)
    link.page_hint = page_hint
    title = link.revision.item.title
    recorded(
        "evidence.point",
        link.answer,
        by,
        before={"title": title, "page": was, "id": str(link.pk)},
        after={"title": title, "page": page_hint, "id": str(link.pk)},
    )


@transaction.atomic
def detach(link: AnswerEvidence, *, by: Any) -> None:
    """Take evidence off an answer; `reattach` puts it back. Doing it twice changes nothing."""
    fresh = _open(link.answer)
    link.answer = fresh
    require(permissions.can_remove_evidence(by, link))
    if AnswerEvidence.objects.attached().filter(pk=link.pk).update(removed_at=timezone.now()):
        after = touched(fresh, by=by) or None
        before = {"title": link.revision.item.title, "id": str(link.pk)}
        recorded("evidence.detach", fresh, by, before=before, after=after)


@transaction.atomic
def reattach(link: AnswerEvidence, *, by: Any) -> None:
    """Undo a `detach`."""
    fresh = _open(link.answer)
    link.answer = fresh
    require(permissions.can_remove_evidence(by, link))
    require_there(link.revision)
    if AnswerEvidence.objects.exclude(removed_at=None).filter(pk=link.pk).update(removed_at=None):
        after = {"title": link.revision.item.title, "id": str(link.pk)} | touched(fresh, by=by)
        recorded("evidence.reattach", fresh, by, after=after)
