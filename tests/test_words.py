"""Every action that some service writes into the trail has its words, and somebody has said who may be told of it."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from evaluations.stages import STEPS
from tests.test_conventions import ROOT, product_modules
from trail import words

RECORDERS = {"record": 0, "recorded": 0, "note": 1}
"""Functions of several modules that take an action, and at which place."""
ANY_STEP = "evaluation.{}"
"""The mover writes f"evaluation.{action}", one for each step."""


def actions_of(source: str, module: str, recorders: dict[str, int]) -> tuple[set[str], dict[str, int], list[str]]:
    """The actions that a module writes, its own functions that take one as their argument `action`, and what could not
    be read."""
    found: set[str] = set()
    helpers: dict[str, int] = {}
    faults: list[str] = []
    for function in [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]:
        taken = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
        for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name not in recorders:
                continue
            said = [each.value for each in call.keywords if each.arg == "action"] or call.args[recorders[name] :][:1]
            for what in [leaf for each in said for leaf in _leaves(each, function)]:
                if isinstance(what, ast.Name) and what.id == "action" and what.id in taken:
                    helpers[function.name] = taken.index("action")
                elif (text := _text(what, module)) is not None:
                    found.add(text)
                else:
                    faults.append(f"{module}:{call.lineno}: {ast.unparse(what)}")
    return found, helpers, faults


def _leaves(what: ast.expr, function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What the argument can be: both sides of a choice, what a local `action` was set to, and where a loop goes through
    rows that hold one, every text of the function that reads like one."""
    if isinstance(what, ast.IfExp):
        yield from (what.body, what.orelse)
        return
    given = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and [ast.unparse(each) for each in node.targets] == ["action"]
    ]
    loops = [node for node in ast.walk(function) if isinstance(node, ast.For) and "action" in ast.unparse(node.target)]
    if isinstance(what, ast.Name) and what.id == "action" and loops:
        texts = [node for node in ast.walk(function) if isinstance(node, ast.Constant)]
        yield from (each for each in texts if re.fullmatch(r"[a-z]+\.[a-z_]+", str(each.value)))
    elif isinstance(what, ast.Name) and what.id == "action" and given:
        for each in given:
            yield from _leaves(each, function)
    else:
        yield what


def _text(what: ast.expr, module: str) -> str | None:
    if isinstance(what, ast.Constant):
        return what.value if isinstance(what.value, str) else None
    if isinstance(what, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in what.values)
    if isinstance(what, ast.Name) and what.id.isupper():
        value = getattr(importlib.import_module(module), what.id, None)
        return value if isinstance(value, str) else None
    return None


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def written() -> tuple[set[str], list[str]]:
    """Every action of the product. Helpers are found until no more come, as one helper may call another."""
    paths = [path for path in product_modules() if "services" in {*path.relative_to(ROOT).parts, path.stem}]
    found: set[str] = set()
    faults: list[str] = []
    for path in paths:
        known, more = dict(RECORDERS), {"": 0}
        while more:
            actions, helpers, unread = actions_of(path.read_text(), module_of(path), known)
            more = {name: at for name, at in helpers.items() if name not in known}
            known |= more
        found |= actions
        faults += unread
    return found, faults


def test_every_action_has_its_words_and_somebody_who_may_be_told() -> None:
    found, faults = written()
    assert not faults
    named = {action for action in found if "{" not in action}
    assert ANY_STEP in found and len(named) > 60
    named |= {f"evaluation.{step}" for step in STEPS}
    assert sorted(action for action in named if words.word(action) is None) == []


def test_the_scan_reads_constants_choices_helpers_and_what_it_cannot_read() -> None:
    source = """
def plain(by):
    record("a.one", by=by)

def chosen(by, yes):
    events.record("a.two" if yes else "a.three", by=by)

def _mine(action, by):
    record(action, by=by)

def through(by):
    _mine("a.four", by)

def held(by, yes):
    action = "a.five" if yes else "a.six"
    record(action, by=by)

def many(by):
    for action, what in [("a.seven", 1), ("a.eight", 2)]:
        record(action, by=by, after=what)

def odd(by):
    record(by.name, by=by)
"""
    found, helpers, faults = actions_of(source, "trail.words", {"record": 0, "_mine": 0})
    assert found == {"a.one", "a.two", "a.three", "a.four", "a.five", "a.six", "a.seven", "a.eight"}
    assert helpers == {"_mine": 0} and len(faults) == 1
