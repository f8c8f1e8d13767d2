"""From the YAML of an instrument to checked data, with every fault named by place and line. Pure: writes nothing.

The file is read as text only: no tags, no anchors or aliases, no types guessed by YAML. So "1.10" stays a code, 0.1
stays exact, and a hostile file can neither make objects nor grow in memory. What a file holds: `docs/instrument.md`.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

import yaml

from clusters import scoring
from clusters.enums import Granularity, QuestionKind, Source
from kla_portal.lib.numbers import plain_text
from regions.enums import AgencyKind

TOTAL = Decimal(1000)
"""What every version of the instrument adds up to (2022 and 2024 alike; docs/instrument.md)."""
MAX_BYTES = 2_000_000
MAX_NODES = 100_000
MAX_DEPTH = 12
MAX_FAULTS = 500
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
CLUSTER_CODE = re.compile(r"[A-Z0-9]{1,10}")
INDICATOR_NUMBER = re.compile(r"[0-9A-Za-z]{1,6}")
QUESTION_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,11}")
URL = re.compile(r"https?://[^\s\"<>]{3,280}")
POINTS = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")
PARTS = ("clusters", "indicators", "questions")
Data = TypeVar("Data")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `path` as in clusters[2].max_points, `line` from 1, `problem` in Indonesian."""

    path: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path or 'berkas'} (baris {self.line}): {self.problem}"


class Invalid(Exception):
    """The file cannot be used. `faults` has all of them (the first 500), in the order of the file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))[:MAX_FAULTS]
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class QuestionData:
    code: str
    text: str
    guidance: str
    kind: str
    max_points: Decimal
    rule: dict[str, Any]
    owners: tuple[str, ...]
    wants: tuple[dict[str, str], ...]
    may_be_inapplicable: bool
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class IndicatorData:
    number: str
    name: str
    description: str
    max_points: Decimal
    source: str
    note: str
    questions: tuple[QuestionData, ...]


@dataclass(frozen=True, slots=True)
class ClusterData:
    code: str
    name: str
    max_points: Decimal
    indicators: tuple[IndicatorData, ...]


@dataclass(frozen=True, slots=True)
class InstrumentData:
    """A checked instrument: its sums hold, its rules parse, its owners are known."""

    code: str
    name: str
    edition: str
    granularity: str
    corrects: str
    max_points: Decimal
    source_url: str
    legal_basis: tuple[dict[str, str], ...]
    assumptions: tuple[dict[str, str], ...]
    predicates: tuple[dict[str, Any], ...]
    clusters: tuple[ClusterData, ...]

    @property
    def questions(self) -> tuple[QuestionData, ...]:
        return tuple(q for cluster in self.clusters for indicator in cluster.indicators for q in indicator.questions)

    @property
    def digest(self) -> str:
        """SHA-256 of the content (64 hex digits): the same whatever the layout of the file."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, default=_number_text)
        return hashlib.sha256(text.encode()).hexdigest()


def _number_text(number: Decimal) -> str:
    return f"{number.normalize():f}"


def read(data: bytes) -> InstrumentData:
    """The instrument in a YAML file, checked in shape and arithmetic. Raises Invalid with every fault found."""
    root = _parse(data)
    check = _Check()
    found = check.instrument(root)
    if check.faults or found is None:
        raise Invalid(check.faults)
    return found


# --- YAML as text with lines ----------------------------------------------------------------------------------------
@dataclass(slots=True)
class Node:
    """A piece of the file: text, a list or a mapping, and the line where it begins."""

    line: int
    value: "str | list[Node] | dict[str, Node]"
    waiting: str | None = field(default=None, repr=False)

    @property
    def plain(self) -> Any:
        """Text, lists and dicts without lines."""
        if isinstance(self.value, list):
            return [entry.plain for entry in self.value]
        if isinstance(self.value, dict):
            return {key: entry.plain for key, entry in self.value.items()}
        return self.value

    def line_of(self, path: str) -> int:
        """The line of a path inside this node ("bands[2].fraction"), or of the nearest part of it that is there."""
        here = self
        for part in re.findall(r"[^.\[\]]+", path):
            if isinstance(here.value, dict) and part in here.value:
                here = here.value[part]
            elif isinstance(here.value, list) and part.isdigit() and int(part) < len(here.value):
                here = here.value[int(part)]
            else:
                break
        return here.line


