"""What is written down is read back the same. The shipped instruments, and any other."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from clusters import queries
from clusters.content import InstrumentData
from clusters.loading import read
from clusters.models import Instrument
from clusters.services import loading
from clusters.tests.generated import instruments
from clusters.writing import yaml_text

SHIPPED = sorted((Path(__file__).resolve().parents[1] / "instruments").glob("*.yaml"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_file_is_written_as_it_was_read(file: Path) -> None:
    data = read(file.read_bytes())
    text = yaml_text(data)
    assert read(text.encode()) == data and read(text.encode()).digest == data.digest
    assert yaml_text(read(text.encode())) == text
    assert "\n    questions:\n    - code: 1.1\n" in text or not data.questions


@settings(max_examples=60)
@given(instruments())
def test_any_instrument_is_written_as_it_was_read(data: InstrumentData) -> None:
    assert read(yaml_text(data).encode()) == data


@pytest.mark.django_db
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_what_was_stored_is_written_as_it_was_read(file: Path, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    data = read(file.read_bytes())
    loading.load(data)
    instrument = Instrument.objects.get()
    with django_assert_num_queries(3 if data.questions else 2):
        stored = queries.content(instrument)
    assert yaml_text(stored) == yaml_text(data)
    assert stored.digest == data.digest
