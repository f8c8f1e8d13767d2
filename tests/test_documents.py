"""What the documentation says about the code is compared with the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluations.demo.people import PASSWORD, PEOPLE

ROOT = Path(__file__).resolve().parent.parent
OPERATIONS = ROOT / "docs" / "operations.md"
GUIDES = sorted((ROOT / "docs" / "panduan").glob("*.md"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def variables_read() -> set[str]:
    """Names that the settings take from the environment."""
    return set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", (ROOT / "kla_portal" / "settings.py").read_text()))


def rows(document: str) -> Iterator[str]:
    """First cells of the table rows that begin with a name in code type."""
    yield from re.findall(r"^\| `([A-Z_]+)` \|", document, flags=re.M)


def words_on_screen() -> str:
    """Every text that a template or a label can put on the screen, in one line, without markup."""
    files = [
        *ROOT.glob("*/templates/**/*.html"),
        *ROOT.glob("templates/**/*.html"),
        *(path for app in ("accounts", "regions", "clusters", "evaluations") for path in (ROOT / app).rglob("*.py")),
    ]
    text = "\n".join(path.read_text() for path in files if "tests" not in path.parts)
    bare = re.sub(r"{%.*?%}|{{.*?}}|<[^>]+>", " ", text)
    return re.sub(r"\s+", " ", text + bare)


def missing_words(guide: str, screen: str) -> list[str]:
    """Bold words of a guide that no screen shows; '…' stands for what differs."""
    marked = (re.sub(r"\s+", " ", words) for words in re.findall(r"\*\*(.+?)\*\*", guide, flags=re.S))
    return [words for words in marked if not all(part.strip() in screen for part in words.split("…"))]


def test_operations_lists_every_variable_and_no_other():
    listed = list(rows(OPERATIONS.read_text()))
    assert sorted(listed) == sorted(variables_read())
    assert len(listed) >= 14


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_the_guides_name_what_the_screens_show(guide):
    assert missing_words(guide.read_text(), words_on_screen()) == [], (
        "the guide names buttons or fields that are not there"
    )


def test_words_that_no_screen_shows_are_noticed():
    screen = words_on_screen()
    assert missing_words("**Simpan** dan **Terima … klaim tersisa di\nindikator …**", screen) == []
    assert missing_words("**Hapus semesta** dan **Terima … klaim semesta**", screen) == [
        "Hapus semesta",
        "Terima … klaim semesta",
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_readme_names_everybody_of_the_demo():
    readme = (ROOT / "README.md").read_text()
    assert [person.username for person in PEOPLE if f"`{person.username}`" not in readme] == []
    assert f"`{PASSWORD}`" in readme
