"""The one check that every instrument passes, whichever file it comes from: shape, codes, owners, rules, arithmetic.
Every fault is named with its place. Pure."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

from clusters import scoring
from clusters.canon import predicate_data, rule_data
from clusters.content import TOTAL, ClusterData, IndicatorData, InstrumentData, QuestionData
from clusters.enums import EvidenceKind, Granularity, QuestionKind, Source, WantedYears
from clusters.nodes import Fault, Invalid, Node, Place, short
from clusters.rules import NUMBER
from clusters.wants import DEMANDS, FLAGS_TOLD, Want, want_data
from kla_portal.lib.numbers import plain_text
from regions.enums import AgencyKind

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
RESERVED = {"baru", "impor", "pemetaan", "riwayat"}
"""No instrument has these codes: they are words of addresses."""
CLUSTER_CODE = re.compile(r"[A-Z0-9]{1,10}")
INDICATOR_NUMBER = re.compile(r"[0-9A-Za-z]{1,6}")
QUESTION_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,11}")
URL = re.compile(r"https?://[^\s\"<>]{3,280}")
POINTS = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What has no place in a text, and what a database or a spreadsheet would not keep. Line breaks do."""
_OWNERS = frozenset(AgencyKind.values)
FRACTIONS = {"yes", "no", "fraction", "improved", "same", "worse"}
MOST_ROWS = 500
Data = TypeVar("Data")
WHAT = {"clusters": "klaster", "indicators": "indikator", "questions": "pertanyaan"}


def check(root: Node) -> InstrumentData:
    """The instrument in a tree of nodes, as the YAML form has it. Raises Invalid with every fault found."""
    found, faults = examine(root)
    if found is None:
        raise Invalid(faults)
    return found


def examine(root: Node) -> tuple[InstrumentData | None, list[Fault]]:
    """The instrument, or None and its faults."""
    walk = _Check()
    found = walk.instrument(root)
    return (None, walk.faults) if walk.faults or found is None else (found, [])


