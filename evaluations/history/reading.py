"""A file of published results, as CSV text, to rows: all of them or every fault with its line and column. Pure."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from evaluations.enums import PublishedPredicate, PublishedStage
from evaluations.history.places import Gazetteer, Place, Unknown
from kla_portal.lib.numbers import plain_text

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 20_000
MAX_FAULTS = 200
"""Reading stops here: who has so many faults has one, in many rows."""
MAX_NOTE, MAX_URL = 1000, 500
FIRST_YEAR = 2006
"""The first year of the kabupaten/kota layak anak."""
WHOLE = Decimal(1000)
"""What a whole evaluation is worth: no score is higher."""

NAMES: dict[str, tuple[str, ...]] = {
    "region_code": ("region_code", "kode", "kode_daerah", "kode_wilayah", "kode_kemendagri", "kode_kabupaten_kota"),
    "region": ("region", "daerah", "nama_daerah", "kabupaten_kota", "kab_kota", "kabupaten", "wilayah"),
    "province": ("province", "provinsi", "propinsi"),
    "year": ("year", "tahun"),
    "stage": ("stage", "tahap", "tahapan"),
    "cluster": ("cluster", "klaster", "kluster"),
    "score": ("score", "nilai", "skor"),
    "maximum": ("maximum", "maksimum", "nilai_maksimum", "maksimal", "nilai_maksimal"),
    "predicate": ("predicate", "predikat", "peringkat", "kategori"),
    "source_url": ("source_url", "sumber", "tautan", "url", "source", "tautan_sumber", "alamat_sumber"),
    "note": ("note", "catatan", "keterangan"),
}
"""Field → the titles its column may have; the first is ours."""
TITLES = (
    "kode_daerah", "daerah", "tahun", "tahap", "klaster", "nilai", "nilai_maksimum", "predikat", "sumber", "catatan",
)  # fmt: skip
"""The columns of a file that the portal hands out."""
CLUSTERS = {
    "": "Keseluruhan",
    "KEL": "Kelembagaan",
    "I": "Klaster I",
    "II": "Klaster II",
    "III": "Klaster III",
    "IV": "Klaster IV",
    "V": "Klaster V",
    "KELANA": "Kelana",
    "DEKELA": "Dekela",
    "KD": "Kelana-Dekela",
}
_CLUSTER_WORDS = {
    "keseluruhan": "", "total": "", "semua": "", "kelembagaan": "KEL", "kecamatanlayakanak": "KELANA",
    "desakelurahanlayakanak": "DEKELA", "kelanadekela": "KD",
} | {f"{word}{n}": roman for word in ("", "klaster", "kluster", "cluster")
     for n, roman in enumerate(("I", "II", "III", "IV", "V"), 1)}  # fmt: skip
_STAGE_WORDS = {
    "final": "final", "akhir": "final", "verifikasifinal": "final", "penghargaan": "final", "penetapan": "final",
    "mandiri": "self", "evaluasimandiri": "self", "administrasi": "admin", "verifikasiadministrasi": "admin",
    "adminprov": "admin", "adminministry": "admin", "verifikasilapangan": "field", "lapangan": "field",
    "tidakdisebut": "unstated", "rekap": "unstated", "": "unstated",
}  # fmt: skip
_PREDICATE_WORDS = {"kla": "paripurna", "belumberpredikat": "none", "tidakada": "none", "nonpredikat": "none"}
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:,\d{3})+\.\d+|\d+(?:[.,]\d+)?", re.ASCII)
_FORMULA = tuple("=+-@")
_valid_url = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `line` from 1 as in the file (0: the file as a whole), `column` its title there or ''."""

    line: int
    column: str
    typed: str
    reason: str

    def __str__(self) -> str:
        where = ", ".join(part for part in (f"baris {self.line}" if self.line else "", self.column) if part)
        return f"{where}: {self.reason}" if where else self.reason


