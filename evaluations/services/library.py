"""What becomes of answers when a document of the library changes: a new revision, deleted, brought back, added.

A document belongs to whoever holds it, an answer to its stage: a change reaches the answers that are still open, and
those that were handed in keep what was judged. Everything here holds the drafts of the region, then the item.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from evaluations import permissions
from evaluations.enums import DRAFTING
from evaluations.models import Answer, AnswerEvidence, Evaluation
from evaluations.queries.library import in_judgement
from evaluations.services.answers import recorded
from evaluations.services.attaching import touched
from evaluations.services.locks import locked_drafts
from evidence.enums import EvidenceKind
from evidence.links import checked_url
from evidence.models import EvidenceItem, EvidenceRevision, StoredFile, Upload
from evidence.names import clean_name
from evidence.permissions import can_change_item, can_restore_item, can_upload
from evidence.queries import known
from evidence.refusals import Refused
from evidence.services import add_link, library, receive
from evidence.services.items import add_stored
from evidence.services.uploading import became, taken_in, used
from kla_portal.lib.decision import deny, require
from regions.models import Agency
from trail.services.once import once, unspent

STANDING = tuple(name for name in library.FIELDS if name not in ("tags", "note"))
"""What judges read of a document. Labels and note are the region's own order."""


class InUse(Exception):
    """The document proves answers that are closed to the region. `links` are those uses."""

    def __init__(self, links: list[AnswerEvidence]) -> None:
        super().__init__(f"{len(links)} uses are closed")
        self.links = links


@dataclass(frozen=True, slots=True)
class Revised:
    """`moved`: how many open answers have the new revision now; `stayed`: how many closed ones keep the former;
    `same`: it was the newest content already, and nothing has changed."""

    revision: EvidenceRevision
    moved: int = 0
    stayed: int = 0
    same: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """`known`: the library had these bytes, and this is where."""

    item: EvidenceItem
    known: bool = False


# --- described --------------------------------------------------------------------------------------------------------
@transaction.atomic
def describe(item: EvidenceItem, *, version: int, by: Any, **said: Any) -> bool:
    """As `evidence.services.library.describe`. While it proves an answer that others look at (locked in review, or
    submitted and not awarded) only labels, the note and a new mark of personal data are taken.

    An open answer's version stays: what is said of a document is checked again at each look (`queries.fitting`). Raises
    InUse, Stale or PermissionDenied.
    """
    _, held = _held(item)
    require(can_change_item(by, held))
    rewritten = any(name in said and said[name] != getattr(held, name) for name in standing(held))
    if rewritten and (uses := in_judgement(held)):
        raise InUse([use.link for use in uses])
    return library.describe(item, version=version, by=by, **said)


def standing(item: EvidenceItem) -> tuple[str, ...]:
    """The names that stand still while the item is `in_judgement`: closing personal data is always allowed, opening it
    is not."""
    return STANDING if item.personal_data else tuple(name for name in STANDING if name != "personal_data")


# --- a new revision ---------------------------------------------------------------------------------------------------
def revise_file(item: EvidenceItem, upload: File, *, by: Any, once_key: str = "") -> Revised:
    """A new revision from a file that came with a form; with a key that was sent before, the revision made then.

    The file is received before the transaction begins. Raises evidence.Refused, or PermissionDenied.
    """
    require(can_change_item(by, item))
    return _revise(item, receive(upload, by=by, region=item.region), upload.name or "", by=by, once_key=once_key)


def _revise(item: EvidenceItem, stored: StoredFile, raw_name: str, *, by: Any, once_key: str) -> Revised:
    done: list[Revised] = []

    def act() -> str:
        done.append(revise(item, file=stored, name=clean_name(raw_name), by=by))
        return str(done[0].revision.pk)

    made, _ = once(by, once_key, act, purpose="library_revise")
    return done[0] if done else _made(item, made)


def revise_upload(item: EvidenceItem, upload: Upload, *, by: Any) -> Revised:
    """A new revision from a file that has arrived in pieces. Ending the same upload again gives what it made, while
    that is the newest."""
    require(can_change_item(by, item))
    key, made = unspent(
        by,
        str(upload.pk),
        purpose="library_revise",
        holds=lambda pk: library.newest_of(item) == _made(item, pk).revision,
    )
    if made is not None:
        return _made(item, made)
    stored = taken_in(upload, region=item.region, by=by)
    done = _revise(item, stored, upload.name, by=by, once_key=key)
    used(upload, stored)
    return done


