"""The library of a region: finding documents in it, and all there is to know of one.

Orders and filters go by an index and every count ends at MOST, so a page costs as much with 100,000 documents as with
a hundred. To an operator a document with personal data of another agency is closed: its place in the plain list shows
kind and size; in a list that is sought, narrowed or ordered by anything else of it, it is not there, because being
found would tell what is in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.enums import OF_A_CITY, Role
from evaluations import permissions
from evaluations.enums import Stage
from evaluations.models import AnswerEvidence, Evaluation
from evidence.cards import advice
from evidence.enums import EvidenceKind, FileState, LinkState
from evidence.formats import size_text, type_label
from evidence.models import EvidenceItem, EvidenceItemQuerySet, EvidenceRevision, FileAccess, StoredFile
from evidence.permissions import can_open_item, can_read_accesses
from evidence.queries import newest, searched
from evidence.services.items import tag_line
from evidence.services.library import kept_until
from kla_portal.lib.dates import zoned_date
from trail.models import Event

PER_PAGE = 25
MOST = 1000
"""So many are counted and can be paged through; whoever has more is asked to narrow the list."""
SOON = timedelta(days=60)
LOOKED_AT = 200
"""Documents, the newest, whose labels are offered."""
TELLS = {"q", "instansi", "tahun", "label", "keadaan"}
"""Filters by which a closed document would give away something of itself."""
ORDERS = {
    "": ("-created_at", "-id"),
    "judul": ("title", "-id"),
    "tanggal": ("-dated", "-id"),
    "berlaku": ("valid_until", "-id"),
    "ukuran": ("-size", "-id"),
}
DATES = {"tanggal": "dated", "berlaku": "valid_until"}
"""Orders by a date that not every document has: those without stand behind the others."""


class Bounded(Paginator):
    """Counts to MOST and no further; `more` says that there are more than that."""

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: MOST + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST)

    @property
    def more(self) -> bool:
        return self._counted > MOST


class InTwo(Bounded):
    """Rows that have a date in its order, then those that have none, newest first."""

    def __init__(self, rows: Any, per_page: int, *, field: str, order: tuple[str, ...]) -> None:
        super().__init__(rows.order_by(*ORDERS[""]), per_page)
        self.dated = rows.exclude(**{field: None}).order_by(*order)
        self.undated = rows.filter(**{field: None}).order_by(*ORDERS[""])

    def page(self, number: Any) -> Any:
        number = self.validate_number(number)
        first, last = (number - 1) * self.per_page, min(number * self.per_page, self.count)
        found = list(self.dated[first:last])
        if len(found) < last - first:
            before = first + len(found) if found else self.dated.order_by().values("pk")[:first].count()
            found += self.undated[first + len(found) - before : last - before]
        return Page(found, number, self)


@dataclass(frozen=True, slots=True)
class Row:
    """A document in the list. `closed`: only kind and size are for this reader. `uses`: questions it proves now.
    `ends`: 'over' or 'soon' when its validity is; `until`: until when a deleted one can be brought back."""

    item: EvidenceItem
    revision: EvidenceRevision | None
    closed: bool
    uses: int
    ends: str = ""
    until: datetime | None = None

    @property
    def size_text(self) -> str:
        return size_text(self.item.size) if self.item.size else ""

    @property
    def type_label(self) -> str:
        file = self.revision.file if self.revision else None
        return type_label(file.mime) if file else "Tautan" if self.revision and self.revision.url else "–"

    @property
    def state(self) -> tuple[str, str]:
        return state_of(self.revision)


def state_of(revision: EvidenceRevision | None) -> tuple[str, str]:
    """(label, tone) of what is known about a revision's file or address."""
    if revision is None or revision.purged_at:
        return "Berkas sudah dihapus", "neutral"
    if revision.file is not None:
        tones = {FileState.CLEAN: "good", FileState.RECEIVED: "info", FileState.INSPECTED: "attention"}
        return FileState(revision.file.state).label, tones.get(FileState(revision.file.state), "loss")
    tones_of_links = {LinkState.ALIVE: "good", LinkState.BROKEN: "loss"}
    return LinkState(revision.link_state).label, tones_of_links.get(LinkState(revision.link_state), "neutral")


