"""What is published is downloaded by everybody signed in, a draft by admins."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.tests.make import make_user
from clusters import files, queries, workbook
from clusters.loading import read
from clusters.models import Instrument, Question
from clusters.services import loading
from clusters.tests.test_loading import SMALL

pytestmark = pytest.mark.django_db
DATA = read(SMALL.encode())


@pytest.fixture
def reader(client: Client) -> Client:
    cache.clear()
    client.force_login(make_user(role="operator"))
    return client


def test_both_forms_hold_the_whole_instrument(reader: Client) -> None:
    loading.load(DATA)
    for _ in range(2):  # the second from the cache
        text = reader.get("/instrumen/uji-1/unduh.yaml")
        book = reader.get("/instrumen/uji-1/unduh.xlsx")
        assert read(text.content) == DATA == workbook.read(io.BytesIO(book.content))
    assert text["Content-Type"] == "application/yaml; charset=utf-8" and book["Content-Type"] == files.TYPES["xlsx"]
    assert text["Content-Disposition"] == 'attachment; filename="uji-1.yaml"'


def test_a_draft_is_for_admins_and_always_as_it_stands(reader: Client) -> None:
    loading.load(DATA, publish=False)
    assert reader.get("/instrumen/uji-1/unduh.yaml").status_code == 404
    reader.force_login(make_user(role="national_admin"))
    for name in ("Satu", "Dua"):
        Instrument.objects.update(name=name)
        assert f"name: {name}" in reader.get("/instrumen/uji-1/unduh.yaml").content.decode()


@pytest.mark.parametrize("rule", [{}, {"bands": [], "total": "?"}, {"options": [{"key": "a"}]}, {"yes": {"a": "b"}}])
def test_a_draft_that_nobody_has_finished_is_written_too(reader: Client, rule: dict[str, Any]) -> None:
    loading.load(DATA, publish=False)
    Question.objects.update(rule=rule, text="\ufffe=1+1", max_points="0.125")
    reader.force_login(make_user(role="national_admin"))
    for ending in files.TYPES:
        assert reader.get(f"/instrumen/uji-1/unduh.{ending}").status_code == 200


@pytest.mark.parametrize("address", ["uji-1/unduh.csv", "lain/unduh.yaml", "uji-1/unduh."])
def test_what_is_not_there_is_404(reader: Client, address: str) -> None:
    loading.load(DATA)
    assert reader.get(f"/instrumen/{address}").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_questions(reader: Client, django_assert_num_queries: Any) -> None:
    loading.load(DATA, publish=False)
    instrument = Instrument.objects.get()
    for count in (3, 1):
        Question.objects.exclude(pk__in=list(Question.objects.values_list("pk", flat=True)[:count])).delete()
        with django_assert_num_queries(3):
            queries.content(instrument)


def test_the_schema_is_served(reader: Client) -> None:
    answer = reader.get("/instrumen/skema.json")
    assert json.loads(b"".join(answer.streaming_content))["title"] == "KLA instrument"
    assert answer["Content-Type"] == "application/schema+json"


# --- the command ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["a.yaml", "a.xlsx"])
def test_a_file_that_is_exported_is_loaded_again(tmp_path: Path, name: str) -> None:
    loading.load(DATA)
    call_command("export_instrument", "uji-1", str(tmp_path / name))
    Instrument.objects.all().delete()
    call_command("load_instrument", str(tmp_path / name))
    assert queries.content(Instrument.objects.get()) == DATA


@pytest.mark.parametrize(
    ("code", "name", "told"),
    [("lain", "a.yaml", "Yang ada: uji-1"), ("uji-1", "a.csv", "Akhiran .csv"), ("uji-1", "x/y/a.yaml", "tidak dapat")],
)
def test_what_cannot_be_exported_is_told(tmp_path: Path, code: str, name: str, told: str) -> None:
    loading.load(DATA)
    with pytest.raises(CommandError, match=told):
        call_command("export_instrument", code, str(tmp_path / name))
