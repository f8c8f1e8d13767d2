"""What happened to a question, and its evidence, in words for the screen."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.enums import OF_A_CITY, Role
from evaluations import permissions
from evaluations.enums import Stage
from evaluations.hints import anchor
from evaluations.models import Answer, AnswerEvidence, Evaluation
from evidence import cards, previews
from evidence.permissions import can_change_item, can_open_item, can_use_library
from kla_portal.lib.dates import both_zones
from trail import words
from trail.models import Event

LABELS = {
    "answer.save": "Jawaban disimpan",
    "answer.approve": "Disetujui gugus tugas",
    "answer.return": "Dikembalikan gugus tugas",
    "answer.score": "Dinilai",
    "answer.assign": "Pembagian diatur koordinator",
    "part.ready": "Bagian ditandai siap",
    "part.unready": "Tanda siap dilepas",
    "part.note": "Catatan bagian diubah",
    "part.finish": "Bagian perangkat daerah selesai",
    "evidence.attach": "Data dukung ditambahkan",
    "evidence.point": "Halaman rujukan diubah",
    "evidence.detach": "Data dukung dilepas",
    "evidence.reattach": "Data dukung dipasang lagi",
    "evidence.revise": "Data dukung diganti revisi baru",
    "evaluation.create": "Evaluasi dibuka",
    "evaluation.assign": "Pertanyaan dibagikan kepada perangkat daerah",
    "evaluation.offer": "Jawaban siklus sebelumnya ditawarkan",
    "evaluation.prepare": "Disiapkan dari siklus sebelumnya",
    "evaluation.allot": "Evaluator ditugaskan",
    "evaluation.withdraw_allotment": "Penugasan evaluator ditarik",
    "evaluation.hand_in": "Diserahkan ke gugus tugas",
    "evaluation.call_back": "Ditarik kembali",
    "evaluation.submit": "Diajukan ke provinsi",
    "evaluation.verify": "Verifikasi administrasi selesai",
    "evaluation.review": "Peninjauan kementerian ditutup",
    "evaluation.visit": "Verifikasi lapangan ditutup",
    "evaluation.sign_off": "Hasil telaah disahkan ketua gugus tugas",
    "evaluation.unsign": "Pengesahan gugur karena ada perubahan",
    "evaluation.seat": "Susunan gugus tugas diatur",
    "evaluation.unseat": "Anggota keluar dari susunan gugus tugas",
    "evaluation.declare": "Surat pernyataan diunggah",
    "evaluation.deadlines": "Batas internal diatur",
    "evaluation.decide": "Predikat diputuskan",
    "evaluation.award": "Hasil ditetapkan",
    "evaluation.release": "Nilai tahap dibuka bagi daerah",
    "evaluation.additions": "Tambahan dinyatakan selesai",
    "answer.reopen": "Dibuka kembali bagi daerah",
    "answer.reopen_close": "Pembukaan kembali ditutup",
    "evaluation.extend": "Waktu diperpanjang",
    "evaluation.unextend": "Perpanjangan dicabut",
    "evaluation.recompute": "Nilai tahap dihitung ulang",
}
TOLD = tuple(action for action in LABELS if action != "answer.score")
"""What a history shows: never a judge's verdict, nor anything that has no words here."""


def told(reader: Any) -> list[str]:
    """Those of them that this person may know of: how a region divides its work is its own, and what is decided on it
    is not told to it before it is published."""
    closed = set(words.actions(words.Told.JUDGES if reader.acts_as(*OF_A_CITY) else words.Told.REGION))
    return [action for action in TOLD if action not in closed]


def of_question(answer: Answer, reader: Any, *, limit: int = 30) -> list[Any]:
    """The newest events about one answer, for the screen. No judges' verdicts; who judges is not told (`unsaid`) why
    the task force returned something before the region submitted. One query."""
    events = Event.objects.about(answer.evaluation.subject).filter(detail=answer.question.code, action__in=told(reader))
    found = [named(event, reader) for event in events[:limit]]
    own, since = reader.acts_as(*OF_A_CITY), answer.evaluation.submitted_at
    for event in found:
        event.unsaid = not (own or (since is not None and event.at >= since))
    return found


