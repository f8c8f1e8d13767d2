"""Which question a file belongs to, read from its name: "4.2 akta 2024.pdf", "I/04/4.2_akta_2024.pdf". Pure.

A proposal for people to confirm, so it would rather say nothing than guess: only codes that the instrument has, never a
date, a time, a version or a year.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clusters.enums import EvidenceKind
from clusters.wants import Want

_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_DAY = r"\d{1,2}\s?[.,/]\s?\d{1,2}"
_DATES = re.compile(
    rf"(?<!\d){_DAY}\s*(?:-|–|sd|s\.d\.|sampai)\s*{_DAY}\s?[.,/]\s?(?:19|20)\d\d(?!\d)"  # 12.4-15.4.2024
    r"|(?<![\d.,])\d{1,2}\s?(?P<by>[.,/-])\s?\d{1,2}\s?(?P=by)\s?(?:(?:19|20)\d\d|\d\d)(?![\d.,]*\d)"  # 12-04-24
    r"|(?<!\d)(?:19|20)\d\d[.,/-]\d{1,2}[.,/-]\d{1,2}(?!\d)"  # 2024-04-12
    r"|(?<!\d)(?:19|20)\d{6}(?!\d)"  # 20240412
    r"|\b(?:no|nomor)\b\.?\s*[\w./-]+\s+(?:tahun|thn|th)\.?\s*\d{4}",  # Nomor 5 Tahun 2019
    re.IGNORECASE,
)
_NO_CODE_AFTER = {"tgl", "tanggal", "jam", "pukul", "pkl", "v", "ver", "versi", "rev", "revisi", "rp", "no", "nomor"}
_SEPARATORS = re.compile(r"[\s_()\[\]{}&+;:#=]+")
_QUESTION_MARK = re.compile(r"(?:p|pertanyaan|soal)\.?(?=\d)", re.IGNORECASE)
_CLUSTER = re.compile(r"(?:[ivx]{1,4}|kel|kd)\.(?=\d)", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")

_KINDS: tuple[tuple[str, str], ...] = (
    (EvidenceKind.HEAD_REGULATION, r"perbup|perwali|perwal|perkada|peraturan (?:bupati|wali ?kota|kepala daerah)"),
    (EvidenceKind.REGULATION, r"perda|peraturan daerah"),
    (EvidenceKind.PLAN, r"rad|rencana aksi"),
    (EvidenceKind.PROFILE, r"profil anak|profil"),
    (EvidenceKind.AGREEMENT, r"mou|pks|kerja ?sama|nota kesepahaman"),
    (EvidenceKind.CERTIFICATE, r"sertifikat|piagam|penghargaan"),
    (EvidenceKind.DECREE, r"sk|keputusan|kepwal|kepbup"),
    (EvidenceKind.REPORT, r"laporan|lap|notula|notulen|berita acara|undangan|daftar hadir"),
    (EvidenceKind.RECAP, r"rekap|rekapitulasi|matriks|data|tabel"),
    (EvidenceKind.PHOTO, r"foto|dokumentasi"),
)
_BY_KIND = tuple((kind, re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)) for kind, words in _KINDS)
_BY_ENDING = dict.fromkeys(("jpg", "jpeg", "png"), EvidenceKind.PHOTO) | {"xlsx": EvidenceKind.RECAP}


@dataclass(frozen=True, slots=True)
class Match:
    """What a path says: the codes of questions it names, the likeliest first; the one year it speaks of, if there is
    one; a title and a kind (of EvidenceKind)."""

    codes: tuple[str, ...]
    year: int | None
    title: str
    kind: str


def match(path: str, codes: Iterable[str]) -> Match:
    """Read a file's name, and its folders where the name itself says nothing. `codes` are the instrument's."""
    *folders, name = [part for part in path.replace("\\", "/").split("/") if part.strip()] or [""]
    ending = _ENDING.search(name)
    stem = name[: ending.start()] if ending else name
    known = {_folded(code): code for code in codes}
    parts = [stem, *reversed(folders)]
    found = next(filter(None, (_codes(part, known) for part in parts)), ())
    year = next(filter(None, (_year(part) for part in parts)), None)
    title = _title(stem, known)
    kind = next((kind for kind, words in _BY_KIND if words.search(_spaced(stem))), None)
    by_ending = _BY_ENDING.get(ending[0][1:].lower(), EvidenceKind.OTHER) if ending else EvidenceKind.OTHER
    return Match(found, year, title, str(kind or by_ending))


def _folded(code: str) -> str:
    return code.lower().replace(",", ".")


def _spaced(text: str) -> str:
    return _SEPARATORS.sub(" ", text).strip()


def _codes(part: str, known: dict[str, str]) -> tuple[str, ...]:
    found: list[str] = []
    before = ""
    for token in _tokens(part):
        code = _code(token, known)
        if code and code not in found and before.lower().rstrip(".") not in _NO_CODE_AFTER:
            found.append(code)
        before = token
    return tuple(found)


def _tokens(part: str) -> list[str]:
    """The words of a name without its dates. A hyphen joins what is a code only with it, and parts the rest."""
    return [token for token in _SEPARATORS.split(_DATES.sub(" ", part)) if token]


def _code(token: str, known: dict[str, str]) -> str:
    """The code that a word is or begins with before a hyphen; '' where it is none."""
    for text in dict.fromkeys((token, *re.split(r"[-–]", token))):
        word = text.strip(".,'\"!")
        marked = _QUESTION_MARK.match(word)
        bare = word[marked.end() :] if marked else word
        cluster = _CLUSTER.match(bare)
        code = known.get(_folded(bare[cluster.end() :] if cluster else bare), "")
        # A code without a point is a number like any other, unless it is marked as a question's.
        if code and (marked or "." in code):
            return code
    return ""


def _year(part: str) -> int | None:
    """The year a name speaks of; None where it names several, or only within a date."""
    years = set(_YEAR.findall(_DATES.sub(" ", part)))
    return int(years.pop()) if len(years) == 1 else None


def _title(stem: str, known: dict[str, str]) -> str:
    """The name without the codes and underscores, begun with a capital."""
    words = [token for token in re.split(r"[\s_]+", stem) if token and not _only_code(token, known)]
    title = " ".join(words).strip(" -–.,")
    return title[:1].upper() + title[1:] if title else _spaced(stem)


def _only_code(token: str, known: dict[str, str]) -> bool:
    return not re.search(r"[-–]", token) and bool(_code(token.strip("()[]{}"), known))


def choose(wants: Sequence[Want], kind: str, title: str) -> str:
    """The key of the want that a document would meet, of those that nothing meets yet; '' where that is not clear.

    The only one; else the only one that asks for its kind; else the one whose label shares the most words with the
    title.
    """
    if len(wants) == 1:
        return wants[0].key
    of_kind = [want for want in wants if kind in want.kinds]
    if len(of_kind) == 1:
        return of_kind[0].key
    words = _words(title)
    scored = sorted(((len(words & _words(want.label)), want.key) for want in of_kind or wants), reverse=True)
    clear = scored and scored[0][0] > 0 and (len(scored) == 1 or scored[0][0] > scored[1][0])
    return scored[0][1] if clear else ""


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 2 and not word.isdigit()}
