"""Making evidence items: a document or photo with its file, or a link."""

from collections.abc import Mapping
from typing import Any

from django.core.files.base import File
from django.db import transaction

from evidence.enums import EvidenceKind
from evidence.links import checked_url
from evidence.models import EvidenceItem, EvidenceRevision, StoredFile
from evidence.names import clean_name, folded
from evidence.services.files import receive
from evidence.services.linkchecks import ring
from regions.models import Agency, Region
from trail.services.events import record


def add_file(
    upload: File,
    *,
    region: Region,
    agency: Agency | None,
    title: str = "",
    kind: str = EvidenceKind.OTHER,
    personal_data: bool = True,
    more: Mapping[str, Any] | None = None,
    by: Any,
) -> EvidenceRevision:
    """A new item of the region with the uploaded file as its first revision. Raises Refused, then nothing is left.

    Receiving takes as long as the inspection does: a caller that already holds a transaction keeps others waiting on
    SQLite, so it calls `receive` before and `add_stored` inside.
    """
    stored = receive(upload, by=by, region=region)
    return add_stored(
        stored,
        upload.name or "",
        region=region,
        agency=agency,
        title=title,
        kind=kind,
        personal_data=personal_data,
        more=more,
        by=by,
    )


def add_stored(
    stored: StoredFile,
    raw_name: str,
    *,
    region: Region,
    agency: Agency | None,
    title: str = "",
    kind: str = EvidenceKind.OTHER,
    personal_data: bool = True,
    more: Mapping[str, Any] | None = None,
    by: Any,
) -> EvidenceRevision:
    """A new item of the region with bytes that `receive` has taken in. `raw_name` is the name they came under, `more`
    what else is said of it (further fields of EvidenceItem).

    Without a title the file's name serves. Personal data is assumed unless the caller says otherwise.
    """
    name = clean_name(raw_name)
    said = {"title": title or name.rpartition(".")[0], "kind": kind, "personal_data": personal_data, **(more or {})}
    return _add(region, agency, said, by, file=stored, original_name=name)


def add_link(
    url: str,
    *,
    region: Region,
    agency: Agency | None,
    title: str = "",
    kind: str = EvidenceKind.LINK,
    personal_data: bool = False,
    more: Mapping[str, Any] | None = None,
    by: Any,
) -> EvidenceRevision:
    """A new item of the region that is a web address. Raises Refused for an address that cannot be public."""
    address = checked_url(url)
    said = {"title": title or address, "kind": kind, "personal_data": personal_data, **(more or {})}
    return _add(region, agency, said, by, url=address)


def _add(region: Region, agency: Agency | None, said: dict[str, Any], by: Any, **content: Any) -> EvidenceRevision:
    if said["kind"] not in EvidenceKind.values:
        raise ValueError(f"{said['kind']!r} is no kind of evidence")
    if agency is not None and agency.region_id != region.pk:
        raise ValueError("the agency belongs to another region")
    with transaction.atomic():
        said["title"] = " ".join(said["title"].split())[:200]
        item = EvidenceItem.objects.create(region=region, agency=agency, created_by=by, **said)
        revision = EvidenceRevision.objects.create(item=item, created_by=by, **content)
        reindex(item, revision)
        ring(revision)
        record(
            "evidence_added",
            by=by,
            subject=f"evidence:{item.pk}",
            detail=item.title[:80],
            region=region.pk,
            after={
                **{name: value for name, value in said.items() if value not in (None, "", [])},
                "file": revision.file_id,
                "name": revision.original_name,
                "url": revision.url,
            },
        )
    return revision


def reindex(item: EvidenceItem, newest: EvidenceRevision | None) -> None:
    """Write down what the item can be found by, and how large it is. To be called whenever one of it has changed."""
    file = newest.file if newest else None
    item.search = searchable(item, newest)
    item.size = file.size if file else 0
    EvidenceItem.objects.filter(pk=item.pk).update(search=item.search, size=item.size)


def searchable(item: EvidenceItem, newest: EvidenceRevision | None) -> str:
    """What the search of the library looks at: a line each for title, number, signatory, file name, address and tags, a
    tag with # before it; folded by `folded`."""
    lines = [item.title, item.number, item.signatory]
    if newest:
        lines += [newest.original_name, newest.url]
    return folded("\n".join(["", *filter(None, lines), *(tag_line(tag) for tag in item.tags), ""]))


def tag_line(tag: str) -> str:
    """
    >>> tag_line("akta")
    '#akta'
    """
    return f"#{tag}"
