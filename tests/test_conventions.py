"""Rules of the house that a linter does not know. Each goes from a text to its faults; each is shown to bite."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("trail", "regions", "accounts", "clusters", "evidence", "evaluations", "reports")
PACKAGES = ("kla_portal", *APPS, "scripts", "tests", "benchmarks")
MODULE_LINES = 500

# What may break a rule, and why. Keep these short: each line is a promise that somebody looked.
QUERIES_IN_VIEWS: dict[str, str] = {}
SAFE_TEXT: dict[str, str] = {
    "kla_portal/templatetags/parts.py": "charts come from kla_portal.lib.charts, which escapes every text",
    "kla_portal/views_style.py": "the same charts on the page that shows every component",
}
# Printed pages never reach a browser: WeasyPrint knows no policy and wants its styles inside.
PRINTED: dict[str, str] = {}
BINARY = {".woff2", ".png", ".jpg", ".gz", ".ico", ".pdf", ".icc", ".ttf", ".otf", ".xz", ".zip"}


def tracked(*patterns: str) -> list[Path]:
    """Files of the project that match a git pattern, committed or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({ROOT / name for name in names if name and (ROOT / name).is_file()})


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def product_modules() -> list[Path]:
    """The portal's own Python files, without tests and migrations."""
    paths = tracked(*(f"{package}/*.py" for package in ("kla_portal", *APPS)))
    return [path for path in paths if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts)]


def templates() -> list[Path]:
    return tracked("*.html")


def found_in(paths: list[Path], rule, allowed: dict[str, str] | None = None) -> list[str]:
    return [
        f"{relative(path)}:{fault}"
        for path in paths
        if relative(path) not in (allowed or {})
        for fault in rule(path.read_text())
    ]


# --- rules ------------------------------------------------------------------------------------------------------------


def unwalled_queries(source: str) -> Iterator[str]:
    """`Model.objects…` other than `Model.objects.visible_to(…)`, also behind another name or `_default_manager`."""
    tree = ast.parse(source)
    walled = {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "visible_to"
    }
    for node in ast.walk(tree):
        is_manager = isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}
        if is_manager and id(node) not in walled:
            yield f"{node.lineno}: a query that does not begin with .objects.visible_to(…)"
        if isinstance(node, ast.Call) and _name(node.func) in {"get_object_or_404", "get_list_or_404"}:
            yield from (
                f"{node.lineno}: {_name(node.func)} on a whole model"
                for what in node.args[:1]
                if isinstance(what, ast.Name) and what.id[:1].isupper()
            )


def strong_locks(source: str) -> Iterator[str]:
    """Rows held against the checks of foreign keys, too: whoever ends a transaction with the trail's head in hand would
    wait for them, and they for the head."""
    for node in ast.walk(ast.parse(source)):
        held = isinstance(node, ast.Call) and _name(node.func) == "select_for_update"
        if held and not any(each.arg == "no_key" for each in node.keywords):
            yield f"{node.lineno}: select_for_update without no_key=True"


def trusted_text(source: str) -> Iterator[str]:
    """`mark_safe` and its relatives, which switch escaping off."""
    for node in ast.walk(ast.parse(source)):
        called = _name(node.func) if isinstance(node, ast.Call) else ""
        if called in {"SafeString", "SafeText"} or _name(node) == "mark_safe":
            yield f"{node.lineno}: {called or 'mark_safe'}"


def trusted_text_in_template(source: str) -> Iterator[str]:
    """The filter `safe` and blocks that switch escaping off."""
    for number, line in enumerate(source.splitlines(), 1):
        if re.search(r"\|\s*(safe|safeseq)\b", line) or re.search(r"{%\s*autoescape\s+off", line):
            yield f"{number}: escaping is switched off"


def inline_code(source: str) -> Iterator[str]:
    """What the Content-Security-Policy forbids: scripts, styles and handlers inside a page, and other servers."""
    source = re.sub(
        r"{#.*?#}|{%\s*comment.*?endcomment\s*%}", lambda m: "\n" * m.group().count("\n"), source, flags=re.S
    )
    patterns = {
        r"<script\b(?![^>]*\bsrc\s*=)": "a script inside the page",
        r"<style\b": "a style sheet inside the page",
        r"<[^>]*\sstyle\s*=": "a style attribute",
        r"<[^>]*\son[a-z]+\s*=": "an event handler attribute",
        r"<[^>]*\shx-on\b": "an event handler attribute of htmx, which needs eval",
        r"<[^>]*\shx-(vals|headers)\s*=\s*['\"]\s*js:": "an expression that htmx would evaluate",
        r"javascript:": "a javascript: address",
        r"<(script|link|img|iframe)\b[^>]*\b(src|href)\s*=\s*['\"]\s*(https?:)?//": "a file from another server",
    }
    for pattern, words in patterns.items():
        for match in re.finditer(pattern, source, flags=re.I):
            yield f"{source.count(chr(10), 0, match.start()) + 1}: {words}"


def open_url_fetcher(source: str) -> Iterator[str]:
    """WeasyPrint's own fetcher reads any file and any address that a document names."""
    for node in ast.walk(ast.parse(source)):
        if _name(node) == "default_url_fetcher" or (isinstance(node, ast.alias) and node.name == "default_url_fetcher"):
            yield f"{getattr(node, 'lineno', 0)}: default_url_fetcher"
        is_document = isinstance(node, ast.Call) and _name(node.func) == "HTML"
        if is_document and "url_fetcher" not in {keyword.arg for keyword in node.keywords}:
            yield f"{node.lineno}: HTML(…) without url_fetcher"


