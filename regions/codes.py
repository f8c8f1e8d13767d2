"""Kemendagri codes: the dotted code is the path, so ancestors and descendants are ranges of codes.

'64' provinsi · '64.71' kabupaten/kota · '64.71.01' kecamatan · '64.71.01.1001' desa/kelurahan. The ranges hold only
where text compares byte by byte: see `regions.fields.CodeField`.
"""

from django.db.models import Q


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


def within(code: str, field: str = "code") -> Q:
    """Rows in `code` itself or inside it; every row for '' (the nation)."""
    return Q() if code == "" else Q(**{field: code}) | below(code, field)
