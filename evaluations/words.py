"""What each thing done to evaluations, cycles and published results is called, and who may be told of it."""

import re

from django.urls import reverse

from evaluations.queries.history import LABELS
from evaluations.queries.library import LABELS as OF_A_DOCUMENT
from trail import words
from trail.words import Told

OF_THE_REGION = (
    "part.ready", "part.unready", "part.note", "part.finish", "evaluation.deadlines", "evaluation.seat",
    "evaluation.unseat", "answer.assign", "evaluation.assign", "evaluation.offer",
)  # fmt: skip
"""How a region divides its work among its own people."""
VERDICTS = {
    "answer.score": LABELS["answer.score"],
    "evidence.judge": "Dokumen dinilai",
    "evidence.withdraw_verdict": "Putusan atas dokumen ditarik",
    "evaluation.decide": "Predikat diputuskan",
}
ELSEWHERE = {
    "membership_handed_over": "Tugas diserahterimakan",
    "cycle.create": "Siklus dibuka",
    "cycle.plan": "Jadwal siklus diatur",
    "cycle.keep_evidence": "Masa simpan data dukung diatur",
    "cycle.batch": "Tindakan bersama dimulai",
    "cycle.batch_resume": "Tindakan bersama dilanjutkan",
    "history.import": "Hasil terpublikasi diimpor",
    "history.remove": "Hasil terpublikasi dihapus",
}
TALK = {
    "talk.open": "Percakapan dimulai",
    "talk.reply": "Percakapan dibalas",
    "talk.resolve": "Percakapan ditandai selesai",
    "talk.reopen": "Percakapan dibuka lagi",
    "talk.take_back": "Komentar ditarik",
}
"""Whoever reads a history must not learn that there is a thread."""


def register() -> None:
    words.register(LABELS)
    words.register({action: LABELS[action] for action in OF_THE_REGION}, Told.REGION)
    words.register(VERDICTS, Told.JUDGES)
    words.register(ELSEWHERE)
    words.register(OF_A_DOCUMENT, Told.REGION)
    words.register(TALK, Told.NOBODY)
    words.register_address("evaluation", _evaluation)
    words.register_address("evidence", lambda pk, detail: reverse("evaluations:library_item", args=[pk]))
    words.register_address("cycle", lambda pk, detail: reverse("evaluations:cycle_detail", args=[pk]))


def _evaluation(pk: str, code: str) -> str:
    """The question, where the event is about one."""
    if re.fullmatch(r"[0-9][0-9A-Za-z.]*", code):
        return reverse("evaluations:answer_edit", args=[pk, code])
    return reverse("evaluations:evaluation_detail", args=[pk])
