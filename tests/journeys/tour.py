"""A walk through the portal that looks at every page the way its weakest-sighted and keyboard-only users do."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Page

from tests.browser import violations

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
TABS = 14
FILES = {
    "evaluations:evidence_open",
    "evaluations:evidence_page",
    "evaluations:library_open",
    "evaluations:library_page",
    "reports:report_download",
    "reports:package_download",
    "reports:letter_download",
    "evaluations:answer_table_download",
    "evaluations:evaluation_export",
    "evaluations:agency_workbook",
    "evaluations:evaluation_missing_export",
    "evaluations:receipt_declaration",
    "clusters:instrument_download",
    "clusters:instrument_schema",
}
TAKES_FOCUS = {
    "accounts:sign_in",  # the name field, for nobody comes here for anything else
    "accounts:confirm_password",  # the same
    "style_guide",  # the summary of the refused form it shows, as on every page with a refused form
}
"""Pages that put the focus somewhere themselves, so that the first Tab goes on from there."""
FOCUS = """() => {
    const it = document.activeElement;
    if (!it || it === document.body) return null;
    const style = getComputedStyle(it), box = it.getBoundingClientRect();
    const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const seen = inside && box.width > 1 && box.height > 1;
    return {html: it.outerHTML.slice(0, 140), drawn, seen, skip: it.matches(".skip-link")};
}"""
WIDER = """() => [...document.querySelectorAll("body *")]
    .filter((it) => it.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map((it) => it.outerHTML.slice(0, 140))"""

SHAPE = """() => {
    // All that axe-core's rules look at, except what the words say: equal shapes get equal judgements.
    const NAMES = new Set(["aria-label", "alt", "title", "placeholder", "value", "content", "src", "summary"]);
    const TARGETS = new Set(["for", "href", "headers", "list", "form", "aria-labelledby", "aria-describedby",
        "aria-controls", "aria-owns", "aria-errormessage", "aria-activedescendant", "aria-details"]);
    const STATES = ["checked", "disabled", "open", "hidden", "required", "readOnly"];
    const LANDMARKS = "main, nav, aside, header, footer, form[aria-label], section[aria-label], [role]";
    const target = (value) => value.split(" ").map((id) => {
        const it = document.getElementById(id.replace(/^#/, ""));
        return it ? it.localName : "none";
    }).join(",");
    const attribute = ({name, value}) => {
        if (name === "id" || name === "name") return name;
        if (name === "href" && !value.startsWith("#")) return "href";
        if (TARGETS.has(name)) return name + "=" + target(value);
        if (NAMES.has(name)) return name + (value.trim() ? "=words" : "=");
        if (/^(data-|hx-|action$|viewBox$|transform$|points$)/.test(name)) return "";
        if (/^(d|x|y|r|cx|cy|[xy]\\d|width|height)$/.test(name)) return "";
        if (/^(aria-value|min$|max$|low$|high$|optimum$|datetime$)/.test(name)) return name;
        return name + "=" + value;
    };
    const met = new Map(); // how often a part was met below ancestors of the same kind
    const shape = (node, path) => {
        if (node.nodeType === Node.TEXT_NODE) return node.data.trim() ? "…" : "";
        if (node.nodeType !== Node.ELEMENT_NODE || ["SCRIPT", "LINK", "TEMPLATE"].includes(node.tagName)) return "";
        const state = STATES.filter((name) => node[name] === true);
        const larger = node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight;
        if (larger && /auto|scroll/.test(getComputedStyle(node).overflow)) state.push("scrolls");
        if (!node.checkVisibility({visibilityProperty: true})) state.push("unseen");
        const own = [node.localName, ...[...node.attributes].map(attribute).filter(Boolean).sort(), ...state].join(" ");
        const below = `${path}/${node.localName}.${node.getAttribute("class")}`, seen = new Map(), inside = [];
        const again = (map, key) => map.set(key, (map.get(key) || 0) + 1).get(key) > 2;
        for (const child of node.childNodes) {
            const part = shape(child, below);
            if (part && !again(seen, part)) inside.push(part);
            if (part && child.toggleAttribute) child.toggleAttribute("data-repeated", again(met, below + part));
        }
        return `<${own}>${inside.join("")}</>`;
    };
    const named = [...document.querySelectorAll(LANDMARKS)].map((it) => it.localName + (it.getAttribute("aria-label") ||
        document.getElementById(it.getAttribute("aria-labelledby"))?.textContent || ""));
    const alike = named.length - new Set(named).size;
    return `${alike} ${document.title.trim() !== ""} ${shape(document.documentElement, "")}`;
}"""
"""A page without its words, as one string. A third row like two above it adds nothing; it is marked as repeated."""
DOUBLE = """() => {
    const ids = [...document.querySelectorAll("[id]")].map((it) => it.id);
    return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];
}"""


def url_names(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every named address of the portal with its pattern; names carry their app: `evaluations:home`."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from url_names(entry, f"{entry.namespace}:" if entry.namespace else prefix)
        elif entry.name:
            yield f"{prefix}{entry.name}", entry


def address_name(url: str) -> str:
    """The URL name behind an address; empty when it is none of the portal's."""
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""


@dataclass
class Tour:
    """What was seen so far. `faults` has, by kind of fault, what is wrong and on which pages."""

    visited: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    faults: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    narrow: set[str] = field(default_factory=set)
    tabbed: set[str] = field(default_factory=set)
    shapes: set[tuple[str, str]] = field(default_factory=set)
    pages: int = 0

    def blame(self, kind: str, what: str, page: Page, who: str) -> None:
        self.faults[kind][what].append(f"{who} at {urlsplit(page.url).path}")

    def go(self, page: Page, path: str, who: str, status: int = 200) -> None:
        """Open an address, look at the page, and note that this person has seen it."""
        answer = page.goto(path)
        if answer is None or answer.status != status:
            self.blame("status", f"{answer.status if answer else 'nothing'} instead of {status}", page, who)
            return
        self.keyboard(page, who)
        self.look(page, who)

    def look(self, page: Page, who: str, name: str = "") -> None:
        """Judge the page as it stands. `name` for a page in a special state; else the name of its address."""
        name = name or address_name(page.url)
        self.visited[address_name(page.url)].add(who)
        self.pages += 1
        self._head(page, who)
        self._axe(page, who, "1280")
        page.set_viewport_size(NARROW)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            self.blame("overflow", f"{width} px wide at 390: {page.evaluate(WIDER)}", page, who)
        if name not in self.narrow:
            self.narrow.add(name)
            self._axe(page, who, "390")
        page.set_viewport_size(WIDE)

    def _head(self, page: Page, who: str) -> None:
        headings = page.locator("h1").all_inner_texts()
        if len(headings) != 1 or not headings[0].strip():
            self.blame("head", f"h1: {headings}", page, who)
        title = page.title()
        if not re.fullmatch(r"\S.* · Portal KLA", title):
            self.blame("head", f"title: {title!r}", page, who)
        for name in page.evaluate(DOUBLE):
            self.blame("axe", f"the id {name!r} is given twice", page, who)

    def _axe(self, page: Page, who: str, width: str) -> None:
        """Have axe-core judge the page, unless one of the same shape was judged at this width already."""
        shape = (width, page.evaluate(SHAPE))
        if shape in self.shapes:
            return
        self.shapes.add(shape)
        for found in violations(page, but="[data-repeated]"):
            for node in found["nodes"]:
                why = "; ".join(check["message"] for check in node["any"] + node["all"] + node["none"])
                what = f"{found['id']}: {' '.join(map(str, node['target']))} {node['html'][:160]} ({why})"
                self.blame("axe", what, page, f"{who} {width}")

    def keyboard(self, page: Page, who: str) -> None:
        """On a page just opened: Tab meets the skip link, then things in sight that show that they have the focus."""
        name = address_name(page.url)
        if name in self.tabbed:
            return
        self.tabbed.add(name)
        for step in range(TABS):
            page.keyboard.press("Tab")
            at = page.evaluate(FOCUS)
            if at is None:
                if step < 2:
                    self.blame("keyboard", f"Tab {step + 1} focuses nothing", page, who)
                break
            if step == 0 and not at["skip"] and name not in TAKES_FOCUS:
                self.blame("keyboard", f"the first Tab meets {at['html']}", page, who)
            if not at["seen"]:
                self.blame("keyboard", f"focused out of sight: {at['html']}", page, who)
            if not at["drawn"]:
                self.blame("keyboard", f"focus not drawn: {at['html']}", page, who)

    def crawl(self, page: Page, who: str, start: str = "/", *, cap: dict[str, int], skip: set[str]) -> None:
        """Follow the links that this person is offered: each address name once, or as often as `cap` says."""
        taken: Counter[str] = Counter()
        known, queue = {start}, deque([start])
        while queue:
            path = queue.popleft()
            name = address_name(path)
            if name in FILES or name in skip or taken[name] >= cap.get(name, 1):
                continue
            if not name:
                self.faults["status"][f"a link to {path}, which is no address"].append(who)
                continue
            taken[name] += 1
            self.go(page, path, who)
            for link in page.locator("a[href]").evaluate_all("links => links.map((link) => link.href)"):
                there = urlsplit(link)
                if there.netloc == urlsplit(page.url).netloc and there.path not in known:
                    known.add(there.path)
                    queue.append(there.path)

    def report(self, kind: str) -> str:
        """The faults of one kind, each with where it was met; empty when there is none."""
        lines = []
        for what, places in sorted(self.faults[kind].items()):
            lines.append(f"- {what}\n    {len(places)} times, first: {'; '.join(places[:3])}")
        return "\n".join(lines)
