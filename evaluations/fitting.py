"""Does a document fit what a question wants of it? Pure: no database, no clock.

A fault is a warning. It takes no point away: whether a document proves a claim is for people to say; this tells them
before an evaluator does. What counts as supported stands in `evaluations.scoring`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from clusters.enums import EvidenceKind, WantedYears
from clusters.wants import NUMBERED, UNSIGNED, Want
from kla_portal.lib.dates import long_date


class Code(Enum):
    """What can be wrong. One of FACTS is mended by what the library says of the document, another by another one."""

    KIND = "kind"
    UNSIGNED = "unsigned"
    NO_YEAR = "no_year"
    OUTSIDE = "outside"
    UNDATED = "undated"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    ENDS_EARLY = "ends_early"
    BROKEN = "broken"
    SEALED = "sealed"
    GONE = "gone"
    CLOSED = "closed"


FACTS = frozenset({Code.KIND, Code.UNSIGNED, Code.NO_YEAR, Code.OUTSIDE, Code.UNDATED})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not fit. In Indonesian: `text` is a sentence for the screen, `ask` the same as a request, to
    stand in brackets behind what is asked for."""

    code: Code
    text: str
    ask: str

    @property
    def is_fact(self) -> bool:
        """Can it be mended by filling in what the library says of the document?"""
        return self.code in FACTS


HIDDEN = Fault(
    Code.CLOSED,
    "Ada dokumen tertutup yang belum sesuai; pemiliknya melihat rinciannya.",
    "dokumen tertutup yang terpasang belum sesuai; pemiliknya melihat rinciannya",
)
"""Instead of every fault that would tell what a closed document says."""


@dataclass(frozen=True, slots=True)
class Document:
    """The facts of one document put to a question. `titled` are the years that its title names: one recap may hold
    several. `broken`: its link cannot be opened; `sealed`: its file is quarantined; `gone`: its file was removed;
    `closed`: the reader may know its kind and size, none of these facts."""

    kind: str
    number: str = ""
    dated: date | None = None
    signatory: str = ""
    data_year: int | None = None
    titled: frozenset[int] = frozenset()
    valid_from: date | None = None
    valid_until: date | None = None
    broken: bool = False
    sealed: bool = False
    gone: bool = False
    closed: bool = False

    @property
    def counts(self) -> bool:
        """Is it there for somebody to read?"""
        return not self.sealed and not self.gone


@dataclass(frozen=True, slots=True)
class Ground:
    """What a document is held against: the cycle's data years in order, the day, and the day on which the evaluation
    ends, if that is planned."""

    years: tuple[int, ...]
    today: date
    ends: date | None = None

    @property
    def years_text(self) -> str:
        """
        >>> Ground((2024, 2025), date(2025, 11, 1)).years_text, Ground((2021, 2023, 2024), date(2025, 1, 1)).years_text
        ('2024–2025', '2021, 2023, 2024')
        """
        first, last = self.years[0], self.years[-1]
        if len(self.years) > 1 and self.years == tuple(range(first, last + 1)):
            return f"{first}–{last}"
        return ", ".join(map(str, self.years))


def faults(document: Document, want: Want | None, ground: Ground) -> tuple[Fault, ...]:
    """All that does not fit, in one order; of a closed document only that something does not. `want` None: it was put
    to the question beside what is wanted."""
    found = list(_readable(document))
    if want is not None:
        found += [*_kind(document, want), *_signed(document, want), *_year(document, want, ground)]
        found += _valid(document, ground) if want.valid else ()
    return (HIDDEN,) if found and document.closed else tuple(found)


def _readable(document: Document) -> Iterable[Fault]:
    if document.gone:
        yield Fault(
            Code.GONE,
            "Berkasnya sudah dihapus dari penyimpanan, jadi tidak membuktikan apa pun.",
            "berkasnya sudah dihapus; mohon diunggah lagi",
        )
    elif document.sealed:
        yield Fault(
            Code.SEALED,
            "Berkasnya dikarantina, jadi tidak dihitung. Unggah versi yang bersih.",
            "berkasnya dikarantina; mohon diunggah versi yang bersih",
        )
    elif document.broken:
        yield Fault(
            Code.BROKEN,
            "Tautannya tidak dapat dibuka. Unggah salinan dokumennya.",
            "tautannya tidak dapat dibuka; mohon diunggah salinannya",
        )


def _kind(document: Document, want: Want) -> Iterable[Fault]:
    if want.kinds and document.kind not in want.kinds:
        kind = label_of(document.kind)
        yield Fault(
            Code.KIND,
            f"Jenis dokumennya “{kind}”; yang diminta {want.either}.",
            f"yang terpasang berjenis {kind}; mohon diganti",
        )


def _signed(document: Document, want: Want) -> Iterable[Fault]:
    """Of a document of another kind than wanted, what the kinds wanted would need."""
    right = not want.kinds or document.kind in want.kinds
    if not want.signed or (right and document.kind in UNSIGNED):
        return
    name = label_of(document.kind) if right and document.kind != EvidenceKind.OTHER else "dokumen"
    numbered = document.kind in NUMBERED if right else set(want.kinds) <= set(NUMBERED)
    lacks = ["nomor"] * (numbered and not document.number) + ["tanggal"] * (document.dated is None)
    lacks += ["penanda tangan"] * (not document.signatory)
    if lacks:
        listed = " dan ".join(part for part in (", ".join(lacks[:-1]), lacks[-1]) if part)
        yield Fault(Code.UNSIGNED, f"{listed.capitalize()} {name} belum diisi.", f"{listed} {name} mohon diisi")


