"""Documents that the region has already, offered where a question asks for evidence."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clusters.enums import Level
from clusters.queries import Outline, outline
from clusters.wants import Want
from evaluations.fitting import Code, Document, Ground, faults
from evaluations.models import Answer, AnswerEvidence
from evaluations.queries import fitting
from evaluations.queries.carrying import forebears
from evidence.models import EvidenceItem, EvidenceItemQuerySet, EvidenceRevision
from evidence.queries import newest, pickable, searched
from kla_portal.lib.dates import long_date

Uses = list[tuple[str, list[str]]]
"""Where an item is used: names of cycles, latest first, each with the codes of its questions."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A document to choose. `revision` is its newest; `uses` where it proves something already; `warnings` what does
    not fit this cycle; `want` and `hint` what it met before, '' when nothing; `attached`: its link to this answer, None
    when it is not there."""

    revision: EvidenceRevision
    uses: Uses
    warnings: tuple[str, ...]
    attached: uuid.UUID | None
    want: str = ""
    hint: str = ""

    @property
    def item(self) -> EvidenceItem:
        return self.revision.item

    @property
    def used(self) -> str:
        return used_text(self.uses)


def used_text(uses: Uses, most: int = 6) -> str:
    """In a line: "4.2 dan 5.1 (Evaluasi KLA 2023), 2.1 (Evaluasi KLA 2025)"."""
    told = []
    for cycle, codes in uses:
        more = f", dan {len(codes) - most} lagi" if len(codes) > most else ""
        told.append(f"{', '.join(codes[:most])}{more} ({cycle})")
    return "; ".join(told)


def uses(items: Iterable[EvidenceItem], beside: Answer | None = None) -> dict[uuid.UUID, Uses]:
    """Where items are attached, by the item's pk; `beside` one answer. One query."""
    rows = (
        AnswerEvidence.objects.attached()
        .filter(revision__item__in=[item.pk for item in items])
        .exclude(answer=beside)
        .order_by(
            "-answer__evaluation__cycle__created_at",
            "answer__question__indicator__cluster__position",
            "answer__question__indicator__position",
            "answer__question__position",
            "pk",
        )
        .values_list("revision__item", "answer__evaluation__cycle__name", "answer__question__code")
    )
    found: dict[uuid.UUID, dict[str, list[str]]] = defaultdict(dict)
    for item, cycle, code in rows:
        codes = found[item].setdefault(cycle, [])
        if code not in codes:
            codes.append(code)
    return {item: list(by_cycle.items()) for item, by_cycle in found.items()}


def in_library(user: Any, words: str) -> EvidenceItemQuerySet:
    """The pickable ones that have every one of the words, in any order and case; newest first."""
    return searched(pickable(user), words).select_related("agency").order_by("-created_at", "pk")


def offers(
    items: Iterable[EvidenceItem], answer: Answer, before: Mapping[uuid.UUID, tuple[str, str]] | None = None
) -> list[Offer]:
    """Items as they are offered to one question, in their order. `before` tells by the item's pk which want it met
    earlier, and the hint. Four queries."""
    items, met = list(items), before or {}
    revisions, used = newest(items), uses(items)
    here: dict[uuid.UUID, uuid.UUID] = dict(
        AnswerEvidence.objects.attached()
        .filter(answer=answer, revision__item__in=items)
        .order_by("added_at", "pk")
        .values_list("revision__item", "pk")
    )
    ground = fitting.ground(answer.evaluation)
    wants = {want.key: want for want in outline(answer.evaluation.cycle.instrument).by_pk[answer.question_id].wants}
    found = []
    for item in items:
        if item.pk in revisions:
            want, hint = met.get(item.pk, ("", ""))
            link = AnswerEvidence(answer=answer, revision=revisions[item.pk], want=want)
            told = unfit(fitting.document(link), wants.get(want), ground)
            found.append(
                Offer(
                    revisions[item.pk],
                    used.get(item.pk, []),
                    told,
                    here.get(item.pk),
                    want if want in wants else "",
                    hint,
                )
            )
    return found


def earlier(answer: Answer, user: Any) -> list[Offer]:
    """Documents that proved this question, or those it succeeds, in earlier cycles: the latest cycle's first.

    Two queries without an earlier cycle; else seven, and two for each mapping that is not kept in memory.
    """
    met: dict[uuid.UUID, tuple[str, str]] = {}
    for forebear in forebears(answer.evaluation):
        codes = forebear.pairs.origins(Level.QUESTION, answer.question.code)
        links = AnswerEvidence.objects.attached().filter(
            answer__evaluation=forebear.evaluation, answer__question__code__in=codes
        )
        rows = links.order_by("added_at", "pk").values_list("revision__item", "want", "page_hint")
        for item, want, hint in rows if codes else ():
            met.setdefault(item, (want, hint))
    found = {item.pk: item for item in pickable(user).filter(pk__in=met).select_related("agency")} if met else {}
    return offers([found[pk] for pk in met if pk in found], answer, met) if found else []


def unfit(document: Document, want: Want | None, ground: Ground) -> tuple[str, ...]:
    """Why a document would not do, in sentences: its year and validity, whatever the question demands, for what lies in
    the library was made for another year; then what the want that it met before demands beside."""
    told = []
    years, until = set(ground.years), document.valid_until
    spoken = {document.data_year} if document.data_year else document.titled
    if years and spoken and not years & spoken:
        named = " dan ".join(map(str, sorted(spoken)))
        told.append(f"Isinya tentang tahun {named}, sedangkan siklus ini menilai {ground.years_text}.")
    if until and until < ground.today:
        told.append(f"Masa berlakunya berakhir {long_date(until)}.")
    said = {Code.OUTSIDE, Code.NO_YEAR, Code.EXPIRED}
    return (*told, *(fault.text for fault in faults(document, want, ground) if fault.code not in said))


def already_there(link: AnswerEvidence, already: bool, typed: str = "") -> str:
    """What is said to somebody who has sent bytes that the library had: where they are, and that the title which they
    typed is not used. One query."""
    item = link.revision.item
    dropped = " Judul yang Anda ketik tidak dipakai." if typed and typed != item.title else ""
    if already:
        return (
            f"Berkas ini sudah terpasang pada pertanyaan ini sebagai “{item.title}”; tidak ditambahkan lagi.{dropped}"
        )
    elsewhere = used_text(uses([item], beside=link.answer).get(item.pk, []))
    return (
        f"Berkas ini sudah ada di pustaka sebagai “{item.title}”, jadi yang ada itulah yang dipasang, tanpa salinan "
        "baru." + (f" Dipakai juga pada {elsewhere}." if elsewhere else "") + dropped
    )


def open_wants(answer: Answer, tree: Outline | None = None) -> list[str]:
    """Keys of what the question wants and nothing proves yet, in order. One query."""
    tree = tree or outline(answer.evaluation.cycle.instrument)
    there = set(AnswerEvidence.objects.proving().filter(answer=answer).values_list("want", flat=True))
    return [want.key for want in tree.by_pk[answer.question_id].wants if want.key not in there]