def find(user: Any, chosen: Mapping[str, Any]) -> EvidenceItemQuerySet:
    """The documents that `chosen` (names and values of LibraryFilter) asks for, not ordered yet."""
    seen = EvidenceItem.objects.visible_to(user)
    if chosen.get("keadaan") == "dihapus":
        items = _restorable(seen, user)
    else:
        items = seen.kept()
    if TELLS & set(chosen) or chosen.get("urut") in ("judul", *DATES):
        items = items.open_to(user)
    items = searched(items, chosen.get("q", ""))
    if kind := chosen.get("jenis"):
        items = items.filter(kind=kind)
    if agency := chosen.get("instansi"):
        items = items.filter(agency=None if agency == "tanpa" else agency)
    if year := chosen.get("tahun"):
        items = items.filter(data_year=year)
    if tag := chosen.get("label"):
        items = items.filter(search__contains=f"\n{tag_line(tag.strip().lstrip('#').casefold())}\n")
    if personal := chosen.get("pribadi"):
        items = items.filter(personal_data=personal == "ya")
    return _in_state(items, chosen.get("keadaan", ""), user)


def _restorable(items: EvidenceItemQuerySet, user: Any) -> EvidenceItemQuerySet:
    """Deleted ones that this person may bring back, and whose files are still there."""
    if user.acts_as(Role.OPERATOR):
        items = items.filter(agency__isnull=False, agency=user.acting.agency_id)
    elif not user.acts_as(Role.COORDINATOR):
        items = items.none()
    gone = EvidenceRevision.objects.filter(item=OuterRef("pk")).exclude(purged_at=None)
    return items.exclude(deleted_at=None).exclude(Exists(gone))


def _in_state(items: EvidenceItemQuerySet, state: str, user: Any) -> EvidenceItemQuerySet:
    today = zoned_date(timezone.now(), user.acting.region_id)
    match state:
        case "belum-dipakai":
            return items.exclude(Exists(AnswerEvidence.objects.attached().filter(revision__item=OuterRef("pk"))))
        case "segera-berakhir":
            return items.filter(valid_until__gte=today, valid_until__lte=today + SOON)
        case "berakhir":
            return items.filter(valid_until__lt=today)
        case "tautan-putus":
            return items.filter(pk__in=_newest_with(link_state=LinkState.BROKEN))
        case "menunggu":
            return items.filter(pk__in=_newest_with(file__in=_files(FileState.RECEIVED, FileState.INSPECTED)))
        case "dikarantina":
            return items.filter(pk__in=_newest_with(file__in=_files(FileState.QUARANTINED)))
    return items


def _newest_with(**what: Any) -> Any:
    """The items, of whatever region, whose newest revision is so. Few are: found from them, not from all items."""
    later = EvidenceRevision.objects.filter(item=OuterRef("item"), number__gt=OuterRef("number"))
    return EvidenceRevision.objects.filter(**what).exclude(Exists(later)).values("item")


def _files(*states: str) -> Any:
    return StoredFile.objects.filter(state__in=states).values("pk")


def paged(user: Any, chosen: Mapping[str, Any]) -> Bounded:
    """The pages of what `chosen` asks for, in the order it asks for."""
    items, order = find(user, chosen).select_related("agency"), chosen.get("urut", "")
    if chosen.get("keadaan") == "dihapus":
        return Bounded(items.order_by("-deleted_at", "-id"), PER_PAGE)
    if chosen.get("keadaan") in ("segera-berakhir", "berakhir") and not order:
        order = "berlaku"
    if field := DATES.get(order):
        return InTwo(items, PER_PAGE, field=field, order=ORDERS[order])
    return Bounded(items.order_by(*ORDERS[order]), PER_PAGE)


