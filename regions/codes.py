"""Kemendagri codes: the dotted code is the path, so ancestors and descendants are ranges of codes.

'64' provinsi · '64.71' kabupaten/kota · '64.71.01' kecamatan · '64.71.01.1001' desa/kelurahan. The ranges hold only
where text compares byte by byte: see `kla_portal.lib.fields.CodeField`.
"""

import re

from django.db.models import Q

SHAPE = re.compile(r"[0-9]{2}(?:\.[0-9]{2}(?:\.[0-9]{2}(?:\.[0-9]{4})?)?)?")
_TYPED = re.compile(r"[0-9][0-9.]*")
_STEPS = (2, 2, 2, 4)


def well_formed(code: str) -> bool:
    """Two, two, two and four digits with dots between; one to four parts.

    >>> well_formed("64.71.01.1001"), well_formed("64.7"), well_formed("64.71."), well_formed("")
    (True, False, False, False)
    """
    return SHAPE.fullmatch(code) is not None


def level(code: str) -> int:
    """1 (provinsi) to 4 (desa/kelurahan): the number of parts.

    >>> level("64"), level("64.71.01.1001")
    (1, 4)
    """
    return code.count(".") + 1


def kind(code: str) -> str:
    """What the region is called in speech. Kota are numbered from 71 up, kelurahan from 1001 up, desa above them.

    >>> [kind(code) for code in ("64", "64.02", "64.71", "64.71.01", "64.71.01.1001", "64.02.01.2001")]
    ['Provinsi', 'Kabupaten', 'Kota', 'Kecamatan', 'Kelurahan', 'Desa']
    """
    last = code.rpartition(".")[2]
    return (
        "Provinsi",
        "Kota" if last >= "71" else "Kabupaten",
        "Kecamatan",
        "Kelurahan" if last.startswith("1") else "Desa",
    )[level(code) - 1]


def typed(text: str) -> str | None:
    """The beginning of a code that somebody typed, with or without dots; None when the text is not one.

    >>> typed("64.71"), typed("647101"), typed("6471011001"), typed("64.7"), typed("Balikpapan")
    ('64.71', '64.71.01', '64.71.01.1001', '64.7', None)
    """
    if not _TYPED.fullmatch(text):
        return None
    if "." in text:
        return text.rstrip(".")
    parts, rest = [], text
    for step in _STEPS:
        parts.append(rest[:step])
        rest = rest[step:]
        if not rest:
            break
    return ".".join(parts) + rest


def ancestors(code: str) -> list[str]:
    """The codes above, outermost first.

    >>> ancestors("64.71.01.1001")
    ['64', '64.71', '64.71.01']
    """
    parts = code.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def parent(code: str) -> str:
    """The code one step up; '' above a province.

    >>> parent("64.71"), parent("64")
    ('64', '')
    """
    return code.rpartition(".")[0]


def contains(territory: str, code: str) -> bool:
    """Is `code` the territory itself or inside it? '' is the whole nation.

    >>> contains("64", "64.71"), contains("64.7", "64.71"), contains("", "64.71"), contains("64.71", "64")
    (True, False, True, False)
    """
    return territory == "" or code == territory or code.startswith(territory + ".")


def below(code: str, field: str = "code") -> Q:
    """Rows strictly inside `code`, as a range that an index serves ('/' follows '.' in ASCII)."""
    return Q(**{f"{field}__gt": f"{code}.", f"{field}__lt": f"{code}/"})


def starting(prefix: str, field: str = "code") -> Q:
    """Rows whose code begins with these characters, not stopping at a dot (':' follows '9' in ASCII)."""
    return Q(**{f"{field}__gte": prefix, f"{field}__lt": f"{prefix}:"})


def within(code: str, field: str = "code") -> Q:
    """Rows in `code` itself or inside it; every row for '' (the nation)."""
    return Q() if code == "" else Q(**{field: code}) | below(code, field)
