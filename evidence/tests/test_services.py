"""Taking in files and links: what stands on the disk, in the rows and in the trail afterwards."""

from pathlib import Path

import pytest

from evidence import store
from evidence.models import EvidenceRevision, StoredFile
from evidence.services import add_file, add_link
from evidence.tests.make import make_pdf, make_person, make_upload
from regions.tests.make import make_agency
from trail.models import Event

pytestmark = pytest.mark.django_db


def files_in(archive: Path) -> list[Path]:
    return [path for path in archive.rglob("*") if path.is_file()]


def test_add_file_keeps_the_bytes_under_their_hash(archive: Path) -> None:
    agency, person, content = make_agency(), make_person(), make_pdf("SK Gugus Tugas")
    revision = add_file(
        make_upload(content, "SK Gugus Tugas.pdf"),
        region=agency.region,
        agency=agency,
        title="SK Gugus Tugas KLA",
        kind="sk",
        personal_data=False,
        by=person,
    )
    assert revision.file is not None
    assert store.path_of(revision.file.sha256).read_bytes() == content
    assert (revision.file.size, revision.file.mime, revision.file.state) == (len(content), "application/pdf", "clean")
    assert files_in(archive) == [store.path_of(revision.file.sha256)]
    added = Event.objects.get(action="evidence_added")
    assert (added.actor, added.region_code, added.detail) == (person, "64.71", "SK Gugus Tugas KLA")


def test_the_same_bytes_twice_are_one_file_and_two_items(archive: Path) -> None:
    agency, person, content = make_agency(), make_person(), make_pdf()
    for name in ("satu.pdf", "dua.pdf"):
        add_file(make_upload(content, name), region=agency.region, agency=agency, by=person)
    assert len(files_in(archive)) == 1
    assert StoredFile.objects.count() == 1
    assert EvidenceRevision.objects.count() == 2
    assert Event.objects.filter(action="file_stored").count() == 1


def test_add_link() -> None:
    agency = make_agency()
    link = "https://jdih.balikpapan.go.id/perda/12"
    revision = add_link(link, region=agency.region, agency=agency, title="Perda KLA", by=make_person())
    assert (revision.url, revision.file, revision.item.kind) == (link, None, "tautan")
    assert Event.objects.get(action="evidence_added").after["url"] == link
