from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from clusters import queries, scoring
from clusters.content import InstrumentData
from clusters.loading import read
from clusters.models import Cluster, Indicator, Instrument, MappingLine, Question
from clusters.services import loading
from clusters.tests.make import NUMBERS
from trail.models import Event

pytestmark = pytest.mark.django_db
SHIPPED = Path(__file__).resolve().parents[2] / "instruments" / "kla-2024.yaml"


def shipped() -> InstrumentData:
    return read(SHIPPED.read_bytes())


def run(*args: Any, **options: Any) -> str:
    out = StringIO()
    call_command("load_instrument", *map(str, args), stdout=out, **options)
    return out.getvalue()


def test_load_instrument_writes_the_whole_shipped_instrument_and_its_event() -> None:
    assert "274 pertanyaan; dimuat" in run(SHIPPED)
    instrument = Instrument.objects.get(code="kla-2024")
    outline = queries.outline(instrument)
    assert instrument.state == "published"
    assert [(cluster.code, int(cluster.max_points)) for cluster in outline.clusters] == [
        ("KEL", 164), ("I", 115), ("II", 156), ("III", 150), ("IV", 110), ("V", 205), ("KD", 100),
    ]  # fmt: skip
    assert [indicator.number for cluster in outline.clusters for indicator in cluster.indicators] == NUMBERS
    assert len(outline.questions) == 274
    assert scoring.sum_points(question.max_points for question in outline.questions) == Decimal(1000)
    event = Event.objects.get()
    assert (event.action, event.subject) == ("instrument_added", "instrument:kla-2024")


def test_loading_the_same_again_changes_nothing() -> None:
    run(SHIPPED)
    before = list(Question.objects.order_by("pk").values_list("pk", "text"))
    assert "tidak ada perubahan" in run(SHIPPED)
    assert list(Question.objects.order_by("pk").values_list("pk", "text")) == before
    assert Event.objects.count() == 1


def test_a_published_version_is_not_overwritten() -> None:
    data = shipped()
    loading.load(data)
    with pytest.raises(loading.AlreadyPublished):
        loading.load(replace(data, name="Nama lain"))
    assert Instrument.objects.get().name == data.name
    assert Event.objects.count() == 1


def test_the_command_names_the_refused_version_and_loads_nothing_else(tmp_path: Path) -> None:
    run(SHIPPED)
    text = SHIPPED.read_text()
    other, changed = tmp_path / "a.yaml", tmp_path / "b.yaml"
    other.write_text(text.replace("code: kla-2024", "code: kla-2024-uji", 1))
    changed.write_text(text.replace("Evaluasi Kabupaten/Kota Layak Anak 2024", "Lain", 1))
    with pytest.raises(CommandError, match=r"kla-2024 sudah terbit .* versi baru"):
        run(other, changed)
    assert Instrument.objects.count() == 1


def test_a_draft_is_replaced_and_then_published() -> None:
    data = shipped()
    assert loading.load(data, publish=False) == loading.ADDED
    shorter = replace(data, name="Draf kedua")
    assert loading.load(shorter, publish=False) == loading.REPLACED
    assert loading.load(shorter, publish=False) == loading.UNCHANGED
    assert (Cluster.objects.count(), Indicator.objects.count(), Question.objects.count()) == (7, 31, 274)
    assert loading.load(shorter) == loading.PUBLISHED
    assert Instrument.objects.get().state == "published"
    assert Event.objects.count() == 3


@pytest.mark.parametrize("state", ["draft", "checked"])
def test_a_draft_that_somebody_works_on_is_replaced_only_when_told_so(state: str) -> None:
    data = shipped()
    loading.load(data, publish=False)
    digest = "" if state == "draft" else "a" * 64  # what an edit leaves, and what a check
    Instrument.objects.update(state=state, digest=digest, name="Disunting di portal")
    with pytest.raises(CommandError, match=r"kla-2024 sedang disunting .* --replace"):
        run(SHIPPED)
    assert Instrument.objects.get().name == "Disunting di portal"
    assert "menggantikan draf" in run(SHIPPED, replace=True)
    assert (Instrument.objects.get().name, Instrument.objects.get().state) == (data.name, "published")
    assert Question.objects.count() == 274


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_of_two_that_load_a_new_code_at_once_the_second_finds_it_there() -> None:
    data = shipped()

    def one(_: int) -> str:
        try:
            return loading.load(data)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, range(2))) == [loading.ADDED, loading.UNCHANGED]
    assert (Instrument.objects.count(), Question.objects.count()) == (1, 274)


def test_the_command_reports_every_fault_and_loads_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    text = SHIPPED.read_text().replace("owners: [disdukcapil]", "owners: [dukcapil]", 1)
    bad.write_text(text.replace(": 164", ": 165"))
    with pytest.raises(CommandError) as refused:
        run(SHIPPED, bad)
    told = str(refused.value)
    assert "clusters[0].max_points (baris " in told
    assert "clusters[1].indicators[0].questions[0].owners[0] (baris " in told
    assert not Instrument.objects.exists()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="tidak terbaca"):
        run(tmp_path / "none.yaml")


def test_check_loads_nothing() -> None:
    assert "tidak ada kesalahan" in run(check=True)
    assert not Instrument.objects.exists()


def test_a_mapping_of_a_published_version_is_refused_in_words(tmp_path: Path) -> None:
    run()
    file = tmp_path / "kla-2022-kla-2024.yaml"
    shipped_mapping = next((SHIPPED.parent / "mappings").glob("*.yaml")).read_text()
    file.write_text(shipped_mapping.replace("150 menjadi 164", "lain"))
    with pytest.raises(CommandError, match="pemetaan lain"):
        run(file)
    assert not MappingLine.objects.filter(note="lain").exists()
