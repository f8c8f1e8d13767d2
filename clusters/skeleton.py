"""What an empty draft begins with: the seven groups and the five predicates, for the editor to fill and to change."""

from typing import Any

CLUSTERS = (
    ("KEL", "Kelembagaan"),
    ("I", "Hak Sipil dan Kebebasan"),
    ("II", "Lingkungan Keluarga dan Pengasuhan Alternatif"),
    ("III", "Kesehatan Dasar dan Kesejahteraan"),
    ("IV", "Pendidikan, Pemanfaatan Waktu Luang, dan Kegiatan Budaya"),
    ("V", "Perlindungan Khusus"),
    ("KD", "Kecamatan Layak Anak dan Desa/Kelurahan Layak Anak (Kelana-Dekela)"),
)
"""Code and name; they are worth nothing until somebody writes their points."""


def _band(code: str, name: str, lower: str, inclusive: bool, source: str) -> dict[str, Any]:
    return {"code": code, "name": name, "lower": lower, "inclusive": inclusive, "source": source}


PREDICATES: tuple[dict[str, Any], ...] = (
    _band("pratama", "Pratama", "500", True, "published"),
    _band("madya", "Madya", "600", False, "assumption"),
    _band("nindya", "Nindya", "700", False, "assumption"),
    _band("utama", "Utama", "800", False, "assumption"),
    _band("paripurna", "Paripurna", "900", False, "assumption"),
)
RULE = {"yes": "1", "no": "0", "source": "assumption"}
"""Of a new question, which is a yes/no question until somebody chooses another kind."""
