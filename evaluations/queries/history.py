"""What happened to a question, and its evidence, in words for the screen."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.enums import Role
from evaluations import permissions
from evaluations.models import Answer, AnswerEvidence
from evidence.formats import size_text, type_label
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


@dataclass(frozen=True, slots=True)
class EvidenceCard:
    """What the component `evidence_card` shows. Without the right to open it, a file of personal data shows no name."""

    title: str
    kind_label: str
    name: str
    size_text: str
    type_label: str
    state_label: str
    state_tone: str
    personal_data: bool
    url: str
    is_link: bool
    added_by: str
    added_at: Any
    remove_url: str
    want: str


def card(link: AnswerEvidence, user: Any) -> EvidenceCard:
    """The card of one piece of evidence, as this person may see it. `link.answer.evaluation` should be loaded."""
    revision, item = link.revision, link.revision.item
    may_open = permissions.can_open_file(user, link)
    may_remove = permissions.can_remove_evidence(user, link)
    file = revision.file
    owner = f" · {item.agency}" if item.agency else ""
    return EvidenceCard(
        title=item.title if may_open else f"{item.get_kind_display()} (tertutup: data pribadi)",
        kind_label=item.get_kind_display(),
        name=revision.original_name if may_open else "",
        size_text=size_text(file.size) if file else "",
        type_label=type_label(file.mime) if file else "",
        state_label=file.get_state_display() if file else "Tautan belum diperiksa",
        state_tone=("good" if file.state == "clean" else "loss") if file else "neutral",
        personal_data=item.personal_data,
        url=(reverse("evaluations:evidence_open", args=[link.pk]) if file else revision.url) if may_open else "",
        is_link=file is None,
        added_by=f"{link.added_by}{owner}",
        added_at=link.added_at,
        remove_url=reverse("evaluations:evidence_remove", args=[link.pk]) if may_remove else "",
        want=link.want,
    )


def recent(evaluation: Any, *, besides: Any, limit: int = 6) -> list[Any]:
    """The newest changes others made to an evaluation, each with `label`; no judges' verdicts. One query."""
    events = Event.objects.about(evaluation.subject).exclude(action__in=VERDICTS).exclude(actor=besides)
    return [_labelled(event) for event in events[:limit]]
