"""Where a document lies in a package: names for re-entry elsewhere, the same for the same documents. No Django."""

import re
import unicodedata

LONGEST = 120
"""Characters of a whole path, so that it fits below a folder of Windows."""
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_ROOM = 5
"""Characters kept free for the number that tells two of the same name apart."""


def path_of(
    *, cluster: str, indicator: str, code: str, title: str, year: int | None, agency: str, ending: str, taken: set[str]
) -> str:
    """`cluster/indicator/code_title_year_agency.ending`: ASCII letters, digits, `.`, `-` and `_`, 120 at most.

    What is already in `taken` (in small letters, as Windows compares) gets a number; the path is added to it.

    >>> taken = set()
    >>> birth = {"cluster": "I", "indicator": "4", "code": "4.2", "title": "4.2 Akta kelahiran 2024", "year": 2024}
    >>> path_of(**birth, agency="Disdukcapil", ending="pdf", taken=taken)
    'I/04/4.2_akta-kelahiran_2024_Disdukcapil.pdf'
    >>> path_of(**birth, agency="Disdukcapil", ending="pdf", taken=taken)
    'I/04/4.2_akta-kelahiran_2024_Disdukcapil_2.pdf'
    """
    folder = f"{_folder(cluster)}/{_folder(_two_digits(indicator))}"
    code = _plain(code, keep=".")[:20].strip("-.") or "x"
    tail = "".join(f"_{part}" for part in (str(year or ""), _plain(agency)[:30].strip("-")) if part)
    ending = re.sub("[^a-z0-9]", "", ending.lower())[:5] or "bin"
    room = LONGEST - len(f"{folder}/_{code}_{tail}.{ending}") - _ROOM
    stem = _guarded(f"{code}_{_title(title, code, year)[:room].strip('-')}{tail}")
    found, number = f"{folder}/{stem}.{ending}", 1
    while found.casefold() in taken:
        number += 1
        found = f"{folder}/{stem}_{number}.{ending}"
    taken.add(found.casefold())
    return found


def _title(title: str, code: str, year: int | None) -> str:
    """The title in small letters, without the code before and the year after it, which the name says anyway."""
    words = title.strip()
    words = words.removeprefix(code) if words[len(code) : len(code) + 1] in {" ", "_", "-"} else words
    slug = _plain(words).lower()
    return (slug.removesuffix(f"-{year}") if year else slug) or "dokumen"


def _plain(text: str, keep: str = "") -> str:
    """ASCII letters and digits, everything else one hyphen; accents fall away."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(f"[^A-Za-z0-9{re.escape(keep)}]+", "-", bare).strip("-")


def _folder(text: str) -> str:
    return _guarded(_plain(text)[:16].strip("-") or "x")


def _guarded(name: str) -> str:
    return f"_{name}" if _RESERVED.match(name) else name


def _two_digits(number: str) -> str:
    """
    >>> _two_digits("4"), _two_digits("21A")
    ('04', '21A')
    """
    found = re.fullmatch(r"(\d+)(.*)", number, re.DOTALL)
    return f"{found[1].zfill(2)}{found[2]}" if found else number