class BadFile(Exception):
    """Not readable as results; `faults` has every fault, in order, at most MAX_FAULTS."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Row:
    """One result. `score` 0..`maximum`, three decimals; cluster, predicate and note '' when there is none."""

    line: int
    region_code: str
    region: str
    year: int
    stage: str
    cluster: str
    score: Decimal | None
    maximum: Decimal | None
    predicate: str
    source_url: str
    note: str

    @property
    def predicate_label(self) -> str:
        return PublishedPredicate(self.predicate).label if self.predicate else ""

    @property
    def key(self) -> tuple[str, int, str, str, str]:
        """Of each key there is one result."""
        return self.region_code, self.year, self.stage, self.cluster, self.source_url


def text_of(data: bytes) -> str:
    """The text of a file in UTF-8 or, as older spreadsheets save it, Windows-1252. Raises BadFile."""
    if len(data) > MAX_BYTES:
        raise _whole("Berkas lebih besar dari 2 MB. Bagi menjadi beberapa berkas.")
    if data[:4] == b"PK\x03\x04":
        raise _whole("Ini buku kerja (XLSX), bukan CSV. Simpan sebagai “CSV UTF-8”, lalu unggah lagi.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _whole("Berkas ini bukan teks CSV. Simpan sebagai “CSV UTF-8”, lalu unggah lagi.")


def read(text: str, places: Gazetteer, *, last_year: int) -> list[Row]:
    """The rows of a CSV with a header, columns in any order; separated by comma, semicolon or tab.

    `last_year` is the latest year that a result can have. Raises BadFile with every fault; else every row is sound,
    and no two have the same key.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _whole("Isi lebih dari 2 MB. Bagi menjadi beberapa bagian.")
    table = _Table(text.removeprefix("\ufeff"))
    reader, faults = _Reader(places, last_year), table.faults
    rows = [] if faults else list(reader.rows(table))
    if found := sorted(faults + reader.faults, key=lambda fault: fault.line):
        raise BadFile(found[:MAX_FAULTS])
    if not rows:
        raise _whole("Tidak ada baris hasil di bawah judul kolom. Isi sekurangnya satu baris.")
    return rows


def _whole(reason: str) -> BadFile:
    return BadFile([Fault(0, "", "", reason)])