def _made(item: EvidenceItem, pk: str) -> Revised:
    revision = EvidenceRevision.objects.select_related("file").get(pk=pk)
    if revision.item_id != item.pk:
        raise Refused("other_upload")
    return Revised(revision, same=True)


def revise_link(item: EvidenceItem, url: str, *, by: Any) -> Revised:
    """A new address. Raises evidence.Refused, or PermissionDenied."""
    return revise(item, url=checked_url(url), by=by)


@transaction.atomic
def revise(item: EvidenceItem, *, file: StoredFile | None = None, name: str = "", url: str = "", by: Any) -> Revised:
    """Make this the item's newest revision, and let it take the place of the former at every open answer.

    Such an answer's version moves on: an approval or verdict on the former state no longer covers it. A file for an
    item that was a link is a copy of what the address showed, and keeps the address. Raises PermissionDenied.
    """
    drafts, item = _held(item)
    require(can_change_item(by, item))
    current = library.newest_of(item)
    if file is not None and not url and current is not None:
        url = current.url
    if current is not None and library.same(current, file, url):
        return Revised(current, same=True)
    revision = library.add_revision(item, file=file, name=name, url=url, by=by)
    links = _links(item, drafts)
    moved = _move(_open(links), revision, by)
    proving = {link.answer_id for link in _links(item, None) if link.removed_at is None}
    return Revised(revision, moved=len(moved), stayed=len(proving - moved))


def _move(links: Iterable[AnswerEvidence], revision: EvidenceRevision, by: Any) -> set[int]:
    """Put the links on the revision; returns the answers that have changed by it. What was taken off moves along, so
    that putting it back gives the newest; of two links for the same want one is enough."""
    changed: dict[int, Answer] = {}
    there: set[tuple[int, str]] = set()
    for link in sorted(links, key=lambda link: (link.removed_at is not None, link.added_at, link.pk)):
        row = AnswerEvidence.objects.filter(pk=link.pk)
        if (link.answer_id, link.want) not in there:
            there.add((link.answer_id, link.want))
            row.update(revision=revision)
        elif link.removed_at is None:
            row.update(removed_at=timezone.now())
        if link.removed_at is None:
            changed.setdefault(link.answer_id, link.answer)
    for answer in changed.values():
        after = {"title": revision.item.title, "revision": revision.number} | touched(answer, by=by)
        recorded("evidence.revise", answer, by, after=after)
    return set(changed)


# --- deleted and brought back -----------------------------------------------------------------------------------------
@transaction.atomic
def delete(item: EvidenceItem, *, by: Any) -> EvidenceItem:
    """Take the item out of the library and off the answers that are open; `restore` undoes both. Doing it twice changes
    nothing. Raises InUse while it proves an answer that is closed, or PermissionDenied."""
    drafts, item = _held(item)
    if item.deleted_at is not None:
        return item
    require(can_change_item(by, item))
    if Evaluation.objects.filter(declaration__item=item).exclude(stage__in=DRAFTING).exists():
        require(deny("Dokumen ini surat pernyataan dari penilaian yang sudah diajukan, sehingga tidak dapat dihapus."))
    attached = [link for link in _links(item, None) if link.removed_at is None]
    closed = [link for link in attached if not (_with(link, drafts) and _open([link]))]
    if closed:
        raise InUse(closed)
    at = timezone.now()
    for link in attached:
        AnswerEvidence.objects.filter(pk=link.pk).update(removed_at=at)
    _told("evidence.detach", attached, by, before={"title": item.title})
    library.bury(item, at=at, by=by)
    return item


@transaction.atomic
def restore(item: EvidenceItem, *, by: Any) -> int:
    """Undo `delete`. Returns how many answers have it back: those that are still open. Raises PermissionDenied, or
    Refused when its files are gone for good."""
    drafts, item = _held(item)
    require(can_restore_item(by, item))
    if item.deleted_at is None:
        return 0
    if item.revisions.exclude(purged_at=None).exists():
        raise Refused("purged")
    links = [link for link in _open(_links(item, drafts)) if link.removed_at == item.deleted_at]
    AnswerEvidence.objects.filter(pk__in=[link.pk for link in links]).update(removed_at=None)
    library.raise_again(item, by=by)
    return _told("evidence.reattach", links, by, after={"title": item.title})


