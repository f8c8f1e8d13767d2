"""What happened to a question, and its evidence, in words for the screen."""

from dataclasses import replace
from typing import Any

from django.urls import reverse

from accounts.enums import Role
from evaluations import permissions
from evaluations.models import Answer, AnswerEvidence
from evidence import cards
from trail.models import Event

LABELS = {
    "answer.save": "Jawaban disimpan",
    "answer.approve": "Disetujui gugus tugas",
    "answer.return": "Dikembalikan gugus tugas",
    "answer.score": "Dinilai",
    "evidence.attach": "Data dukung ditambahkan",
    "evidence.detach": "Data dukung dilepas",
    "evidence.reattach": "Data dukung dipasang lagi",
    "evaluation.create": "Evaluasi dibuka",
    "evaluation.assign": "Pertanyaan dibagikan kepada perangkat daerah",
    "evaluation.allot": "Evaluator ditugaskan",
    "evaluation.withdraw_allotment": "Penugasan evaluator ditarik",
    "evaluation.hand_in": "Diserahkan ke gugus tugas",
    "evaluation.call_back": "Ditarik kembali",
    "evaluation.submit": "Diajukan ke provinsi",
    "evaluation.verify": "Verifikasi administrasi selesai",
    "evaluation.review": "Peninjauan kementerian ditutup",
    "evaluation.visit": "Verifikasi lapangan ditutup",
    "evaluation.award": "Hasil ditetapkan",
}
VERDICTS = frozenset({"answer.score"})


def of_question(answer: Answer, *, with_verdicts: bool = False, limit: int = 30) -> list[Any]:
    """The newest events about one answer, each with `label`. Judges' verdicts only on request: the caller decides
    whether the reader may see them. One query."""
    events = Event.objects.about(answer.evaluation.subject).filter(detail=answer.question.code)
    if not with_verdicts:
        events = events.exclude(action__in=VERDICTS)
    return [_labelled(event) for event in events[:limit]]


def of_evaluation(answer_subject: str, limit: int = 10) -> list[Any]:
    """The newest steps of an evaluation as a whole."""
    events = Event.objects.about(answer_subject).filter(action__startswith="evaluation.")
    return [_labelled(event) for event in events[:limit]]


def _labelled(event: Any) -> Any:
    event.label = LABELS.get(event.action, event.action)
    if event.acting_as:
        event.role_label = Role(event.acting_as).label
    return event


def card(link: AnswerEvidence, user: Any) -> cards.Card:
    """The card of one piece of evidence, as this person may see it. `link.answer.evaluation` should be loaded."""
    owner = f" · {link.revision.item.agency}" if link.revision.item.agency else ""
    removable = permissions.can_remove_evidence(user, link)
    shown = cards.card(
        link.revision,
        url=reverse("evaluations:evidence_open", args=[link.pk]),
        remove_url=reverse("evaluations:evidence_remove", args=[link.pk]) if removable else "",
        closed=not permissions.can_open_file(user, link),
    )
    return replace(shown, added_by=f"{link.added_by}{owner}", added_at=link.added_at)


def recent(evaluation: Any, *, besides: Any, limit: int = 6) -> list[Any]:
    """The newest changes others made to an evaluation, each with `label`; no judges' verdicts. One query."""
    events = Event.objects.about(evaluation.subject).exclude(action__in=VERDICTS).exclude(actor=besides)
    return [_labelled(event) for event in events[:limit]]