def _year(document: Document, want: Want, ground: Ground) -> Iterable[Fault]:
    if not want.years or not ground.years or covered(document, ground):
        return
    wanted = "" if want.years == WantedYears.EACH else f"; yang diminta {ground.years_text}"
    if document.data_year is not None:
        text = f"Tahun data {document.data_year} di luar {ground.years_text}."
        yield Fault(Code.OUTSIDE, text, f"yang ada bertahun {document.data_year}{wanted}")
    else:
        text = f"Tahun data belum diisi; yang diminta {ground.years_text}."
        yield Fault(Code.NO_YEAR, text, f"tahun datanya mohon diisi{wanted}")


def _valid(document: Document, ground: Ground) -> Iterable[Fault]:
    begins, until = document.valid_from, document.valid_until
    if begins is None and until is None:
        yield Fault(Code.UNDATED, "Masa berlakunya belum diisi.", "masa berlakunya mohon diisi")
    if begins is not None and begins > ground.today:
        day = long_date(begins)
        yield Fault(Code.NOT_YET, f"Baru berlaku {day}.", f"yang ada baru berlaku {day}; mohon yang sudah berlaku")
    if until is not None and until < ground.today:
        day = long_date(until)
        yield Fault(
            Code.EXPIRED, f"Berlaku hanya sampai {day}.", f"yang ada berlaku sampai {day}; mohon yang masih berlaku"
        )
    elif until is not None and ground.ends is not None and until < ground.ends:
        day = long_date(until)
        yield Fault(
            Code.ENDS_EARLY,
            f"Berakhir {day}, sebelum evaluasi selesai ({long_date(ground.ends)}).",
            f"yang ada berakhir {day}, sebelum evaluasi selesai; mohon perpanjangannya",
        )


def covered(document: Document, ground: Ground) -> frozenset[int]:
    """The data years that a document speaks of: its own, and with it those that its title names. A document whose own
    year lies outside speaks of none."""
    own = document.data_year
    if own is not None and own not in ground.years:
        return frozenset()
    return frozenset(ground.years) & (document.titled | ({own} if own is not None else set()))


def label_of(kind: str) -> str:
    return str(EvidenceKind(kind).label)


# --- a whole question -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Met:
    """One want with what is put to it: is anything there, which data years have nothing (`years: each` only), and what
    does not fit, document by document in the order given. `closed`: one of them is, so the years are not named, for
    which are missing would tell which it speaks of."""

    want: Want
    there: bool
    lacks: tuple[int, ...]
    faults: tuple[tuple[Fault, ...], ...] = ()
    closed: bool = False

    @property
    def fits(self) -> bool:
        """Everything as it is wanted?"""
        return self.there and not self.lacks and not any(self.faults)

    @property
    def lacks_text(self) -> str:
        """The missing years as a sentence; '' where none is missing, or everything is."""
        if not self.there or not self.lacks:
            return ""
        if self.closed:
            return "Belum ada untuk semua tahun data yang diminta."
        return f"Belum ada untuk tahun data {' dan '.join(map(str, self.lacks))}."

    @property
    def request(self) -> str:
        """What is there and does not fit, asked for in one line, whatever is wrong with it; '' where everything fits.
        Of a document of another kind nothing else is said: another is to come in its place."""
        if not self.warned:
            return ""
        asks: dict[str, None] = {}
        for found in self.faults:
            wrong = [fault for fault in found if fault.code is Code.KIND] or found
            asks |= dict.fromkeys(fault.ask for fault in wrong)
        years = ""
        unsaid = any(fault.code is Code.NO_YEAR for found in self.faults for fault in found)
        if self.there and self.lacks and not unsaid:
            years = " untuk semua tahun data" if self.closed else f", tahun {' dan '.join(map(str, self.lacks))}"
        return f"{self.want.label}{years}" + (f" ({'; '.join(asks)})" if asks else "")

    @property
    def warned(self) -> int:
        """How many things are to be looked at."""
        return sum(map(len, self.faults)) + bool(self.lacks_text)


@dataclass(frozen=True, slots=True)
class Fit:
    """A question's wants in their order."""

    lines: tuple[Met, ...]

    @property
    def missing(self) -> tuple[Want, ...]:
        """What is required and not there at all."""
        return tuple(line.want for line in self.lines if not line.there and not line.want.optional)

    @property
    def warned(self) -> int:
        return sum(line.warned for line in self.lines)

    @property
    def incomplete(self) -> bool:
        return bool(self.missing) or bool(self.warned)


def fit(wants: Sequence[Want], documents: Mapping[str, Sequence[Document]], ground: Ground) -> Fit:
    """A question held against its documents, given by the key of the want that each was put to."""
    return Fit(tuple(_met(want, documents.get(want.key, ()), ground) for want in wants))


def _met(want: Want, documents: Sequence[Document], ground: Ground) -> Met:
    counting = [document for document in documents if document.counts]
    lacks: tuple[int, ...] = ()
    if want.years == WantedYears.EACH:
        spoken = frozenset[int]().union(*(covered(document, ground) for document in counting))
        lacks = tuple(year for year in ground.years if year not in spoken)
    found = tuple(faults(document, want, ground) for document in documents)
    return Met(want, bool(counting), lacks, found, any(document.closed for document in counting))
