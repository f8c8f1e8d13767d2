"""What a receipt proves: the content of an evaluation as it is hashed, and whether it still is what was handed over.

The hash is the SHA-256 of canonical JSON: keys sorted, no spaces, UTF-8. Anybody who has the payload can make it again.
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from evaluations.models import Answer, AnswerEvidence, Evaluation, Receipt, Reopening
from evidence.models import EvidenceRevision
from trail.models import Event


def canonical(payload: Any) -> bytes:
    """
    >>> canonical({"b": "é", "a": [1, None]})
    b'{"a":[1,null],"b":"\\xc3\\xa9"}'
    """
    return json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(payload: Any) -> str:
    """The SHA-256 of a payload, as hexadecimal text."""
    return hashlib.sha256(canonical(payload)).hexdigest()


def content(evaluation: Evaluation) -> dict[str, Any]:
    """Every answer by the code of its question: value, note, versions, and what is attached to it. Two queries.

    Of each document its revision, and the SHA-256 of its bytes, or the address of a link.
    """
    attached: dict[int, list[dict[str, Any]]] = defaultdict(list)
    links = AnswerEvidence.objects.attached().filter(answer__evaluation=evaluation)
    told = links.values_list("answer", "want", "page_hint", "revision", "revision__file", "revision__url")
    for answer, want, hint, revision, sha256, url in told:
        attached[answer].append(
            {"want": want, "page": hint, "revision": str(revision), "sha256": sha256 or "", "url": url}
        )
    rows = Answer.objects.filter(evaluation=evaluation)
    return {
        code: {
            "value": value,
            "note": note,
            "version": version,
            "evidence": sorted(attached[pk], key=lambda each: (each["want"], each["revision"])),
        }
        for pk, code, value, note, version in rows.values_list("pk", "question__code", "value", "note", "version")
    }


@dataclass(frozen=True, slots=True)
class Check:
    """What became of a receipt.

    intact       its payload still has its hash
    trail        the event that it names is there, with the digest that it names
    declaration  the declaration has the bytes that were signed, or None when there was none
    explained    codes of answers that are others by now and were opened again by name since
    silent       codes of answers that are others by now although nobody opened them
    """

    intact: bool
    trail: bool
    declaration: bool | None
    explained: tuple[str, ...]
    silent: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return self.intact and self.trail and self.declaration is not False and not self.silent


def check(receipt: Receipt) -> Check:
    """Hash what the receipt holds anew, and compare it with what is stored now. Seven queries at most."""
    then, now = receipt.payload.get("answers", {}), content(receipt.evaluation)
    gone = _gone(then)
    changed = [code for code in then if _comparable(then[code], gone) != _comparable(now.get(code, {}), gone)]
    changed += [code for code in now if code not in then]
    opened = Reopening.objects.filter(answer__evaluation=receipt.evaluation_id, at__gte=receipt.at)
    named = set(opened.values_list("answer__question__code", flat=True)) | set(receipt.payload.get("opened", ()))
    return Check(
        intact=digest(receipt.payload) == receipt.sha256,
        trail=Event.objects.filter(seq=receipt.trail_seq, digest=receipt.trail_digest).exists(),
        declaration=_declared(receipt),
        explained=tuple(code for code in changed if code in named),
        silent=tuple(code for code in changed if code not in named),
    )


def _gone(answers: dict[str, Any]) -> set[str]:
    """The revisions among these whose bytes were removed when the time to keep them was over."""
    revisions = {each["revision"] for answer in answers.values() for each in answer["evidence"]}
    purged = EvidenceRevision.objects.filter(pk__in=revisions).exclude(purged_at=None)
    return {str(pk) for pk in purged.values_list("pk", flat=True)}


def _comparable(answer: dict[str, Any], gone: set[str]) -> dict[str, Any]:
    """Without the bytes that are gone by rule."""
    rows = answer.get("evidence", [])
    return answer | {"evidence": [each | {"sha256": ""} if each["revision"] in gone else each for each in rows]}


def _declared(receipt: Receipt) -> bool | None:
    if receipt.declaration is None:
        return None
    return bool(receipt.declaration.purged_at) or receipt.declaration.file_id == receipt.payload.get("declaration")
