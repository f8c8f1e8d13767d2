"""Many files at once: into the library's in-tray, and from there to the questions that people have confirmed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import transaction

from clusters.queries import outline
from evaluations.matching import match
from evaluations.models import Answer, Evaluation
from evaluations.queries.tray import meets, met_wants
from evaluations.services.attaching import attach_item
from evaluations.services.library import Added, add_file, add_upload
from evaluations.services.locks import locked
from evidence.models import EvidenceItem, Upload
from evidence.names import clean_name
from evidence.permissions import can_put_in_tray
from evidence.services.purging import hold
from kla_portal.lib.decision import require
from regions.models import Agency
from trail.services.once import once

FOLDERS = 3
"""So many of the folders that a file lay in stay with it, as labels."""
LABEL_LENGTH = 40


def drop_file(
    file: File, *, path: str, agency: Agency, personal_data: bool, evaluation: Evaluation | None, by: Any, once_key: str
) -> Added:
    """A file becomes a document of the library that proves nothing yet; title, kind and data year are read from its
    name. Bytes that the library has already make no second one.

    `path` is where it lay in the folder that was sent. Raises evidence.Refused, or PermissionDenied.
    """
    require(can_put_in_tray(by, agency))
    said = _said(path or file.name or "", personal_data, evaluation)
    return add_file(file, said=said, agency=agency, by=by, once_key=once_key)


def drop_upload(
    upload: Upload, *, path: str, agency: Agency, personal_data: bool, evaluation: Evaluation | None, by: Any
) -> Added:
    """The same of a file that has arrived in pieces; ending the same upload again gives what it made."""
    require(can_put_in_tray(by, agency))
    return add_upload(upload, said=_said(path or upload.name, personal_data, evaluation), agency=agency, by=by)


def _said(path: str, personal_data: bool, evaluation: Evaluation | None) -> dict[str, Any]:
    found = match(path, outline(evaluation.cycle.instrument).by_code if evaluation else ())
    folders = [clean_name(part).casefold()[:LABEL_LENGTH].strip() for part in path.replace("\\", "/").split("/")[:-1]]
    return {
        "title": found.title[:200],
        "kind": found.kind,
        "personal_data": personal_data,
        "data_year": found.year,
        "tags": list(dict.fromkeys(filter(None, folders)))[-FOLDERS:],
    }


@dataclass(frozen=True, slots=True)
class Placed:
    """`count` documents are attached; `refused` are titles, codes and why not: those stay in the tray. `again`: the key
    was sent before, and this is what came of it then."""

    count: int
    refused: tuple[tuple[str, str, str], ...]
    again: bool = False


def place(evaluation: Evaluation, rows: Iterable[tuple[EvidenceItem, str]], *, by: Any, once_key: str = "") -> Placed:
    """Put documents to the questions with these codes, each to the want that it would meet where that is clear. What
    one of them is refused for does not stop the others; sent again with the same key, nothing is done twice."""

    chosen = list(rows)

    def act() -> str:
        locked(evaluation.pk)
        hold(item.pk for item, _ in chosen)
        tree = outline(evaluation.cycle.instrument)
        met = met_wants(evaluation)
        answers = Answer.objects.select_related("question", "evaluation__region", "evaluation__cycle__instrument")
        count, refused = 0, []
        for item, code in chosen:
            answer = answers.get(evaluation=evaluation, question__code=code)
            want = meets(item, code, tree, met)
            try:
                with transaction.atomic():
                    attach_item(answer, item, want=want.key if want else "", by=by)
            except PermissionDenied as denied:
                refused.append((item.title, code, str(denied)))
                continue
            count += 1
            if want:
                met[code].add(want.key)
        return json.dumps([count, refused])

    outcome, ran = once(by, once_key, act, purpose="library_place")
    count, refused = json.loads(outcome)
    return Placed(count, tuple(tuple(each) for each in refused), again=not ran)