class _Check:
    """Walks the nodes, collecting faults; a part that is wrong comes back as None and the walk goes on."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.granularity: str = Granularity.QUESTIONS
        self.seen: dict[str, dict[str, Place]] = {}
        self.texts: dict[str, str] = {}

    def fault(self, path: str, place: Place, problem: str, cure: str = "") -> None:
        self.faults.append(Fault(path.lstrip("."), place, problem, cure))

    def instrument(self, node: Node) -> InstrumentData | None:
        required = {"code", "name", "edition", "max_points", "predicates", "clusters"}
        optional = {"granularity", "corrects", "source_url", "legal_basis", "assumptions"}
        here = self.mapping(node, "", required, optional)
        if here is None:
            return None
        for path, leaf in _leaves(node):
            if _CONTROL.search(str(leaf.value).strip()):
                self.fault(path, leaf.place, "teks memuat tanda kendali", "Ketik ulang; hasil salinan bisa memuatnya.")
        self.granularity = self.one_of(here, "", "granularity", Granularity.values) or Granularity.QUESTIONS
        maximum = self.points(here, "", "max_points")
        if maximum is not None and maximum != TOTAL:
            problem = f"harus {plain_text(TOTAL)}, bukan {plain_text(maximum)}"
            self.fault("max_points", here["max_points"].place, problem, f"Tulis {plain_text(TOTAL)}.")
        clusters = self.each(here, "", "clusters", self.cluster)
        bands = self.predicates(here)
        self.add_up(here, "", maximum, [part.max_points for part in clusters], "clusters")
        code = self.word(here, "", "code", CODE)
        if code in RESERVED:
            self.fault("code", here["code"].place, f"kode {code} dipakai oleh portal sendiri", "Beri kode lain.")
        found = InstrumentData(
            code=code,
            name=self.text(here, "", "name", 160, required=True),
            edition=self.text(here, "", "edition", 20, required=True),
            granularity=self.granularity,
            corrects=self.word(here, "", "corrects", CODE),
            max_points=maximum or TOTAL,
            source_url=self.url(here, "", "source_url"),
            legal_basis=tuple(self.each(here, "", "legal_basis", self.basis)),
            assumptions=tuple(self.each(here, "", "assumptions", self.assumption)),
            predicates=bands,
            clusters=tuple(clusters),
        )
        return None if self.faults else found

    def cluster(self, node: Node, path: str) -> ClusterData | None:
        deep = self.granularity == Granularity.QUESTIONS
        here = self.mapping(node, path, {"code", "name", "max_points"} | ({"indicators"} if deep else set()), set())
        if here is None:
            return None
        maximum = self.points(here, path, "max_points")
        indicators = self.each(here, path, "indicators", self.indicator)
        self.add_up(here, path, maximum, [part.max_points for part in indicators], "indicators")
        code = self.word(here, path, "code", CLUSTER_CODE)
        self.once("klaster", code, f"{path}.code", node.place_of("code"))
        name = self.text(here, path, "name", 160, required=True)
        return None if maximum is None else ClusterData(code, name, maximum, tuple(indicators))

    def indicator(self, node: Node, path: str) -> IndicatorData | None:
        required = {"number", "name", "max_points", "source", "questions"}
        here = self.mapping(node, path, required, {"description", "note"})
        if here is None:
            return None
        maximum = self.points(here, path, "max_points")
        questions = self.each(here, path, "questions", self.question)
        self.add_up(here, path, maximum, [part.max_points for part in questions], "questions")
        number = self.word(here, path, "number", INDICATOR_NUMBER)
        self.once("indikator", number, f"{path}.number", node.place_of("number"))
        name = self.text(here, path, "name", 300, required=True)
        description = self.text(here, path, "description", 2000)
        source = self.one_of(here, path, "source", Source.values)
        note = self.text(here, path, "note", 2000)
        if maximum is None:
            return None
        return IndicatorData(number, name, description, maximum, source, note, tuple(questions))

    def question(self, node: Node, path: str) -> QuestionData | None:
        required = {"code", "text", "kind", "max_points", "rule", "owners", "source"}
        here = self.mapping(node, path, required, {"guidance", "wants", "may_be_inapplicable", "note"})
        if here is None:
            return None
        code = self.word(here, path, "code", QUESTION_CODE)
        self.once("pertanyaan", code, f"{path}.code", node.place_of("code"))
        kind = self.one_of(here, path, "kind", QuestionKind.values)
        maximum = self.points(here, path, "max_points")
        if maximum == 0:
            self.fault(f"{path}.max_points", here["max_points"].place, "pertanyaan harus bernilai lebih dari 0")
        wants = self.each(here, path, "wants", self.want)
        for number, want in enumerate(wants):
            if want["key"] in [earlier["key"] for earlier in wants[:number]]:
                place = here["wants"].place_of(f"[{number}].key")
                self.fault(f"{path}.wants[{number}].key", place, f"{want['key']} ditulis dua kali", _OTHER)
        text = self.text(here, path, "text", 1000, required=True)
        self.own_text(text, code, f"{path}.text", node.place_of("text"))
        guidance = self.text(here, path, "guidance", 2000)
        rule = self.rule(here, path, kind)
        owners = self.owners(here, path)
        source = self.one_of(here, path, "source", Source.values)
        note = self.text(here, path, "note", 2000)
        inapplicable = self.one_of(here, path, "may_be_inapplicable", ["true", "false"]) == "true"
        if maximum is None:
            return None
        return QuestionData(code, text, guidance, kind, maximum, rule, owners, tuple(wants), inapplicable, source, note)

    def own_text(self, text: str, code: str, path: str, place: Place) -> None:
        """Two questions of one wording are one copied over the other, and an ellipsis is where a text was cut off."""
        if not text:
            return
        before = self.texts.setdefault(" ".join(text.casefold().split()), code)
        if before != code:
            cure = f"Tulis kembali bunyi pertanyaan {code}, atau hapus salah satunya."
            self.fault(path, place, f"pertanyaan {code} mengulang bunyi pertanyaan {before}", cure)
        if text.endswith(("…", "...")):
            self.fault(path, place, "teks tampak terpotong: berakhir dengan elipsis", "Tulis teks selengkapnya.")

    def rule(self, here: dict[str, Node], path: str, kind: str) -> dict[str, Any]:
        node = here.get("rule")
        if node is None or not kind:
            return {}
        known = len(self.faults)
        for place, leaf in _leaves(node):
            text = str(leaf.value)
            if place.rpartition(".")[2] in FRACTIONS and NUMBER.fullmatch(text) and Decimal(text) > 1:
                problem = f"{plain_text(text)} di luar 0 sampai 1"
                cure = f"Tulis bagian antara 0 dan 1, misalnya {_half(leaf.place)}."
                self.fault(f"{path}.rule.{place}", leaf.place, problem, cure)
        if len(self.faults) > known:
            return {}
        try:
            return rule_data(scoring.parse_rule(kind, node.plain))
        except scoring.RuleError as error:
            inside = error.path.lstrip(".")
            self.fault(f"{path}.rule.{inside}".rstrip("."), node.place_of(inside), error.problem)
            return {}

    def owners(self, here: dict[str, Node], path: str) -> tuple[str, ...]:
        owners = []
        for number, node in enumerate(self.rows(here, path, "owners", least=1)):
            if str(node.value) not in _OWNERS:
                problem = f"perangkat daerah {short(node.plain)} tidak dikenal"
                self.fault(f"{path}.owners[{number}]", node.place, problem, _KNOWN_OWNERS)
            elif node.value in owners:
                self.fault(
                    f"{path}.owners[{number}]", node.place, f"{node.value} ditulis dua kali", "Hapus salah satu."
                )
            else:
                owners.append(str(node.value))
        return tuple(owners)

    def want(self, node: Node, path: str) -> dict[str, Any] | None:
        here = self.mapping(node, path, {"key", "label"}, set(DEMANDS))
        if here is None:
            return None
        kinds: list[str] = []
        for number, kind in enumerate(self.rows(here, path, "kinds", least=1)):
            if str(kind.value) not in EvidenceKind.values:
                problem = f"jenis dokumen {short(kind.plain)} tidak dikenal"
                self.fault(f"{path}.kinds[{number}]", kind.place, problem, _KNOWN_KINDS)
            elif kind.value in kinds:
                self.fault(f"{path}.kinds[{number}]", kind.place, f"{kind.value} ditulis dua kali", "Hapus salah satu.")
            else:
                kinds.append(str(kind.value))
        flags = {name: self.one_of(here, path, name, ["true", "false"]) == "true" for name in FLAGS_TOLD}
        key = self.word(here, path, "key", scoring.KEY)
        label = self.text(here, path, "label", 200, required=True)
        return want_data(Want(key, label, tuple(kinds), self.one_of(here, path, "years", WantedYears.values), **flags))

    def basis(self, node: Node, path: str) -> dict[str, str] | None:
        here = self.mapping(node, path, {"title"}, {"url"})
        if here is None:
            return None
        return {"title": self.text(here, path, "title", 300, required=True), "url": self.url(here, path, "url")}

    def assumption(self, node: Node, path: str) -> dict[str, str] | None:
        here = self.mapping(node, path, {"text"}, {"source_url"})
        if here is None:
            return None
        return {
            "text": self.text(here, path, "text", 1000, required=True),
            "source_url": self.url(here, path, "source_url"),
        }

    def predicates(self, here: dict[str, Node]) -> tuple[dict[str, Any], ...]:
        """The bands; a prerequisite of one names a question of this instrument."""
        node = here.get("predicates")
        if node is None:
            return ()
        rows = [_with_booleans(band) for band in self.rows(here, "", "predicates", least=1)]
        try:
            bands = scoring.parse_bands(rows)
        except scoring.RuleError as error:
            self.fault(f"predicates{error.path}", node.place_of(error.path), error.problem)
            return ()
        for number, band in enumerate(bands):
            for place, requirement in enumerate(band.requires):
                if requirement.question not in self.seen.get("pertanyaan", {}):
                    path = f"[{number}].requires[{place}].question"
                    problem = f"pertanyaan {short(requirement.question)} tidak ada"
                    self.fault(f"predicates{path}", node.place_of(path), problem, "Tulis kode pertanyaan yang ada.")
        return tuple(predicate_data(band) for band in bands)

    # --- the small checks -------------------------------------------------------------------------------------------
    def mapping(self, node: Node, path: str, required: set[str], optional: set[str]) -> dict[str, Node] | None:
        if not isinstance(node.value, dict):
            self.fault(path, node.place, "di sini diharapkan pemetaan (kunci: nilai)")
            return None
        for key, entry in node.value.items():
            if key not in required | optional:
                self.fault(f"{path}.{short(key)}", entry.place, "kunci tidak dikenal", "Hapus atau perbaiki namanya.")
        for key in sorted(required - node.value.keys()):
            problem = "sel ini wajib diisi" if node.place.sheet else "kunci wajib tidak ada"
            self.fault(f"{path}.{key}", node.place_of(key), problem, "Isi.")
        return node.value

    def rows(self, here: dict[str, Node], path: str, key: str, least: int = 0) -> list[Node]:
        node = here.get(key)
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.fault(f"{path}.{key}", node.place, "di sini diharapkan daftar")
            return []
        if not least <= len(node.value) <= MOST_ROWS:
            self.fault(f"{path}.{key}", node.place, f"daftar harus berisi {least} sampai {MOST_ROWS} entri")
        return node.value[:MOST_ROWS]

    def each(self, here: dict[str, Node], path: str, key: str, read: Callable[[Node, str], Data | None]) -> list[Data]:
        """What `read` makes of every entry of a list, without those that it could not read."""
        place = f"{path}.{key}".lstrip(".")
        found = (read(node, f"{place}[{number}]") for number, node in enumerate(self.rows(here, path, key)))
        return [data for data in found if data is not None]

    def text(self, here: dict[str, Node], path: str, key: str, most: int, required: bool = False) -> str:
        """A text of at most `most` characters; a required one may not be empty."""
        node = here.get(key)
        if node is None:
            return ""
        path = f"{path}.{key}"
        if not isinstance(node.value, str):
            self.fault(path, node.place, "di sini diharapkan teks")
            return ""
        text = node.value.strip()
        if len(text) > most:
            cure = f"Persingkat; sekarang {len(text)} huruf. Yang lebih panjang akan terpotong."
            self.fault(path, node.place, f"teks lebih panjang dari {most} huruf", cure)
        if required and not text:
            self.fault(path, node.place, "teks tidak boleh kosong", "Isi.")
        return text

    def word(self, here: dict[str, Node], path: str, key: str, shape: re.Pattern[str]) -> str:
        node = here.get(key)
        if node is None:
            return ""
        if not isinstance(node.value, str) or not shape.fullmatch(node.value):
            self.fault(f"{path}.{key}", node.place, f"{short(node.plain)} bukan kode yang sah")
            return ""
        return node.value

    def one_of(self, here: dict[str, Node], path: str, key: str, known: list[str]) -> str:
        node = here.get(key)
        if node is None:
            return ""
        if not isinstance(node.value, str) or node.value not in known:
            wanted = ", ".join(known)
            self.fault(f"{path}.{key}", node.place, f"{short(node.plain)} bukan salah satu dari: {wanted}")
            return ""
        return node.value

    def url(self, here: dict[str, Node], path: str, key: str) -> str:
        node = here.get(key)
        if node is None:
            return ""
        if not isinstance(node.value, str) or not URL.fullmatch(node.value):
            self.fault(f"{path}.{key}", node.place, f"{short(node.plain)} bukan alamat http(s)")
            return ""
        return node.value

    def points(self, here: dict[str, Node], path: str, key: str) -> Decimal | None:
        node = here.get(key)
        if node is None:
            return None
        if not isinstance(node.value, str) or not POINTS.fullmatch(node.value):
            problem = f"{short(node.plain)} bukan nilai (0 sampai 99999, paling banyak 3 desimal)"
            self.fault(f"{path}.{key}", node.place, problem, f"Tulis angka saja, misalnya 12 atau {_half(node.place)}.")
            return None
        return Decimal(node.value)

    def once(self, what: str, code: str, path: str, place: Place) -> None:
        if not code:
            return
        before = self.seen.setdefault(what, {})
        if code in before:
            self.fault(path, place, f"kode {what} {code} sudah dipakai pada {before[code]}", _OTHER)
        else:
            before[code] = place

    def add_up(self, here: dict[str, Node], path: str, maximum: Decimal | None, parts: list[Decimal], key: str) -> None:
        """The parent's points against its children's. A child that cannot be read is a fault of its own."""
        children = here.get(key)
        if maximum is None or children is None or len(parts) != len(children.value):
            return
        total = scoring.sum_points(parts)
        if total != maximum:
            problem = f"tertulis {plain_text(maximum)}, tetapi {WHAT[key]} di dalamnya berjumlah {plain_text(total)}"
            cure = f"Jadikan {plain_text(total)}, atau perbaiki nilai {WHAT[key]} di dalamnya."
            self.fault(f"{path}.max_points", here["max_points"].place, problem, cure)


_KNOWN_OWNERS = "Pakai nama yang ada pada lembar Petunjuk di berkas XLSX yang diunduh; beberapa dipisah titik koma."
_KNOWN_KINDS = f"Pakai salah satu dari: {', '.join(f'{value} ({label})' for value, label in EvidenceKind.choices)}."
_OTHER = "Beri kode lain, atau hapus salah satu."


def _half(place: Place) -> str:
    """A half as it is to be written there: sheets are read with the Indonesian comma, YAML knows the point only."""
    return "0,5" if place.sheet else "0.5"


def _leaves(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every text inside a node, with its path."""
    if isinstance(node.value, dict):
        for key, entry in node.value.items():
            yield from _leaves(entry, f"{path}.{key}".lstrip("."))
    elif isinstance(node.value, list):
        for number, entry in enumerate(node.value):
            yield from _leaves(entry, f"{path}[{number}]")
    else:
        yield path, node


def _with_booleans(node: Node) -> Any:
    """A predicate as the rules read it: what is written true or false becomes so."""
    spelled = {"true": True, "false": False}

    def read(plain: Any) -> Any:
        if isinstance(plain, dict):
            return {
                key: spelled.get(entry, entry) if key in ("inclusive", "enforced") and isinstance(entry, str) else
                read(entry) for key, entry in plain.items()
            }  # fmt: skip
        return [read(entry) for entry in plain] if isinstance(plain, list) else plain

    return read(node.plain)