def _told(action: str, links: Iterable[AnswerEvidence], by: Any, **what: Any) -> int:
    """Each answer once: its version moves on, with its Event. Returns how many answers."""
    answers = {link.answer_id: link.answer for link in links}
    for answer in answers.values():
        lifted = touched(answer, by=by)
        recorded(action, answer, by, **(what | ({"after": what.get("after", {}) | lifted} if lifted else {})))
    return len(answers)


# --- added without an answer ------------------------------------------------------------------------------------------
def add_file(upload: File, *, said: dict[str, Any], agency: Agency | None, by: Any, once_key: str = "") -> Added:
    """A new document of the library, or the one that has these bytes already and that this person may open.

    `said` has title, kind, personal_data and further fields of the item. Raises evidence.Refused, or PermissionDenied.
    """
    require(can_upload(by))
    region = by.acting.region
    stored = receive(upload, by=by, region=region)
    return _add(stored, upload.name or "", said=said, agency=agency, by=by, once_key=once_key)


def _add(
    stored: StoredFile, raw_name: str, *, said: dict[str, Any], agency: Agency | None, by: Any, once_key: str
) -> Added:
    region, met = by.acting.region, {"known": False}

    def act() -> str:
        locked_drafts(region.pk)
        revision = known(stored, by)
        met["known"] = revision is not None
        if revision is None:
            revision = add_stored(stored, raw_name, region=region, agency=agency, by=by, **_parts(said))
        return str(revision.item_id)

    made, _ = once(by, once_key, act, purpose="library_add")
    return Added(EvidenceItem.objects.get(pk=made), **met)


def add_upload(upload: Upload, *, said: dict[str, Any], agency: Agency | None, by: Any) -> Added:
    """The same from a file that has arrived in pieces. Ending the same upload again gives what it made, while
    it is there with these bytes."""
    require(can_upload(by))

    def holds(pk: str) -> bool:
        item = EvidenceItem.objects.kept().filter(pk=pk).first()
        return item is not None and became(upload, library.newest_of(item))

    key, made = unspent(by, str(upload.pk), purpose="library_add", holds=holds)
    if made is not None:
        return Added(EvidenceItem.objects.get(pk=made))
    stored = taken_in(upload, region=by.acting.region, by=by)
    added = _add(stored, upload.name, said=said, agency=agency, by=by, once_key=key)
    used(upload, stored)
    return added


def add_address(url: str, *, said: dict[str, Any], agency: Agency | None, by: Any, once_key: str = "") -> Added:
    """A document on the web."""
    require(can_upload(by))
    parts = _parts(said) | {"kind": EvidenceKind.LINK if said["kind"] == EvidenceKind.OTHER else said["kind"]}
    made, _ = once(
        by,
        once_key,
        lambda: str(add_link(url, region=by.acting.region, agency=agency, by=by, **parts).item_id),
        purpose="library_add",
    )
    return Added(EvidenceItem.objects.get(pk=made))


def _parts(said: dict[str, Any]) -> dict[str, Any]:
    first = ("title", "kind", "personal_data")
    rest = {name: value for name, value in said.items() if name not in first}
    return {name: said[name] for name in first} | {"more": rest}


# --- what a change holds ----------------------------------------------------------------------------------------------
def _held(item: EvidenceItem) -> tuple[dict[UUID, Evaluation], EvidenceItem]:
    """The region's drafts, and the item as it stands now, held until the transaction ends."""
    drafts = locked_drafts(item.region_id)
    held = EvidenceItem.objects.select_for_update(of=("self",), no_key=True)
    return drafts, held.select_related("agency").get(pk=item.pk)


def _links(item: EvidenceItem, drafts: dict[UUID, Evaluation] | None) -> list[AnswerEvidence]:
    """Where the item is or was put; with `drafts` only there, each answer with its evaluation."""
    links = AnswerEvidence.objects.filter(revision__item=item).select_related(
        "answer__question", "answer__evaluation__cycle"
    )
    found = list(links.order_by("added_at", "pk"))
    return found if drafts is None else [link for link in found if _with(link, drafts)]


def _with(link: AnswerEvidence, drafts: dict[UUID, Evaluation]) -> bool:
    """Is its answer in one of the drafts? Then the answer gets the evaluation that is held."""
    held = drafts.get(link.answer.evaluation_id)
    if held is not None:
        link.answer.evaluation = held
    return held is not None


def _open(links: Iterable[AnswerEvidence]) -> list[AnswerEvidence]:
    """Those whose answer can be changed by stage and by calendar."""
    return [link for link in links if permissions.is_open(link.answer) and permissions.in_time(link.answer)]