def _parse(data: bytes) -> Node:
    """The whole file as nodes. Raises Invalid with the one fault that ends the reading."""
    if len(data) > MAX_BYTES:
        raise Invalid([Fault("", 1, f"berkas lebih besar dari {plain_text(MAX_BYTES)} bita")])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid([Fault("", line, "berkas bukan teks UTF-8")]) from None
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _build(yaml.parse(text, Loader=loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "tidak dapat dibaca"
        raise Invalid([Fault("", mark.line + 1 if mark else 1, f"YAML tidak sah: {problem}")]) from None


def _build(events: Iterable[yaml.Event]) -> Node:
    open_nodes: list[Node] = []
    root: Node | None = None
    for number, event in enumerate(events):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if number > MAX_NODES or len(open_nodes) > MAX_DEPTH:
            raise Invalid([Fault("", line, "berkas terlalu besar atau bersarang terlalu dalam")])
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Invalid([Fault("", line, "jangkar dan alias YAML (&, *) tidak diterima")])
        if isinstance(event, yaml.CollectionEndEvent):
            open_nodes.pop()
        elif isinstance(event, yaml.NodeEvent):
            if getattr(event, "tag", None) and event.tag != "!":  # type: ignore[attr-defined]
                raise Invalid([Fault("", line, "tag YAML (!) tidak diterima")])
            opened = _place(event, line, open_nodes)
            if opened is not None and not isinstance(event, yaml.ScalarEvent):
                open_nodes.append(opened)
            root = root or opened
        elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise Invalid([Fault("", line, "satu berkas hanya memuat satu dokumen YAML")])
    if root is None:
        raise Invalid([Fault("", 1, "berkas kosong")])
    return root


def _place(event: yaml.Event, line: int, open_nodes: list[Node]) -> Node | None:
    """Hang the node of an event into the innermost open one; None when it is a key of a mapping."""
    value: str | list[Node] | dict[str, Node]
    if isinstance(event, yaml.ScalarEvent):
        value = event.value
    else:
        value = [] if isinstance(event, yaml.SequenceStartEvent) else {}
    node = Node(line, value)
    if not open_nodes:
        return node
    parent = open_nodes[-1]
    if isinstance(parent.value, list):
        parent.value.append(node)
    elif isinstance(parent.value, dict):
        if parent.waiting is None:
            if not isinstance(value, str):
                raise Invalid([Fault("", line, "kunci pemetaan harus berupa teks")])
            if value in parent.value:
                raise Invalid([Fault("", line, f"kunci {_short(value)} ditulis dua kali")])
            parent.waiting = value
            return None
        parent.value[parent.waiting] = node
        parent.waiting = None
    return node


# --- shape and arithmetic -------------------------------------------------------------------------------------------
class _Check:
    """Walks the nodes, collecting faults; a part that is wrong comes back as None and the walk goes on."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.granularity: str = Granularity.QUESTIONS
        self.seen: dict[str, dict[str, str]] = {}

    def fault(self, path: str, line: int, problem: str) -> None:
        self.faults.append(Fault(path, line, problem))

    def instrument(self, node: Node) -> InstrumentData | None:
        required = {"code", "name", "edition", "max_points", "predicates", "clusters"}
        optional = {"granularity", "corrects", "source_url", "legal_basis", "assumptions"}
        here = self.mapping(node, "", required, optional)
        if here is None:
            return None
        self.granularity = self.one_of(here, "", "granularity", Granularity.values) or Granularity.QUESTIONS
        maximum = self.points(here, "", "max_points")
        if maximum is not None and maximum != TOTAL:
            self.fault("max_points", here["max_points"].line, f"harus {plain_text(TOTAL)}, bukan {plain_text(maximum)}")
        clusters = self.each(here, "", "clusters", self.cluster)
        bands = self.predicates(here)
        self.required_questions(here, bands)
        self.add_up(here, "", maximum, [part.max_points for part in clusters], "clusters")
        found = InstrumentData(
            code=self.word(here, "", "code", CODE),
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
        self.once("klaster", code, f"{path}.code", here.get("code", node).line)
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
        self.once("indikator", number, f"{path}.number", here.get("number", node).line)
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
        self.once("pertanyaan", code, f"{path}.code", here.get("code", node).line)
        kind = self.one_of(here, path, "kind", QuestionKind.values)
        maximum = self.points(here, path, "max_points")
        if maximum == 0:
            self.fault(f"{path}.max_points", here["max_points"].line, "pertanyaan harus bernilai lebih dari 0")
        wants = self.each(here, path, "wants", self.want)
        for place, want in enumerate(wants):
            if want["key"] in [earlier["key"] for earlier in wants[:place]]:
                self.fault(f"{path}.wants[{place}].key", here["wants"].line, f"{want['key']} ditulis dua kali")
        text = self.text(here, path, "text", 1000, required=True)
        guidance = self.text(here, path, "guidance", 2000)
        rule = self.rule(here, path, kind)
        owners = self.owners(here, path)
        source = self.one_of(here, path, "source", Source.values)
        note = self.text(here, path, "note", 2000)
        inapplicable = self.one_of(here, path, "may_be_inapplicable", ["true", "false"]) == "true"
        if maximum is None:
            return None
        return QuestionData(code, text, guidance, kind, maximum, rule, owners, tuple(wants), inapplicable, source, note)

    def rule(self, here: dict[str, Node], path: str, kind: str) -> dict[str, Any]:
        node = here.get("rule")
        if node is None or not kind:
            return {}
        plain = node.plain
        try:
            scoring.parse_rule(kind, plain)
        except scoring.RuleError as error:
            place = error.path.lstrip(".")
            self.fault(f"{path}.rule.{place}".rstrip("."), node.line_of(place), error.problem)
            return {}
        return dict(plain)

    def owners(self, here: dict[str, Node], path: str) -> tuple[str, ...]:
        owners = []
        for place, node in enumerate(self.rows(here, path, "owners", least=1)):
            if node.value not in AgencyKind.values:
                self.fault(f"{path}.owners[{place}]", node.line, f"perangkat daerah {_short(node.plain)} tidak dikenal")
            elif node.value in owners:
                self.fault(f"{path}.owners[{place}]", node.line, f"{node.value} ditulis dua kali")
            else:
                owners.append(str(node.value))
        return tuple(owners)

    def want(self, node: Node, path: str) -> dict[str, str] | None:
        here = self.mapping(node, path, {"key", "label"}, set())
        if here is None:
            return None
        key = self.word(here, path, "key", scoring.KEY)
        return {"key": key, "label": self.text(here, path, "label", 200, required=True)}

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
        node = here.get("predicates")
        if node is None:
            return ()
        bands = [_with_booleans(band) for band in self.rows(here, "", "predicates", least=1)]
        try:
            scoring.parse_bands(bands)
        except scoring.RuleError as error:
            self.fault(f"predicates{error.path}", node.line_of(error.path), error.problem)
            return ()
        return tuple(bands)

    def required_questions(self, here: dict[str, Node], bands: tuple[dict[str, Any], ...]) -> None:
        """A prerequisite names a question of this instrument."""
        known = self.seen.get("pertanyaan", {})
        for place, band in enumerate(bands):
            for number, requirement in enumerate(band.get("requires", [])):
                if requirement["question"] not in known:
                    path = f"[{place}].requires[{number}].question"
                    line = here["predicates"].line_of(path)
                    self.fault(f"predicates{path}", line, f"pertanyaan {_short(requirement['question'])} tidak ada")

    # --- the small checks -------------------------------------------------------------------------------------------
    def mapping(self, node: Node, path: str, required: set[str], optional: set[str]) -> dict[str, Node] | None:
        if not isinstance(node.value, dict):
            self.fault(path, node.line, "di sini diharapkan pemetaan (kunci: nilai)")
            return None
        for key, entry in node.value.items():
            if key not in required | optional:
                self.fault(f"{path}.{_short(key)}".lstrip("."), entry.line, "kunci tidak dikenal")
        for key in sorted(required - node.value.keys()):
            self.fault(f"{path}.{key}".lstrip("."), node.line, "kunci wajib tidak ada")
        return node.value

    def rows(self, here: dict[str, Node], path: str, key: str, least: int = 0) -> list[Node]:
        node = here.get(key)
        if node is None:
            return []
        place = f"{path}.{key}".lstrip(".")
        if not isinstance(node.value, list):
            self.fault(place, node.line, "di sini diharapkan daftar")
            return []
        if not least <= len(node.value) <= 500:
            self.fault(place, node.line, f"daftar harus berisi {least} sampai 500 entri")
        return node.value[:500]

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
        place = f"{path}.{key}".lstrip(".")
        if not isinstance(node.value, str):
            self.fault(place, node.line, "di sini diharapkan teks")
            return ""
        text = node.value.strip()
        if any(unicodedata.category(sign) in ("Cc", "Cs") and sign != "\n" for sign in text):
            self.fault(place, node.line, "teks memuat tanda kendali")
        if len(text) > most:
            self.fault(place, node.line, f"teks lebih panjang dari {most} huruf")
        if required and not text:
            self.fault(place, node.line, "teks tidak boleh kosong")
        return text

    def word(self, here: dict[str, Node], path: str, key: str, shape: re.Pattern[str]) -> str:
        node = here.get(key)
        if node is None:
            return ""
        if not isinstance(node.value, str) or not shape.fullmatch(node.value):
            self.fault(f"{path}.{key}".lstrip("."), node.line, f"{_short(node.plain)} bukan kode yang sah")
            return ""
        return node.value

    def one_of(self, here: dict[str, Node], path: str, key: str, known: list[str]) -> str:
        node = here.get(key)
        if node is None:
            return ""
        if not isinstance(node.value, str) or node.value not in known:
            wanted = ", ".join(known)
            self.fault(f"{path}.{key}".lstrip("."), node.line, f"{_short(node.plain)} bukan salah satu dari: {wanted}")
            return ""
        return node.value

    def url(self, here: dict[str, Node], path: str, key: str) -> str:
        node = here.get(key)
        if node is None:
            return ""
        if not isinstance(node.value, str) or not URL.fullmatch(node.value):
            self.fault(f"{path}.{key}".lstrip("."), node.line, f"{_short(node.plain)} bukan alamat http(s)")
            return ""
        return node.value

    def points(self, here: dict[str, Node], path: str, key: str) -> Decimal | None:
        node = here.get(key)
        if node is None:
            return None
        if not isinstance(node.value, str) or not POINTS.fullmatch(node.value):
            place = f"{path}.{key}".lstrip(".")
            self.fault(place, node.line, f"{_short(node.plain)} bukan nilai (0 sampai 99999, paling banyak 3 desimal)")
            return None
        return Decimal(node.value)

    def once(self, what: str, code: str, path: str, line: int) -> None:
        if not code:
            return
        before = self.seen.setdefault(what, {})
        if code in before:
            self.fault(path, line, f"kode {what} {code} sudah dipakai pada {before[code]}")
        else:
            before[code] = path

    def add_up(self, here: dict[str, Node], path: str, maximum: Decimal | None, parts: list[Decimal], key: str) -> None:
        """The parent's points against its children's. A child that cannot be read is a fault of its own."""
        children = here.get(key)
        if maximum is None or children is None or len(parts) != len(children.value):
            return
        total = scoring.sum_points(parts)
        if total != maximum:
            what = {"clusters": "klaster", "indicators": "indikator", "questions": "pertanyaan"}[key]
            problem = f"tertulis {plain_text(maximum)}, tetapi {what} di dalamnya berjumlah {plain_text(total)}"
            self.fault(f"{path}.max_points".lstrip("."), here["max_points"].line, problem)


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


def _short(raw: object) -> str:
    text = str(raw)
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"