def too_long(source: str) -> Iterator[str]:
    """A module that outgrew its seam."""
    if (lines := source.count("\n")) > MODULE_LINES:
        yield f"{lines} lines, more than {MODULE_LINES}"


def machine_paths(source: str) -> Iterator[str]:
    """Folders and addresses of the machine that somebody happened to work on."""
    places = r"(?<![\w.<{}/-])/(work|root|home/\w+|Users/\w+|opt/(pypi|wheels)|tmp/(brief|bash_jobs))(/|\b)(?!\w)"
    for number, line in enumerate(source.splitlines(), 1):
        if match := re.search(places, line):
            yield f"{number}: {match.group()}"


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


# --- the project keeps them -------------------------------------------------------------------------------------------


def test_views_see_only_what_the_person_may_see():
    views = [path for path in product_modules() if path.name == "views.py" or "views" in path.parts]
    assert views
    assert found_in(views, unwalled_queries, QUERIES_IN_VIEWS) == []


def test_no_row_is_held_harder_than_needed():
    assert found_in(product_modules(), strong_locks) == []


def test_text_is_escaped():
    assert found_in(product_modules(), trusted_text, SAFE_TEXT) == []
    assert found_in(templates(), trusted_text_in_template) == []


def test_pages_hold_no_code_of_their_own():
    assert found_in(templates(), inline_code, PRINTED) == []


def test_documents_fetch_nothing_by_themselves():
    assert found_in(product_modules(), open_url_fetcher) == []


def test_modules_stay_readable():
    paths = [path for path in tracked("*.py") if "migrations" not in path.parts]
    assert found_in(paths, too_long) == []


def test_no_traces_of_a_machine():
    texts = [path for path in tracked() if path.suffix not in BINARY and path.name != Path(__file__).name]
    assert found_in(texts, machine_paths) == []


def test_exceptions_are_still_needed():
    for allowed, rule in ((QUERIES_IN_VIEWS, unwalled_queries), (SAFE_TEXT, trusted_text), (PRINTED, inline_code)):
        unneeded = [name for name in allowed if not list(rule((ROOT / name).read_text()))]
        assert unneeded == []


# --- the rules bite ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (unwalled_queries, "Answer.objects.all()", "Answer.objects.visible_to(request.user).filter(pk=1)"),
        (unwalled_queries, "rows = Answer.objects\nrows.get(pk=1)", "evaluation.answers.all()"),
        (unwalled_queries, "Answer._default_manager.get(pk=1)", "request.user.acting"),
        (unwalled_queries, "get_object_or_404(Answer, pk=1)", "get_object_or_404(answers, pk=1)"),
        (unwalled_queries, "Answer.objects.filter(a=1).visible_to(user)", "Answer.objects.visible_to(user)"),
        (strong_locks, "rows.select_for_update().get(pk=1)", "rows.select_for_update(no_key=True).get(pk=1)"),
        (trusted_text, "mark_safe(note)", "format_html('<b>{}</b>', note)"),
        (trusted_text, "safestring.mark_safe(note)", "escape(note)"),
        (trusted_text, "show = mark_safe", "def show(note: str) -> str: ..."),
        (trusted_text, "SafeString(note)", "def show(note: str) -> SafeString: ..."),
        (trusted_text_in_template, "{{ note|safe }}", "{{ note|linebreaks }}"),
        (trusted_text_in_template, "{{ notes | safeseq }}", "safe passage"),
        (trusted_text_in_template, "{% autoescape off %}", "{% autoescape on %}"),
        (inline_code, "<p style='color:red'>", '<rect fill="red">'),
        (inline_code, "<style>p{}</style>", '<link rel="stylesheet" href="/static/a.css">'),
        (inline_code, "<script>go()</script>", '<script src="/static/a.js" defer></script>'),
        (inline_code, "<script\n type=module>go()</script>", "{# <script> is not allowed #}"),
        (inline_code, '<button onclick="go()">', '<button data-action="go">'),
        (inline_code, '<div hx-on:click="go()">', '<div hx-get="/x" hx-trigger="click">'),
        (inline_code, "<div hx-vals='js:{a: 1}'>", "<div hx-vals='{\"a\": 1}'>"),
        (inline_code, '<a href="javascript:go()">', '<a href="/x">'),
        (inline_code, '<img src="//cdn.example/x.png">', '<a href="https://kemenpppa.go.id">'),
        (open_url_fetcher, "from weasyprint import default_url_fetcher", "from weasyprint import HTML"),
        (open_url_fetcher, "weasyprint.default_url_fetcher(url)", "fetch(url)"),
        (open_url_fetcher, "HTML(string=page)", "HTML(string=page, url_fetcher=shelf)"),
        (too_long, "x = 1\n" * (MODULE_LINES + 1), "x = 1\n" * MODULE_LINES),
        (machine_paths, "see /home/budi/kla/x.py", "put it under /var/lib/portal-kla"),
        (machine_paths, "open('/root/x')", "docs/work/x and a /worker"),
    ],
)
def test_rule(rule, bad, good):
    assert list(rule(bad)), f"{rule.__name__} lets through: {bad}"
    assert not list(rule(good)), f"{rule.__name__} refuses: {good}"
