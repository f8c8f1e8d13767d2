"""Plausible answers of invented cities, for every kind of question."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from random import Random

from clusters import scoring
from clusters.queries import Question

PARTNERS = (
    "Puskesmas", "Baznas", "TP PKK", "Bank daerah", "Polres", "Kantor Kemenag", "Universitas", "Radio daerah",
    "Karang Taruna", "Dinas Sosial", "Perpustakaan", "Satpol PP",
)  # fmt: skip
ROLES = ("Penyuluhan bersama", "Rujukan dan pendampingan", "Bantuan sarana", "Pelatihan", "Pendataan")
DISTRICTS = ("Utara", "Selatan", "Timur", "Barat", "Tengah", "Kota")
PLACES = ("Melati", "Pelangi", "Harapan", "Cendana", "Mutiara", "Ceria", "Bina Insani", "Kasih Ibu", "Nusantara",
          "Tunas Muda", "Mentari", "Kenanga")  # fmt: skip
AGENCIES = ("Disdikbud", "Dinkes", "Dinsos", "DP3A", "Disdukcapil", "DLH", "Dishub", "Diskominfo", "Polres", "BPBD",
            "Satpol PP", "Kejaksaan")  # fmt: skip
TEXTS: Mapping[str, tuple[str, ...]] = {
    "mitra": PARTNERS,
    "peran": ROLES,
    "kecamatan": DISTRICTS,
    "pengelola": AGENCIES,
    "tempat": ("Kantor dinas", "Kecamatan Utara", "Kecamatan Selatan", "Kelurahan Kota"),
    "pelatihan": ("Pelatihan KHA dasar", "Pelatihan KHA lanjutan"),
    "fasilitas": ("Rak buku anak dan ruang baca", "Komputer dengan saringan isi", "Permainan edukatif"),
    "layanan": ("Konseling dan kelas pengasuhan", "Konseling", "Penjangkauan dan rujukan"),
    "kegiatan": ("Pelatihan Pelopor dan Pelapor", "Kelas menulis suara anak", "Bimbingan musrenbang", "Kelas media"),
    "lokasi": ("Lantai dasar", "Dekat ruang layanan"),
    "peringkat": ("Nindya", "Utama"),
}
Units = Mapping[str, int]
"""How many kecamatan and how many desa (with kelurahan) a region has."""


def plausible(question: Question, chance: Random, units: Units) -> scoring.Value:
    """An answer, rather good than bad. The same state of `chance` gives the same answer."""
    rule = question.rule
    if isinstance(rule, scoring.YesNo):
        good, bad = ("yes", "no") if rule.yes > rule.no else ("no", "yes")
        return good if chance.random() < 0.85 else bad
    if isinstance(rule, scoring.Choice):
        best = sorted(rule.options, key=lambda option: option.fraction)
        return best[max(0, len(best) - 1 - int(chance.random() * 2))].key
    if isinstance(rule, scoring.Checklist):
        best = sorted(rule.levels, key=lambda level: level.fraction)
        return {
            item.key: best[max(0, len(best) - 1 - int(chance.random() * 2.2))].key
            for item in rule.items
            if chance.random() < 0.9
        } or None
    steps = rule.bands if rule.better == "higher" else rule.bands[::-1]
    drawn = chance.random()
    step = steps[max(0, len(steps) - 1 - int(drawn * 2.5))]
    # The details draw for themselves, so that they leave the story its course.
    detail = Random(f"{question.code} {drawn}")  # nosec - a story, not a secret
    if isinstance(rule, scoring.Table):
        return scoring.normalise(rule, _rows(rule, step.lower, detail))
    if isinstance(rule, scoring.Rollup):
        whole = units[rule.of]
        met = (step.lower * whole / scoring.HUNDRED).to_integral_value(ROUND_CEILING)
        return scoring.normalise(rule, {"met": f"{met}", "of": f"{whole}"})
    if rule.compare is not None:
        return scoring.normalise(rule, {"before": _earlier(rule, step.lower, detail), "now": f"{step.lower:f}"})
    return scoring.normalise(rule, f"{step.lower:f}")


def _earlier(rule: scoring.Banded, now: Decimal, chance: Random) -> str:
    """The year before: mostly a little worse, sometimes better or the same."""
    away = Decimal(chance.choice((3, 3, 2, 2, 1, 0, -1)))
    if rule.better == "higher":
        away = -away
    if rule.kind == "count" and now >= scoring.HUNDRED:
        away *= 100
    before = max(scoring.ZERO, now + away)
    return f"{min(before, scoring.HUNDRED) if rule.is_percentage else before:f}"


def _rows(rule: scoring.Table, total: Decimal, chance: Random) -> list[dict[str, str]]:
    """Rows whose total is at least `total` (the lower bound of a band), and in that band wherever numbers allow."""
    if rule.total.of == "rows":
        return [_row(rule, place, chance) for place in range(int(total))]
    rows = [_row(rule, place, chance) for place in range(chance.randint(3, 5))]
    for row in rows:
        if rule.total.of == "sum":
            row[rule.total.column] = f"{(total / len(rows)).to_integral_value(ROUND_CEILING)}"
        else:
            whole = chance.randint(2, 6) * 5
            row[rule.total.among] = f"{whole}"
            row[rule.total.column] = f"{(total * whole / scoring.HUNDRED).to_integral_value(ROUND_CEILING)}"
    return rows


def _row(rule: scoring.Table, place: int, chance: Random) -> dict[str, str]:
    """Names do not repeat; what is not required is sometimes left open."""
    return {
        column.key: _cell(column, place, chance) for column in rule.columns if column.required or chance.random() < 0.8
    }


def _cell(column: scoring.Column, place: int, chance: Random) -> str:
    if column.type == "choice":
        return column.options[place % len(column.options)]
    if column.type == "date":
        year = 2027 if column.key == "berlaku" else 2024
        return f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    if column.type == "number":
        return f"{chance.randint(2, 12) * 5}"
    if column.key in ("dasar", "sk", "sertifikat"):
        return f"400.2/{chance.randint(10, 990)}/2024"
    if column.label == "Nama petugas":
        return f"Petugas {place + 1}"
    known = TEXTS.get(column.key)
    if column.key == "mitra" and column.label.startswith("Perangkat daerah"):
        known = AGENCIES
    if known:
        return known[place % len(known)]
    return f"{column.label.removeprefix('Nama ').capitalize()} {PLACES[place % len(PLACES)]}"
