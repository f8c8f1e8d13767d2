"""Where in a document to look, as people write it: "hal. 12", "12-14", "Lampiran II". Pure."""

import re

_NAMED = re.compile(r"\b(?:halaman|hal|hlm|pp?)\b\.?\s*:?\s*(\d{1,4})\b", re.IGNORECASE)
_BARE = re.compile(r"\s*(\d{1,4})(?:\s*(?:[-–,;/&]|dan|s\.?\s?d\.?|sampai)\s*\d{1,4})*\s*", re.IGNORECASE)


def page_of(hint: str) -> int | None:
    """The first page that a hint names; None where it names none.

    >>> page_of("hal. 12"), page_of("12-14"), page_of("Pasal 4, halaman 7"), page_of("3 dan 5")
    (12, 12, 7, 3)
    >>> page_of("Pasal 4"), page_of("Lampiran II"), page_of(""), page_of("hal. 0")
    (None, None, None, None)
    """
    found = _BARE.fullmatch(hint) or _NAMED.search(hint)
    return int(found[1]) or None if found else None


def unread(hint: str) -> str:
    """What is said to whoever has written a hint that leads to no page; '' where it leads to one, or is empty.

    >>> unread("hal. 12"), unread("")
    ('', '')
    >>> unread("halaman dua belas")
    'Rujukan “halaman dua belas” disimpan, tetapi nomor halamannya tidak dikenali; tulis misalnya hal. 12.'
    """
    if not hint or page_of(hint):
        return ""
    return f"Rujukan “{hint}” disimpan, tetapi nomor halamannya tidak dikenali; tulis misalnya hal. 12."


def anchor(hint: str, shown: int) -> str:
    """The end of the viewer's address that leads to the page a hint names; '' where it names none of the `shown` ones.

    >>> anchor("hal. 12", 50), anchor("hal. 51", 50), anchor("Lampiran II", 50)
    ('#hal-12', '', '')
    """
    page = page_of(hint)
    return f"#hal-{page}" if page and page <= shown else ""
