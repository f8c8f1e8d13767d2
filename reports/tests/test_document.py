"""The PDF itself. E1: whatever users type, nothing is opened, and charts and typeface are there."""

import json
import re
from decimal import Decimal

import pytest

from evaluations.enums import Stage, Verdict
from evaluations.models import Evaluation
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link, make_score, people
from evidence.tests.make import make_revision
from kla_portal.tests.canary import SECRET, canary
from kla_portal.tests.read_pdf import figures_of, fonts_of, pages_of, streams_of, text_of
from regions.tests.make import make_agency
from reports import document
from reports.payload import build, frozen

pytestmark = pytest.mark.django_db
MARK = "f0" * 32
TRAIL = (4321, "ab12cd34" * 8)
HERE = "TITIPAN"
"""Stands in every field that a user fills, until an attempt takes its place."""


@pytest.fixture(scope="module")
def content(django_db_setup, django_db_blocker):
    """The payload that a judge of a scored evaluation gets, HERE in every text that people type."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        evaluation = make_evaluation(cycle=make_cycle(name=f"Evaluasi {HERE}"), stage=Stage.FINAL)
        agency = make_agency(evaluation.region, "dinsos", name=f"Dinas {HERE}")
        for code in ("1.1", "2.1"):
            answer = make_answer(evaluation=evaluation, code=code, note=f"Catatan {HERE}", on_behalf_of=agency)
            make_link(
                answer=answer,
                revision=make_revision(
                    region=evaluation.region, title=f"Judul {HERE}", name=f"{HERE}.pdf", personal_data=False
                ),
            )
            make_score(answer=answer, fraction=Decimal("0.45"), verdict=Verdict.ADJUSTED, reason=f"Alasan {HERE}")
        judge = people(evaluation)["evaluator"]
        made = frozen(build(Evaluation.objects.with_names().get(pk=evaluation.pk), judge))
        transaction.set_rollback(True)
    return made


@pytest.fixture(scope="module")
def printed(content):
    return document.print_pdf(content, MARK, trail=TRAIL)


def with_text(content, attempt):
    """The payload with `attempt` in every place of HERE."""
    return json.loads(json.dumps(content).replace(HERE, json.dumps(attempt)[1:-1]))


def test_the_report_says_region_cycle_predicate_and_totals(printed):
    text = text_of(printed)
    for words in (
        "Laporan Hasil Evaluasi", "Kota Balikpapan", "Kalimantan Timur", f"Evaluasi {HERE}", "Belum ditetapkan",
        "Klaim (penilaian mandiri)", "320,00", "180,00", "Klaster I Hak Sipil dan Kebebasan", "2.1", "Judul TITIPAN",
        "Alasan TITIPAN", "Verifikasi final", "atas nama", "lebih dari 600,00", "f0f0f0f0 f0f0f0f0",
        "Jejak s.d. nomor 4321, sidik ab12cd34ab12cd34", "ab12cd34 ab12cd34 ab12cd34 ab12cd34",
    ):  # fmt: skip
        assert words in text, words
    assert re.search(r"Halaman 2 dari \d", text)
    assert "DATA CONTOH" not in text


def test_demo_data_says_so_on_every_page(content):
    data = document.print_pdf(content | {"demo": True}, MARK)
    pages = pages_of(data)
    assert len(pages) >= 6
    assert all("DATA CONTOH" in page for page in pages)


def test_charts_and_typeface_are_in_the_document(content, printed):
    assert fonts_of(printed) == {"Plus-Jakarta-Sans", "Plus-Jakarta-Sans-Bold"}
    figures = figures_of(printed)
    assert len(figures) == 1 + 3 + len(content["clusters"])  # the emblem, three of the summary, one per chapter
    assert any("Klaim 320,00 / 1.000" in words for words in figures)
    drawn = streams_of(printed)
    for colour in (
        b"0.968627 0.905882 0.662745 rg",
        b"0.14902 0.294118 0.482353 rg",
    ):  # Pratama and Paripurna on the bar
        assert colour in drawn


def test_the_table_of_contents_has_page_numbers(printed):
    contents = pages_of(printed)[1]
    for line, page in (("1 Ringkasan", 3), ("2 Kelembagaan", 5), ("C Keaslian dokumen", len(pages_of(printed)))):
        assert re.search(rf"{line} [ .]*{page}\b", contents), line


def test_the_same_payload_prints_the_same_bytes(content, printed):
    assert document.print_pdf(content, MARK, trail=TRAIL) == printed


def test_without_scores_the_document_says_that_they_are_left_out(content):
    bare = json.loads(json.dumps(content))
    bare["audience"]["scores"] = False
    bare["predicates"] |= {"scored": None, "supported": None}
    tallies = [bare["total"]]
    for part in bare["clusters"]:
        tallies.append(part["tally"])
        for block in part["indicators"]:
            tallies.append(block["tally"])
            for question in block["questions"]:
                tallies.append(question["tally"])
                question["verdict"] = None
    for tally in tallies:
        tally |= {"scored": None, "supported": None}
    text = text_of(document.print_pdf(bare, MARK))
    assert "Nilai evaluator tidak dimuat" in text
    assert "180,00" not in text


def test_no_attempt_in_any_field_reaches_server_or_file(content, tmp_path):
    """E1: every attempt in every field at once, as text."""
    with canary(tmp_path) as bird:
        attempts = bird.attempts()
        data = document.print_pdf(with_text(content, " ".join(attempts)), MARK)
        assert bird.hits == []
    assert len(attempts) >= 17
    assert SECRET.encode() not in streams_of(data)
    assert fonts_of(data) >= {"Plus-Jakarta-Sans", "Plus-Jakarta-Sans-Bold"}
    assert len(figures_of(data)) == 4 + len(content["clusters"])
    text = "".join(text_of(data).split())
    for attempt in attempts[:-1]:  # printed as it was typed; the last one is not printable
        assert "".join(attempt.split()) in text, attempt