def rows(items: Iterable[EvidenceItem], user: Any) -> list[Row]:
    """The documents of one page as they are shown to this person. Two queries."""
    items = list(items)
    revisions, used = newest(items), _used(items)
    today = zoned_date(timezone.now(), user.acting.region_id)
    return [
        Row(
            item,
            revisions.get(item.pk),
            not can_open_item(user, item),
            used.get(item.pk, 0),
            ends(item, today),
            kept_until(item) if item.deleted_at else None,
        )
        for item in items
    ]


def _used(items: list[EvidenceItem]) -> dict[UUID, int]:
    """How many answers each proves. One query."""
    found: dict[UUID, set[int]] = defaultdict(set)
    links = AnswerEvidence.objects.attached().filter(revision__item__in=[item.pk for item in items])
    for item, answer in links.order_by("pk").values_list("revision__item", "answer"):
        found[item].add(answer)
    return {item: len(answers) for item, answers in found.items()}


def ends(item: EvidenceItem, today: date) -> str:
    """'over', 'soon' (within SOON) or ''."""
    if item.valid_until is None or item.valid_until > today + SOON:
        return ""
    return "over" if item.valid_until < today else "soon"


def tags(user: Any) -> list[str]:
    """Labels of the newest documents that are open to this person, in order. One query."""
    items = EvidenceItem.objects.visible_to(user).kept().open_to(user).order_by(*ORDERS[""])
    return sorted({tag for given in items.values_list("tags", flat=True)[:LOOKED_AT] for tag in given})


# --- one document -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Use:
    """An answer that the document proves. `current`: with its newest revision; `locked`: it cannot be changed now."""

    link: AnswerEvidence
    current: bool
    locked: bool


@dataclass(frozen=True, slots=True)
class Version:
    """One revision as the page shows it."""

    revision: EvidenceRevision
    state: tuple[str, str]
    size_text: str
    type_label: str
    advice: str
    opens: bool
    pages: bool


@dataclass(frozen=True, slots=True)
class Access:
    """Who had a file in hand: to the region its judges are a role and not a name."""

    at: datetime
    who: str
    how: str
    number: int


LABELS = {
    "evidence_added": "Ditambahkan",
    "evidence_described": "Keterangan diubah",
    "evidence_revised": "Revisi baru",
    "evidence_deleted": "Dihapus",
    "evidence_restored": "Dipulihkan",
    "evidence_purged": "Berkas dihapus dari penyimpanan",
}
ACCESSES = 30


def versions(item: EvidenceItem) -> list[Version]:
    """All revisions, newest first. One query."""
    found = item.revisions.select_related("file", "created_by").order_by("-number")
    return [version(revision) for revision in found]


def version(revision: EvidenceRevision) -> Version:
    file = revision.file
    clean = file is not None and file.state == FileState.CLEAN
    return Version(
        revision,
        state_of(revision),
        size_text(file.size) if file else "",
        type_label(file.mime) if file else "Tautan" if revision.url else "",
        advice(file),
        clean,
        bool(clean and file and file.pages),
    )


def uses(item: EvidenceItem, newest_number: int) -> list[Use]:
    """The answers that the document proves, latest cycle first. One query, one for each answer under review, and two
    for each evaluation that is still drafted."""
    links = (
        AnswerEvidence.objects.attached()
        .filter(revision__item=item)
        .select_related("revision", "answer__question", "answer__evaluation__cycle")
        .order_by(
            "-answer__evaluation__cycle__created_at",
            "answer__question__indicator__cluster__position",
            "answer__question__indicator__position",
            "answer__question__position",
            "pk",
        )
    )
    once = {(link.answer_id, link.revision_id): link for link in reversed(links[:MOST])}  # for several wants of one
    shared: dict[Any, Evaluation] = {}  # what is looked up once per evaluation, is not looked up for each answer
    for link in once.values():
        link.answer.evaluation = shared.setdefault(link.answer.evaluation_id, link.answer.evaluation)
    return [
        Use(
            link,
            link.revision.number == newest_number,
            not (permissions.is_open(link.answer) and permissions.in_time(link.answer)),
        )
        for link in reversed(once.values())
    ]


