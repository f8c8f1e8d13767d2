"""Any instrument that may be, for properties: of every kind of question, with awkward texts."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from clusters.checking import check
from clusters.content import InstrumentData
from clusters.enums import EvidenceKind
from clusters.nodes import node
from regions.enums import AgencyKind

SIGNS = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff") | st.sampled_from(
    "\n =+-@'\"#:{}[]"
)
SOURCES = st.sampled_from(["published", "assumption"])
URLS = st.sampled_from(["", "https://a.example/b?c=1&d=[2]", "http://contoh.go.id/#x"])


def texts(most: int) -> st.SearchStrategy[str]:
    return st.text(SIGNS, max_size=min(most, 40)).map(str.strip)


def filled(most: int) -> st.SearchStrategy[str]:
    return texts(most).map(lambda text: text or "=1+1")


@st.composite
def instruments(draw: st.DrawFn) -> InstrumentData:
    """A checked instrument of one to six questions, or of clusters only."""
    codes = draw(
        st.lists(st.from_regex(r"[1-9]\.(10|[1-9])[a-z]?", fullmatch=True), min_size=1, max_size=6, unique=True)
    )
    cuts = draw(st.sets(st.integers(1, 999_999), min_size=len(codes) - 1, max_size=len(codes) - 1))
    edges = [0, *sorted(cuts), 1_000_000]
    points = [Decimal(above - below) / 1000 for below, above in pairwise(edges)]
    deep = draw(st.booleans())
    clusters: list[dict[str, Any]] = []
    for number, (code, value) in enumerate(zip(codes, points, strict=True)):
        if not clusters or draw(st.booleans()):
            clusters.append({"code": f"K{number}", "name": draw(filled(160)), "points": Decimal(0), "indicators": []})
        cluster = clusters[-1]
        cluster["points"] += value
        if not cluster["indicators"] or draw(st.booleans()):
            more = {"description": draw(texts(2000)), "note": draw(texts(2000)), "source": draw(SOURCES)}
            indicator = {"number": f"{number}A", "name": draw(filled(300)), "points": Decimal(0), "questions": []}
            cluster["indicators"].append({**indicator, **more})
        indicator = cluster["indicators"][-1]
        indicator["points"] += value
        indicator["questions"].append(draw(questions(code, value)))
    for part in [*clusters, *(each for cluster in clusters for each in cluster["indicators"])]:
        part["max_points"] = str(part.pop("points"))
    if not deep:
        clusters = [{key: entry for key, entry in cluster.items() if key != "indicators"} for cluster in clusters]
    head = {
        "code": draw(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)),
        "name": draw(filled(160)),
        "edition": draw(st.from_regex(r"20[0-9]{2}(\.[0-9])?", fullmatch=True)),
        "granularity": "questions" if deep else "clusters",
        "corrects": draw(st.sampled_from(["", "kla-0"])),
        "max_points": "1000",
        "source_url": draw(URLS),
        "legal_basis": draw(st.lists(st.fixed_dictionaries({"title": filled(300), "url": URLS}), max_size=2)),
        "assumptions": draw(st.lists(st.fixed_dictionaries({"text": filled(999), "source_url": URLS}), max_size=2)),
        "predicates": draw(predicates(codes if deep else [])),
        "clusters": clusters,
    }
    return check(node({key: entry for key, entry in _used(head).items() if entry != ""}))


def _used(plain: Any) -> Any:
    """Without what is empty and may be absent."""
    if isinstance(plain, dict):
        return {key: _used(entry) for key, entry in plain.items() if entry != ""}
    return [_used(entry) for entry in plain] if isinstance(plain, list) else plain


@st.composite
def questions(draw: st.DrawFn, code: str, points: Decimal) -> dict[str, Any]:
    kind = draw(st.sampled_from(["yes_no", "choice", "percentage", "count", "checklist", "table", "rollup"]))
    owners = draw(st.lists(st.sampled_from(AgencyKind.values), min_size=1, max_size=3, unique=True))
    return {
        "code": code,
        "text": f"{draw(texts(900))} {code}",
        "guidance": draw(texts(2000)),
        "kind": kind,
        "max_points": str(points),
        "owners": owners,
        "wants": [draw(wants(key)) for key in draw(keys(0))],
        "may_be_inapplicable": draw(st.sampled_from(["true", "false"])),
        "source": draw(SOURCES),
        "note": draw(texts(2000)),
        "rule": {"source": draw(SOURCES), **draw(RULES[kind])},
    }


@st.composite
def wants(draw: st.DrawFn, key: str) -> dict[str, Any]:
    """With demands, or without, or with what is written though it is the default."""
    flags = {name: st.sampled_from(["true", "false"]) for name in ("signed", "valid", "optional")}
    more = {
        "kinds": st.lists(st.sampled_from(EvidenceKind.values), min_size=1, max_size=4, unique=True),
        "years": st.sampled_from(["each", "any"]),
        **flags,
    }
    return {"key": key, "label": draw(filled(200)), **draw(st.fixed_dictionaries({}, optional=more))}


def keys(least: int) -> st.SearchStrategy[list[str]]:
    one = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,4}", fullmatch=True)
    return st.lists(one, min_size=least, max_size=4, unique=True)


@st.composite
def fractions(draw: st.DrawFn, count: int, rising: bool = True) -> list[str]:
    """Fractions that do not fall (or rise), the last different from the first, in more than one spelling."""
    middle = draw(st.lists(st.integers(1, 99), min_size=count - 2, max_size=count - 2).map(sorted))
    spelled = ["0", *(draw(st.sampled_from([f"0.{each:02}", f"0.{each:02}0"])) for each in middle), "1"]
    return spelled if rising else spelled[::-1]


@st.composite
def levels(draw: st.DrawFn, name: str) -> dict[str, Any]:
    own = draw(keys(2))
    earned = draw(fractions(len(own)))
    labels = [draw(filled(300)) for _ in own]
    return {name: [{"key": k, "label": t, "fraction": f} for k, t, f in zip(own, labels, earned, strict=True)]}


@st.composite
def bands(draw: st.DrawFn, unit: str = "", whole: bool = False) -> dict[str, Any]:
    better = draw(st.sampled_from(["higher", "lower"]))
    bounds = ["0", *map(str, sorted(draw(st.sets(st.integers(1, 99), min_size=1, max_size=3))))]
    if not whole:
        bounds = [bound if bound == "0" else f"{bound}.5" for bound in bounds]
    earned = draw(fractions(len(bounds), rising=better == "higher"))
    rows = [{"from": bound, "fraction": each} for bound, each in zip(bounds, earned, strict=True)]
    return {"unit": unit or draw(filled(100).filter(lambda text: text != "%")), "better": better, "bands": rows}


@st.composite
def banded(draw: st.DrawFn, unit: str, whole: bool) -> dict[str, Any]:
    found = draw(bands(unit, whole))
    if draw(st.booleans()):
        found["compare"] = {"improved": "1", "same": "1.0", "worse": draw(st.sampled_from(["0", "0.5"]))}
    return found


@st.composite
def checklists(draw: st.DrawFn) -> dict[str, Any]:
    items = [{"key": key, "label": draw(filled(300)), "points": str(draw(st.integers(1, 9)))} for key in draw(keys(1))]
    return {**draw(levels("levels")), "items": items}


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    columns: list[dict[str, Any]] = []
    for key in draw(keys(2)):
        column: dict[str, Any] = {
            "key": key,
            "label": draw(filled(300)),
            "type": draw(st.sampled_from(["text", "date", "choice"])),
        }
        if column["type"] == "choice":
            column["options"] = draw(st.lists(filled(300), min_size=2, max_size=4, unique=True))
        columns.append({**column, "required": draw(st.sampled_from(["true", "false"]))})
    numbers = [f"n.{number}" for number in range(2)]
    columns += [{"key": key, "label": draw(filled(300)), "type": "number"} for key in numbers]
    of = draw(st.sampled_from(["rows", "sum", "share"]))
    total = {"of": of} | ({} if of == "rows" else {"column": "n.0"}) | ({"among": "n.1"} if of == "share" else {})
    return {"columns": columns, "total": total, **draw(bands("%" if of == "share" else "", whole=of == "rows"))}


@st.composite
def rollups(draw: st.DrawFn) -> dict[str, Any]:
    return {"of": draw(st.sampled_from(["kecamatan", "desa"])), **draw(bands("%"))}


RULES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "yes_no": st.sampled_from([{"yes": "1", "no": "0"}, {"yes": "0.25", "no": "1.00"}]),
    "choice": levels("options"),
    "percentage": banded("%", False),
    "count": banded("", True),
    "checklist": checklists(),
    "table": tables(),
    "rollup": rollups(),
}


@st.composite
def predicates(draw: st.DrawFn, codes: list[str]) -> list[dict[str, Any]]:
    found = []
    for number, lower in enumerate(sorted(draw(st.sets(st.integers(0, 9999), min_size=1, max_size=3)))):
        band: dict[str, Any] = {
            "code": f"p{number}",
            "name": draw(filled(300)),
            "lower": f"{lower}.5",
            "source": draw(SOURCES),
        }
        band |= {
            "inclusive": draw(st.sampled_from(["true", "false"])),
            "note": draw(texts(300)),
            "source_url": draw(URLS),
        }
        if codes and draw(st.booleans()):
            band["requires"] = [
                draw(requirements(draw(st.sampled_from(codes)))) for _ in range(draw(st.integers(1, 2)))
            ]
        found.append(band)
    return found


@st.composite
def requirements(draw: st.DrawFn, code: str) -> dict[str, str]:
    return {
        "question": code,
        "least": draw(st.sampled_from(["1", "0.50"])),
        "label": draw(filled(300)),
        "enforced": draw(st.sampled_from(["true", "false"])),
        "source": draw(SOURCES),
        "source_url": draw(URLS),
    }