def of_evaluation(evaluation: Evaluation, reader: Any, *, limit: int = 10) -> list[Any]:
    """The newest steps of an evaluation as a whole. One query."""
    steps = [action for action in told(reader) if action.startswith("evaluation.")]
    events = Event.objects.about(evaluation.subject).filter(action__in=steps)
    return [named(event, reader) for event in events[:limit]]


def last_unsigned(evaluation: Evaluation) -> Any | None:
    """The change that took the chair's signature off, while it is off and the task force reviews: who, when, and in
    `detail` the code of the question. One query, or none."""
    if evaluation.signed_off_at is not None or evaluation.stage != Stage.TASK_FORCE_REVIEW:
        return None
    turns = ("evaluation.unsign", "evaluation.sign_off", "evaluation.hand_in")
    newest = Event.objects.about(evaluation.subject).filter(action__in=turns).first()
    return newest if newest is not None and newest.action == "evaluation.unsign" else None


def recent(evaluation: Evaluation, reader: Any, *, limit: int = 6) -> list[Any]:
    """The newest changes that others than the reader made to an evaluation. One query."""
    events = Event.objects.about(evaluation.subject).filter(action__in=told(reader)).exclude(actor=reader)
    return [named(event, reader) for event in events[:limit]]


def named(event: Any, reader: Any) -> Any:
    """With `label`, and `who`: to the region, the people who judge it are a role and not a name."""
    word = words.word(event.action)
    event.label = word.label if word else event.action
    if event.action == "evaluation.extend":
        ends = both_zones(datetime.fromisoformat(event.after["until"]), event.region_code)
        event.label = f"{Stage(event.after['stage']).label} diperpanjang sampai {ends}"
    role = Role(event.acting_as) if event.acting_as else None
    event.who = role.label if role and role not in OF_A_CITY and reader.acts_as(*OF_A_CITY) else event.actor
    return event


def _in_library(link: AnswerEvidence, user: Any) -> bool:
    """Has this person the document's own page?"""
    item = link.revision.item
    return bool(can_use_library(user) and user.acting.region_id == item.region_id and can_open_item(user, item))


def card(link: AnswerEvidence, user: Any) -> cards.Card:
    """The card of one piece of evidence, as this person may see it. `link.answer.evaluation` should be loaded."""
    agency = link.revision.item.agency
    removable = permissions.can_remove_evidence(user, link)
    pages = previews.shown(link.revision.file) if link.revision.file else 0
    pointable = bool(permissions.can_point(user, link))
    address = bool(link.revision.url) and pointable
    changeable = pointable and can_change_item(user, link.revision.item)
    copyable = address and link.revision.file is None and changeable
    closed = not permissions.can_open_file(user, link)
    shown = cards.card(
        link.revision,
        url=reverse("evaluations:evidence_open", args=[link.pk]),
        view_url=reverse("evaluations:evidence_view", args=[link.pk]) + anchor(link.page_hint, pages),
        remove_url=reverse("evaluations:evidence_remove", args=[link.pk]) if removable else "",
        closed=closed,
    )
    return replace(
        shown,
        added_by=f"Milik {agency} · dipasang {link.added_by}" if agency else f"Dipasang {link.added_by}",
        added_at=link.added_at,
        item_url=reverse("evaluations:library_item", args=[link.revision.item_id]) if _in_library(link, user) else "",
        mend_url=reverse("evaluations:library_edit", args=[link.revision.item_id]) if changeable else "",
        hint="" if closed else link.page_hint,
        hint_url=reverse("evaluations:evidence_hint", args=[link.pk]) if pointable else "",
        check_url=reverse("evaluations:link_check", args=[link.pk]) if address else "",
        copy_url=reverse("evaluations:library_item", args=[link.revision.item_id]) + "#unggah" if copyable else "",
    )
