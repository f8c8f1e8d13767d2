"""Builders: small real files made on the spot, and the smallest valid rows around them."""

import io
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from evidence import store
from evidence.enums import EvidenceKind, FileState
from evidence.formats import FORMATS
from evidence.inspection import inspected
from evidence.models import EvidenceItem, EvidenceRevision, StoredFile, Upload
from evidence.names import ending_of
from evidence.services import uploading
from evidence.services.items import reindex
from kla_portal.lib.jail import asking
from regions.models import Agency, Region
from regions.tests.make import make_region


def make_pdf(text: str = "Dokumen contoh", pages: int = 1) -> bytes:
    """A real PDF with `text` (lines by \\n, Latin script) on every page, to be found again by pdftotext."""
    import pikepdf

    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type1,
            BaseFont=pikepdf.Name.Helvetica,
            Encoding=pikepdf.Name.WinAnsiEncoding,
        )
    )
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    shown = " T* ".join(f"({line}) Tj" for line in escaped.split("\n"))
    content = f"BT /F1 12 Tf 16 TL 60 780 Td {shown} ET".encode("cp1252", "replace")
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.obj.Contents = pdf.make_stream(content)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def make_jpeg(size: tuple[int, int] = (64, 48), color: str = "teal", **options: Any) -> bytes:
    return _picture("JPEG", size, color, options)


def make_png(size: tuple[int, int] = (64, 48), color: str = "teal", **options: Any) -> bytes:
    return _picture("PNG", size, color, options)


def _picture(form: str, size: tuple[int, int], color: str, options: dict[str, Any]) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, form, **options)
    return out.getvalue()


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument"


def make_zip(members: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def make_xlsx(text: str = "Rekapitulasi", extra: dict[str, str | bytes] | None = None) -> bytes:
    """A workbook of one sheet with `text` in A1; `extra` adds or replaces members."""
    return make_zip({**_package("xl/workbook.xml", "spreadsheetml.sheet"), **_workbook(text), **(extra or {})})


def make_docx(text: str = "Notula rapat", extra: dict[str, str | bytes] | None = None) -> bytes:
    """A document of one paragraph; `extra` adds or replaces members."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'{_HEAD}<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    main = {"word/document.xml": body}
    return make_zip({**_package("word/document.xml", "wordprocessingml.document"), **main, **(extra or {})})


def _package(main: str, kind: str) -> dict[str, str | bytes]:
    sheet = f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.spreadsheetml.worksheet+xml"/>'
    return {
        "[Content_Types].xml": (
            f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
            f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/{main}" ContentType="{_TYPE}.{kind}.main+xml"/>'
            f"{sheet if main.startswith('xl/') else ''}</Types>"
        ),
        "_rels/.rels": (
            f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="{main}"/></Relationships>'
        ),
    }


def _workbook(text: str) -> dict[str, str | bytes]:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return {
        "xl/workbook.xml": (
            f'{_HEAD}<workbook xmlns="{space}" xmlns:r="{_DOCUMENT}"><sheets>'
            f'<sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
        ),
        "xl/worksheets/sheet1.xml": (
            f'{_HEAD}<worksheet xmlns="{space}"><sheetData><row r="1"><c r="A1" t="inlineStr">'
            f"<is><t>{text}</t></is></c></row></sheetData></worksheet>"
        ),
    }


def make_upload(content: bytes | None = None, name: str = "bukti.pdf", content_type: str = "") -> SimpleUploadedFile:
    """What a form's file field hands over."""
    return SimpleUploadedFile(name, make_pdf() if content is None else content, content_type)


def inspect(path: Path, extension: str, wall_seconds: float = asking.WALL_SECONDS) -> str:
    """The type that the inspection finds. Raises Refused."""
    with inspected(path, extension, wall_seconds) as found:
        return found.mime


def make_person(**fields: Any) -> User:
    fields.setdefault("username", f"pengunggah-{uuid.uuid4().hex[:12]}")
    return User.objects.create(**{"full_name": "Pengunggah Contoh", **fields})


def make_stored(content: bytes | None = None, extension: str = "pdf", **fields: Any) -> StoredFile:
    """The bytes on the disk and their row, without the inspection (which takes a process of its own)."""
    with store.incoming([make_pdf() if content is None else content], 10**9) as part:
        part.keep()
    form = FORMATS[extension]
    fields = {"size": part.size, "mime": form.mime, "pages": int(form.inline), "state": FileState.CLEAN, **fields}
    return StoredFile.objects.update_or_create(sha256=part.sha256, defaults=fields)[0]


def make_revision(
    region: Region | None = None,
    *,
    agency: Agency | None = None,
    content: bytes | None = None,
    name: str = "bukti.pdf",
    url: str = "",
    by: User | None = None,
    item: EvidenceItem | None = None,
    **item_fields: Any,
) -> EvidenceRevision:
    """An item of the region (64.71 when none is given) with one revision: a small PDF, `content`, or the link `url`.

    Further fields go to the item: title, kind, personal_data. With `item` the revision is added to that item.
    """
    by = by or make_person()
    if item is None:
        item_fields = {"title": "Bukti contoh", "kind": EvidenceKind.OTHER, "created_by": by, **item_fields}
        region = region or (agency.region if agency else make_region())
        item = EvidenceItem.objects.create(region=region, agency=agency, **item_fields)
    content_of: dict[str, Any] = {"url": url}
    if not url:
        content_of = {"file": make_stored(content, ending_of(name)), "original_name": name}
    number = item.revisions.count() + 1
    revision = EvidenceRevision.objects.create(item=item, number=number, created_by=by, **content_of)
    reindex(item, revision)
    return revision


def make_upload_under_way(*, by: Any, content: bytes = b"", size: int = 1000, **fields: Any) -> Upload:
    """An upload in pieces of `by`, of which `content` has arrived."""
    fields = {"name": "bukti.pdf", "key": uuid.uuid4().hex, "expires_at": timezone.now() + timedelta(days=1), **fields}
    upload = Upload.objects.create(by=by, region=by.acting.region, size=size, offset=len(content), **fields)
    if content:
        store.make_folder(store.spool())
        uploading.path_of(upload).write_bytes(content)
    return upload
