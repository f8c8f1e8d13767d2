"""The published schema of the YAML form: the shipped files pass it, and what it refuses the loader refuses too."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from clusters.checking import examine
from clusters.content import InstrumentData
from clusters.enums import EvidenceKind, QuestionKind
from clusters.loading import read
from clusters.nodes import node
from clusters.tests.generated import instruments
from clusters.writing import tree
from regions.enums import AgencyKind

FOLDER = Path(__file__).resolve().parents[1] / "instruments"
SCHEMA = json.loads((FOLDER / "instrument.schema.json").read_bytes())
VALIDATOR = Draft202012Validator(SCHEMA)


class Yaml12(yaml.SafeLoader):
    """Yes and no are words since 2009."""


Yaml12.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:bool"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))  # type: ignore[no-untyped-call]


def refused(plain: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:100]}" for error in VALIDATOR.iter_errors(plain)]


def test_it_is_a_schema_and_says_what_everything_is() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert all("description" in part for part in SCHEMA["$defs"].values())


def test_it_knows_every_kind_and_every_owner() -> None:
    question = SCHEMA["$defs"]["question"]["properties"]
    assert question["kind"]["enum"] == QuestionKind.values
    assert question["owners"]["items"]["enum"] == AgencyKind.values
    assert question["wants"]["items"]["properties"]["kinds"]["items"]["enum"] == EvidenceKind.values


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_shipped_files_are_valid(file: Path) -> None:
    """As the portal reads them, all text, and as an editor does that follows YAML 1.2."""
    assert refused(tree(read(file.read_bytes()))) == []
    assert refused(yaml.load(file.read_bytes(), Loader=Yaml12)) == []


@settings(max_examples=40)
@given(instruments())
def test_every_instrument_is_valid(data: InstrumentData) -> None:
    assert refused(tree(data)) == []


def places(plain: Any) -> list[tuple[Any, Any]]:
    """Every container inside with each of its keys."""
    found = []
    rows = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, entry in rows:
        found += [(plain, key), *places(entry)]
    return found


SPOILT = st.sampled_from(
    [
        "",
        "x",
        "-1",
        "2",
        "1e3",
        "0.12345678901",
        "A" * 1200,
        "true",
        "%",
        "ftp://a",
        [],
        ["x"],
        {},
        {"x": "y"},
        " ",
        "\n",
    ]
)


@settings(max_examples=150)
@given(instruments(), st.data())
def test_what_the_schema_refuses_the_loader_refuses(data: InstrumentData, draw: st.DataObject) -> None:
    plain = tree(data)
    above, key = draw.draw(st.sampled_from(places(plain)))
    how = draw.draw(st.integers(0, 2))
    if how == 0:
        above[key] = draw.draw(SPOILT)
    elif how == 1:
        del above[key]
    elif isinstance(above, dict):
        above["asing"] = "x"
    else:
        above.extend([above[key]] * 600)
    faults = refused(plain)
    assume(faults)
    found, _ = examine(node(plain))
    assert found is None, faults