class _Table:
    """The header and the lines below it; `faults` when the text is no such table."""

    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self.titles: dict[str, str] = {}
        self._lines = self._cells(text)
        number, header = next(self._lines, (0, []))
        if not header:
            self.faults = self.faults or _whole("Berkas kosong. Tulis judul kolom pada baris pertama.").faults
            return
        self._fields = [self._field(number, title) for title in header]
        if not {"region_code", "region"} & set(self.titles):
            self._lack(number, "kode_daerah atau daerah")
        if not {"score", "predicate"} & set(self.titles):
            self._lack(number, "nilai atau predikat")
        for field, title in {"year": "tahun", "source_url": "sumber"}.items():
            if field not in self.titles:
                self._lack(number, title)

    def _lack(self, line: int, what: str) -> None:
        self.faults.append(Fault(line, "", "", f"Kolom {what} tidak ada. Tambahkan kolom itu beserta judulnya."))

    def _field(self, line: int, title: str) -> str:
        plain = re.sub(r"\W+", "_", title.casefold()).strip("_")
        field = next((field for field, names in NAMES.items() if plain in names), "")
        if plain and not field:
            known = ", ".join(TITLES)
            self.faults.append(
                Fault(line, title[:60], title[:60], f"Kolom ini tidak dikenal. Hapus, atau pakai salah satu: {known}.")
            )
        elif field in self.titles:
            self.faults.append(Fault(line, title[:60], title[:60], "Kolom ini ada dua kali. Hapus salah satunya."))
        elif field:
            self.titles[field] = title[:60]
        return field

    def _cells(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Each record that is not empty with the number of its first line."""
        first = text.lstrip("\r\n").splitlines()[:1] or [""]
        separator = max(",;\t", key=first[0].count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        begin = 1
        try:
            for cells in reader:
                cells = [" ".join(cell.split()) for cell in cells]
                if any(cells):
                    yield begin, cells
                begin = reader.line_num + 1
        except csv.Error:
            reason = "Tanda petik pada baris ini tidak berpasangan atau selnya terlalu panjang. Perbaiki, lalu ulangi."
            self.faults.append(Fault(begin, "", "", reason))

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """(line, field → cell) of each row."""
        for line, cells in self._lines:
            if any(cells[len(self._fields) :]) or any(
                cell for cell, field in zip(cells, self._fields, strict=False) if not field
            ):
                reason = "Baris ini memuat sel di luar kolom berjudul. Apit isi yang memuat tanda pemisah dengan petik."
                self.faults.append(Fault(line, "", "", reason))
                continue
            yield line, {field: cell for field, cell in zip(self._fields, cells, strict=False) if field}


class _Reader:
    """Turns records into rows and gathers faults."""

    def __init__(self, places: Gazetteer, last_year: int) -> None:
        self.faults: list[Fault] = []
        self._places, self._last_year = places, last_year

    def rows(self, table: _Table) -> Iterator[Row]:
        seen: dict[tuple[str, int, str, str, str], int] = {}
        for count, (line, cells) in enumerate(table.records(), 1):
            if count > MAX_ROWS:
                self.faults.append(Fault(line, "", "", "Berkas memuat lebih dari 20.000 baris. Bagi menjadi beberapa."))
            if len(self.faults) + len(table.faults) >= MAX_FAULTS or count > MAX_ROWS:
                return
            row = _Cells(line, cells, table.titles, self.faults).row(self._places, self._last_year)
            if row is None:
                continue
            if first := seen.get(row.key):
                reason = f"Daerah, tahun, tahap, klaster, dan sumbernya sama dengan baris {first}. Hapus salah satunya."
                self.faults.append(Fault(line, "", "", reason))
            seen.setdefault(row.key, line)
            yield row


class _Cells:
    """One record; what is wrong with it goes to `faults`."""

    def __init__(self, line: int, cells: dict[str, str], titles: dict[str, str], faults: list[Fault]) -> None:
        self._line, self._cells, self._titles, self._faults = line, cells, titles, faults
        self._before = len(faults)

    def row(self, places: Gazetteer, last_year: int) -> Row | None:
        """None when something is wrong."""
        for field, cell in self._cells.items():
            if _ODD.search(cell):
                self._fault(field, "Sel ini memuat karakter kendali yang tidak terlihat. Ketik ulang isinya.")
        place = self._place(places)
        year = self._year(last_year)
        stage = self._word("stage", _STAGE_WORDS, PublishedStage)
        cluster = self._cluster()
        maximum = self._number("maximum")
        score = self._number("score")
        predicate = self._word("predicate", _PREDICATE_WORDS, PublishedPredicate)
        source, note = self._source(), self._note()
        if score is not None and score > (maximum or WHOLE):
            self._fault(
                "score", f"Nilai melebihi maksimumnya ({plain_text(maximum or WHOLE)}). Periksa kedua angkanya."
            )
        if not self._cells.get("score") and not self._cells.get("predicate"):
            self._fault("score", "Nilai dan predikat sama-sama kosong. Isi sekurangnya salah satu.")
        if cluster and predicate:
            self._fault("predicate", "Predikat berlaku bagi nilai keseluruhan. Kosongkan pada baris klaster.")
        if place is None or len(self._faults) > self._before:
            return None
        return Row(
            self._line, place.code, place.name, year, stage, cluster, score, maximum, predicate, source, note
        )  # fmt: skip

    def _get(self, field: str) -> str:
        return self._cells.get(field, "")

    def _fault(self, field: str, reason: str) -> None:
        typed = self._get(field)
        self._faults.append(Fault(self._line, self._titles.get(field, ""), _visible(typed), reason))

    def _place(self, places: Gazetteer) -> Place | None:
        code, name = self._get("region_code"), self._get("region")
        if not code and not name:
            self._fault("region" if "region" in self._titles else "region_code", "Daerah belum diisi.")
            return None
        try:
            return places.find(code, name, self._get("province"))
        except Unknown as unknown:
            self._fault(unknown.field, str(unknown))
            return None

    def _year(self, last: int) -> int:
        text = self._get("year")
        if re.fullmatch(r"\d{4}", text, re.ASCII) and FIRST_YEAR <= int(text) <= last:
            return int(text)
        self._fault("year", f"Tahun harus empat angka, dari {FIRST_YEAR} sampai {last}.")
        return 0

    def _word(self, field: str, words: dict[str, str], known: type[PublishedStage] | type[PublishedPredicate]) -> str:
        plain = _plain(self._get(field))
        if not plain:
            return words.get("", "")
        for value, label in known.choices:
            if plain in (value, _plain(str(label))):
                return str(value)
        if plain in words:
            return words[plain]
        what = "Tahap" if field == "stage" else "Predikat"
        self._fault(
            field, f"{what} tidak dikenal. Pakai salah satu: {', '.join(map(str, known.labels))}; atau kosongkan."
        )
        return ""

    def _cluster(self) -> str:
        text = self._get("cluster")
        plain = _plain(text)
        if text.upper() in CLUSTERS:
            return text.upper()
        for code, label in CLUSTERS.items():
            if plain == _plain(label):
                return code
        if plain in _CLUSTER_WORDS:
            return _CLUSTER_WORDS[plain]
        self._fault(
            "cluster", f"Klaster tidak dikenal. Pakai salah satu: {', '.join(filter(None, CLUSTERS))}; atau kosongkan."
        )
        return ""

    def _number(self, field: str) -> Decimal | None:
        text = self._get(field)
        if not text:
            return None
        if not _NUMBER.fullmatch(text) or len(text) > 20:
            self._fault(field, "Bukan angka. Tulis angka saja, misalnya 767,25; kosongkan bila tidak diketahui.")
            return None
        if re.fullmatch(r"1[.,]000", text) and field == "maximum":
            return WHOLE
        if re.fullmatch(r"1[.,]000", text):
            self._fault(field, "Angka ini dapat berarti seribu atau satu. Tulis 1000 atau 1.")
            return None
        whole, _, rest = text.replace(",", ".").rpartition(".") if re.search("[.,]", text) else (text, "", "")
        number = Decimal(f"{whole.replace('.', '')}.{rest}")
        if number.normalize().as_tuple().exponent < -3:  # type: ignore[operator]  # a finite number
            self._fault(field, "Lebih dari tiga angka di belakang koma. Tulis seperti pada sumbernya, atau bulatkan.")
            return None
        if number > WHOLE:
            self._fault(field, f"Lebih dari {WHOLE}, nilai penuh evaluasi. Periksa angkanya.")
            return None
        if field == "maximum" and not number:
            self._fault(field, "Nilai maksimum harus di atas nol, atau kosongkan.")
            return None
        return number

    def _source(self) -> str:
        text = self._get("source_url")
        if not text:
            self._fault("source_url", "Sumber belum diisi. Tulis alamat halaman yang memuat hasil ini.")
        elif len(text) > MAX_URL:
            self._fault("source_url", f"Alamat lebih dari {MAX_URL} karakter. Pakai alamat yang lebih pendek.")
        else:
            try:
                _valid_url(text)
            except ValidationError:
                self._fault("source_url", "Bukan alamat halaman. Tulis lengkap, dimulai dengan https:// atau http://.")
        return text

    def _note(self) -> str:
        text = self._get("note")
        if len(text) > MAX_NOTE:
            self._fault("note", f"Catatan lebih dari {MAX_NOTE} karakter. Ringkas.")
        return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


def _plain(text: str) -> str:
    return re.sub(r"\W|_", "", text.casefold())


def _visible(text: str) -> str:
    """As much of a cell as a table of faults can show."""
    text = _ODD.sub("�", text)
    return text if len(text) <= 80 else text[:79] + "…"


def inert(text: str) -> str:
    """A text for a cell of a file that we hand out: no spreadsheet takes it for a formula. `read` undoes it in notes.

    >>> inert("=1+1"), inert("catatan")
    ("'=1+1", 'catatan')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
