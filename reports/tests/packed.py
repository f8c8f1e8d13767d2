"""A city with documents, and a look into the package that is made of them."""

import io
import zipfile
from typing import Any

from django.urls import reverse
from django.utils import timezone

from evaluations.enums import Stage
from evaluations.models import AnswerEvidence
from evaluations.tests.make import make_answer, make_evaluation, make_link
from evidence.enums import FileState
from evidence.models import EvidenceItem, StoredFile
from evidence.tests.make import make_jpeg, make_revision, make_xlsx
from reports import store
from reports.models import Package

SECRET = "Knrrahasiaq"


def city(stage: str = Stage.SELF_ASSESSMENT) -> dict[str, Any]:
    """An evaluation with five documents: a PDF, a picture of personal data, the PDF's bytes at another question, a
    workbook, and a link."""
    evaluation = make_evaluation(stage=stage)
    agencies = {agency.kind: agency for agency in evaluation.region.agencies.all()}
    birth = make_answer(evaluation=evaluation, code="2.1")
    law = make_answer(evaluation=evaluation, code="1.1")
    region, holder = evaluation.region, agencies["disdukcapil"]
    deed = make_revision(
        region, agency=holder, title="2.1 Akta 2024", data_year=2024, number="12/2024", personal_data=False
    )
    photo = make_revision(
        region, agency=holder, title=f"Foto {SECRET}", number=f"no {SECRET}", name="f.jpg", content=make_jpeg(),
        personal_data=True,
    )  # fmt: skip
    table = make_revision(region, title="=1+1", name="x.xlsx", content=make_xlsx(), personal_data=False)
    link = make_revision(region, agency=agencies["dinkes"], url="https://contoh.id/?a=1&b=2", personal_data=False)
    links = {
        "deed": make_link(answer=birth, revision=deed, page_hint="hal. 12"),
        "photo": make_link(answer=birth, revision=photo),
        "again": make_link(answer=law, revision=deed),
        "table": make_link(answer=law, revision=table),
        "link": make_link(answer=birth, revision=link),
    }
    return {"evaluation": evaluation, "agencies": agencies, "links": links, "birth": birth}


def opened(package: Package) -> zipfile.ZipFile:
    with store.backend().open(package.file_name) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def fresh(package: Package) -> Package:
    return Package.objects.select_related("job", "evaluation__region", "evaluation__cycle").get(pk=package.pk)


def url(name: str, package: Package) -> str:
    target = package.evaluation_id if name in ("package_list", "package_request") else package.pk
    return reverse(f"reports:{name}", args=[target])


def quarantine(link: AnswerEvidence) -> None:
    StoredFile.objects.filter(revisions=link.revision).update(state=FileState.QUARANTINED)


def delete(link: AnswerEvidence) -> None:
    EvidenceItem.objects.filter(pk=link.revision.item_id).update(deleted_at=timezone.now())
