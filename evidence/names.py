"""File names as people send them: shown and offered again, never used on the disk. No Django."""

import re
import unicodedata

MAX_LENGTH = 150
_UNSAFE = re.compile(r'[<>:"|?*\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # Windows cannot save these
_PROGRAMS = """
    ade apk app asp aspx bat bin cgi cmd com cpl dll dmg docm dotm exe hta htm html iso jar js jse jsp lnk mht mhtml
    mjs msi php phar phtml pif pl potm ppam pptm ps1 py reg scr sh svg svgz swf vbe vbs wsf xhtml xht xla xlam xlsm
    xltm xml
"""
PROGRAMS = frozenset(_PROGRAMS.split())
"""Endings that a system may run or a browser may execute; refused before the true ending too."""


def clean_name(raw: str) -> str:
    """The last part of a path, without characters that steer a terminal, a header or the reading direction.

    At most 150 characters, the ending kept. "" when nothing is left.

    >>> clean_name("../../etc/passwd"), clean_name("C:\\\\data\\\\SK  2025.pdf"), clean_name("a\\r\\nb\\x00.pdf")
    ('passwd', 'SK 2025.pdf', 'ab.pdf')
    >>> clean_name("con.pdf"), clean_name("-rf .pdf"), clean_name("\\u202efdp.exe")
    ('_con.pdf', 'rf.pdf', 'fdp.exe')
    """
    name = raw.replace("\\", "/").rsplit("/", 1)[-1]
    name = unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode("utf-8"))
    kept = (char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
    name = " ".join(_UNSAFE.sub("_", "".join(kept)).split())
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem.strip(" ."), ending.strip(" .")) if dot else (ending.strip(" ."), "")
    stem = stem.lstrip("-").strip(" .")
    if not stem:
        return ""
    ending = ending[:16]
    stem = stem[: MAX_LENGTH - len(ending) - 1].rstrip(" .")
    name = f"{stem}.{ending}" if ending else stem
    return f"_{name}"[:MAX_LENGTH] if _RESERVED.match(name) else name


def folded(text: str) -> str:
    """Without regard to case, so that both databases find the same.

    >>> folded("SK Wali Kota")
    'sk wali kota'
    """
    return unicodedata.normalize("NFC", text).casefold()


def ending_of(name: str) -> str:
    """Lower-case ending without the dot; "" without one.

    >>> ending_of("SK.PDF"), ending_of("SK")
    ('pdf', '')
    """
    return name.rpartition(".")[2].lower() if "." in name else ""


def hides_program(name: str) -> bool:
    """Whether an ending before the last belongs to a program or web page.

    >>> hides_program("surat.exe.pdf"), hides_program("SK No. 12.2025.pdf"), hides_program("laporan.pdf")
    (True, False, False)
    """
    return any(part.strip().lower() in PROGRAMS for part in name.split(".")[1:-1])