def in_judgement(item: EvidenceItem) -> list[Use]:
    """The answers for whose sake what is said of the document stands still: closed to the region while others look at
    them, locked in review or submitted and not awarded yet. Order and queries as `uses`."""
    return [use for use in uses(item, 0) if use.locked and use.link.answer.evaluation.stage != Stage.AWARDED]


def accesses(item: EvidenceItem, reader: Any) -> list[Access]:
    """The newest accesses to any revision; nothing for whoever may not read them. One query."""
    if not can_read_accesses(reader, item):
        return []
    found = FileAccess.objects.filter(revision__item=item).select_related("by", "revision").order_by("-at", "-pk")
    return [_access(row) for row in found[:ACCESSES]]


def _access(row: FileAccess) -> Access:
    role = Role(row.acting_as) if row.acting_as else None
    who = f"{row.by} · {role.label}" if role in OF_A_CITY and role else role.label if role else str(row.by)
    return Access(row.at, who, row.get_how_display(), row.revision.number)


def events(item: EvidenceItem, *, limit: int = 30) -> list[Any]:
    """What happened to the document, newest first. One query."""
    found = list(Event.objects.about(f"evidence:{item.pk}").filter(action__in=LABELS)[:limit])
    for event in found:
        event.label = LABELS[event.action]  # type: ignore[attr-defined]
        event.detail = _changes(event) or event.detail
    return found


def _changes(event: Event) -> str:
    """What an edit changed, or which revision came, in words."""
    before, after = event.before or {}, event.after or {}
    if event.action == "evidence_revised":
        return f"revisi {after['number']}: {after['name'] or after['url']}"
    if event.action != "evidence_described":
        return ""
    return "; ".join(
        f"{field_label(name)}: {shown(name, before.get(name))} → {shown(name, value)}" for name, value in after.items()
    )


def field_label(name: str) -> str:
    return str(EvidenceItem._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # never a generic relation


def shown(name: str, value: Any) -> str:
    """What is said of a document under this field's name, as stored or as an Event keeps it, in words.

    >>> shown("personal_data", True), shown("tags", ["akta"]), shown("dated", "2024-12-31"), shown("note", "")
    ('Ya', 'akta', '31-12-2024', '–')
    """
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return "Ya" if value else "Tidak"
    if name == "kind":
        return str(dict(EvidenceKind.choices).get(value, value))
    if name in ("dated", "valid_from", "valid_until"):
        return date.fromisoformat(str(value)).strftime("%d-%m-%Y")
    return ", ".join(value) if isinstance(value, list) else str(value)


def missing(item: EvidenceItem, today: date) -> list[str]:
    """What of the description an evaluator will look for in vain, in sentences."""
    signed = item.kind in (
        EvidenceKind.DECREE, EvidenceKind.REGULATION, EvidenceKind.HEAD_REGULATION, EvidenceKind.PLAN,
        EvidenceKind.AGREEMENT, EvidenceKind.CERTIFICATE,
    )  # fmt: skip
    found = []
    if signed and not item.number:
        found.append("Nomor dokumen belum diisi.")
    if item.dated is None and item.kind != EvidenceKind.LINK:
        found.append("Tanggal dokumen belum diisi.")
    if signed and not item.signatory:
        found.append("Penanda tangan belum diisi.")
    if item.data_year is None:
        found.append("Tahun data belum diisi.")
    if item.agency_id is None:
        found.append("Perangkat daerah pemilik belum ditentukan; hanya koordinator yang dapat mengubahnya.")
    if (state := ends(item, today)) and item.valid_until:
        found.append("Masa berlakunya sudah lewat." if state == "over" else "Masa berlakunya berakhir dalam 60 hari.")
    return found
