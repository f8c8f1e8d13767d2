"""What has happened so far in the demo: a finished evaluation, one in work, one handed to the judges, one elsewhere."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from clusters import scoring
from clusters.models import Instrument
from clusters.queries import outline
from clusters.services.editing import save_part
from clusters.services.versions import new_version
from evaluations.demo import conversations, documents
from evaluations.demo.people import BALIKPAPAN, BONTANG, MAKASSAR, SAMARINDA, make_people
from evaluations.demo.values import plausible
from evaluations.enums import AnswerState, ReopenKind, Stage
from evaluations.models import Answer, Cycle, Evaluation
from evaluations.services import (
    answers,
    attaching,
    awards,
    cycles,
    declarations,
    releasing,
    reopening,
    reviews,
    scores,
    seats,
)
from evaluations.services.workflow import move
from evidence.enums import EvidenceKind
from evidence.models import EvidenceRevision
from evidence.services import add_file
from regions.enums import Level
from regions.models import Agency, Region
from regions.services.agencies import create_standard_agencies

CURRENT, EARLIER = "Evaluasi KLA 2025", "Evaluasi KLA 2023"
CITIES = (BALIKPAPAN, SAMARINDA, BONTANG, MAKASSAR)
KINDS = {"sk": "SK", "rekap": "Rekap", "laporan": "Laporan", "profil": "Profil anak", "sertifikat": "Sertifikat"}
"""The kinds of the letters, in turn, each with what its title begins with."""
PAST, OVER = 6, 5
"""The agencies, by place, whose letter speaks of a year long past, and whose letter is no longer in force."""
NOTES = (
    "Angka menurut laporan tahunan perangkat daerah.",
    "Dokumen sedang ditandatangani; salinan menyusul.",
    "Termasuk kegiatan yang didanai dana desa dan dunia usaha.",
    "",
    "",
)
Say = Callable[[str], None]


def tell(say: Say) -> bool:
    """Make the demo's data unless it is there; returns whether it was made. `say` gets a line per step."""
    if Cycle.objects.filter(name=CURRENT).exists():
        return False
    for code in CITIES:
        create_standard_agencies(Region.objects.get(pk=code), by=None)
    people = make_people()
    instrument = Instrument.objects.get(code="kla-2024")
    _draft(instrument, by=people["admin"])
    say("Siklus terdahulu yang sudah ditetapkan …")
    earlier = cycles.create_cycle(
        name=EARLIER, data_years=[2022], instrument=instrument, windows={}, by=people["admin"]
    )  # its calendar is put up when all has happened: the portal knows no way back in time
    [old] = cycles.enrol(earlier, [Region.objects.get(pk=BALIKPAPAN)], by=people["admin"])
    _write(old, people["koordinator"], share=0.82, seed=1)
    _through(old, people, "koordinator", "gugustugas", "provinsi", until=Stage.AWARDED)
    cycles.plan_windows(earlier, _windows(months=-24), by=people["admin"])
    say("Siklus yang sedang berjalan …")
    current = cycles.create_cycle(
        name=CURRENT, data_years=[2024, 2025], instrument=instrument, windows={}, by=people["admin"]
    )
    regions = Region.objects.filter(pk__in=CITIES).order_by("pk")
    here, sister, reviewed, far = cycles.enrol(current, regions, by=people["admin"])
    say("Dokumen contoh Balikpapan …")
    _write(
        here,
        people["koordinator"],
        share=0.74,
        seed=2,
        by_agency={"disdukcapil": people["operator"], "dinkes": people["operator.dinkes"]},
    )
    seats.set_seat(here, people["gugustugas"], is_chair=True, by=people["koordinator"])
    seats.set_seat(here, people["gugustugas.dua"], clusters=["I", "II"], is_chair=False, by=people["koordinator"])
    conversations.hold(here, people)
    say("Samarinda, Bontang, dan Makassar …")
    _write(sister, people["samarinda"], share=0.75, seed=3)
    _through(sister, people, "samarinda", "gugustugas.samarinda", "provinsi", until=Stage.ADMIN_VERIFICATION)
    _write(
        reviewed,
        people["bontang"],
        share=0.6,
        seed=5,
        inapplicable={"19.2e": "Belum ada SLB di kota ini; anak belajar di sekolah inklusi."},
    )
    _through(reviewed, people, "bontang", "gugustugas.bontang", "provinsi", until=Stage.TASK_FORCE_REVIEW)
    seats.set_seat(reviewed, people["gugustugas.bontang"], is_chair=True, by=people["bontang"])
    conversations.send_back(reviewed, people["gugustugas.bontang"], people["bontang"])
    _write(far, people["makassar"], share=0.78, seed=4)
    _through(far, people, "makassar", "gugustugas.makassar", "provinsi.sulsel", until=Stage.MINISTRY_REVIEW)
    cycles.plan_windows(current, _windows(months=0), by=people["admin"])
    _ask(Evaluation.objects.get(pk=sister.pk), people["provinsi"])
    releasing.release_stage(far, Stage.ADMIN_VERIFICATION, by=people["admin"])
    return True


def _ask(evaluation: Evaluation, verifier: Any) -> None:
    """The province waits for a document at one question, which is open to the region meanwhile."""
    answer = evaluation.answers.exclude(state=AnswerState.EMPTY).select_related("question").order_by("pk")[3]
    reason = "Dokumen yang dipasang belum ditandatangani. Unggah yang sudah ditandatangani dan distempel."
    until = reopening.usual(evaluation)
    reopening.reopen([answer], kind=ReopenKind.ASK, until=until, reason=reason, by=verifier)


def _draft(instrument: Instrument, by: Any) -> None:
    """A correction that somebody has begun: one question worth more, whose indicator does not follow yet."""
    draft = new_version(
        instrument, code="kla-2024-koreksi", edition="2024 k", name=f"{instrument.name}, perbaikan", by=by
    )
    question = draft.questions.get(code="4.1")
    save_part(question, question.version, max_points=question.max_points + 1, by=by)


def _windows(*, months: int) -> dict[str, tuple[datetime, datetime]]:
    """A calendar whose self-assessment began four weeks ago (and `months` earlier) and has two weeks to go; those who
    are further on already have the later stages open beside it."""
    begin = timezone.now().replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(days=30 * months - 28)
    lengths = {
        Stage.SELF_ASSESSMENT: 42, Stage.TASK_FORCE_REVIEW: 49, Stage.ADMIN_VERIFICATION: 79,
        Stage.MINISTRY_REVIEW: 100, Stage.FIELD_VERIFICATION: 128, Stage.FINAL: 142,
    }  # fmt: skip
    return {
        str(stage): (begin, (begin + timedelta(days=days)).replace(hour=16, minute=59))  # 23.59 WIB
        for stage, days in lengths.items()
    }


def _library(evaluation: Evaluation, by: Any, agencies: list[Agency], seed: int) -> dict[str, list[EvidenceRevision]]:
    """A letter and a photo for each agency, by kind of agency."""
    found: dict[str, list[EvidenceRevision]] = {}
    for place, agency in enumerate(agencies):
        years = str(max(evaluation.cycle.data_years) - 3) if place == PAST else evaluation.cycle.years_text
        letter_kind = list(KINDS)[place % len(KINDS)]
        title = f"{KINDS[letter_kind]} {agency.short_name} {years}"
        lines = [
            f"Nomor 400.2/{seed}{place:02}/{agency.short_name}",
            f"Data tahun {years}. Disusun untuk mencoba portal.",
        ]
        files = [(documents.letter(title, evaluation.region.name, lines), letter_kind, place % 3 == 0)]
        if place % 3 == 1:
            files.append(
                (documents.photo(f"Kegiatan {agency.short_name}", (place * 37 + seed * 11) % 200), "foto", True)
            )
        found[agency.kind] = [
            add_file(file, region=evaluation.region, agency=agency, title=str(file.name).rpartition(".")[0], kind=kind,
                     personal_data=personal, more=_facts(evaluation, agency, kind, place, seed), by=by)
            for file, kind, personal in files
        ]  # fmt: skip
    return found


def _shared(evaluation: Evaluation, by: Any, agency: Agency, seed: int) -> list[EvidenceRevision]:
    """What every agency may put to its answers: a photo without children, and an agreement."""
    photo = documents.photo("Rapat gugus tugas", (seed * 31 + 7) % 200)
    title = f"Perjanjian kerja sama layanan anak {evaluation.cycle.years_text}"
    agreement = documents.letter(
        title, evaluation.region.name, [f"Nomor 119/{seed}/PKS. Disusun untuk mencoba portal."]
    )
    facts = _facts(evaluation, agency, "mou", 0, seed) | {"number": f"119/{seed}/PKS"}
    return [
        add_file(photo, region=evaluation.region, agency=agency, title="Rapat gugus tugas", kind="foto",
                 personal_data=False, more={}, by=by),
        add_file(agreement, region=evaluation.region, agency=agency, title=title, kind="mou",
                 personal_data=False, more=facts, by=by),
    ]  # fmt: skip


def _facts(evaluation: Evaluation, agency: Agency, kind: str, place: int, seed: int) -> dict[str, Any]:
    """What the library says of a document: of most enough, of every fifth nothing, of one a year long past, of one
    that its time is over."""
    if kind == EvidenceKind.PHOTO or place % 5 == 4:
        return {}
    year = max(evaluation.cycle.data_years)
    dated = date(year - 3 if place in (PAST, OVER) else year, 1 + place % 6, 15)
    return {
        "number": f"400.2/{seed}{place:02}/{agency.short_name}",
        "dated": dated,
        "signatory": f"Kepala {agency.short_name}",
        "data_year": year - 3 if place == PAST else year - place % len(evaluation.cycle.data_years),
        "valid_from": dated,
        "valid_until": date(year - 1 if place == OVER else year + 3, 12, 31),
    }


def _write(
    evaluation: Evaluation,
    coordinator: Any,
    *,
    share: float,
    seed: int,
    by_agency: dict[str, Any] | None = None,
    inapplicable: dict[str, str] | None = None,
) -> None:
    """Answer about `share` of the questions, most of them with evidence; `inapplicable` gives the reason why a question
    does not apply, by its code. The same seed gives the same story."""
    chance = Random(seed)  # nosec - a story, not a secret
    reasons = inapplicable or {}
    lead_of = {
        row.question_id: row.agency for row in evaluation.assignments.filter(is_lead=True).select_related("agency")
    }
    agencies = sorted(set(lead_of.values()), key=lambda agency: agency.pk)
    library = _library(evaluation, coordinator, agencies[: 12 if by_agency else 5], seed)
    spare = next(iter(library.values()))
    others = [each for several in library.values() for each in several if not each.item.personal_data]
    others += _shared(evaluation, coordinator, agencies[0], seed)
    papers = Random(seed)  # nosec - its own, so that the answers stay what they were
    tree = outline(evaluation.cycle.instrument)
    below = Region.objects.within(evaluation.region_id).filter(gone_since=None)
    units = {"kecamatan": below.filter(level=Level.DISTRICT).count(), "desa": below.filter(level=Level.VILLAGE).count()}
    with transaction.atomic():
        for answer in Answer.objects.filter(evaluation=evaluation).select_related("question", "evaluation__region"):
            question = tree.by_pk[answer.question_id]
            if chance.random() > share and question.code not in reasons:
                continue
            agency = lead_of.get(answer.question_id)
            kind = agency.kind if agency else ""
            by = (by_agency or {}).get(kind, coordinator)
            value, note = plausible(question, chance, units), chance.choice(NOTES)
            if question.code in reasons:
                value, note = scoring.NOT_APPLICABLE, reasons[question.code]
            saved = answers.save_answer(answer, version=answer.version, value=value, note=note, by=by)
            for want in question.wants:
                if chance.random() < 0.86:
                    own = library.get(kind, spare)
                    revision = chance.choice(own)
                    fit = [each for each in (*own, *others) if each.item.kind in want.kinds]
                    if fit and papers.random() < 0.97:
                        revision = papers.choice(fit[:3])
                    attaching.attach_revision(saved, revision, want=want.key, by=coordinator)


def _through(
    evaluation: Evaluation, people: dict[str, Any], coordinator: str, task_force: str, province: str, *, until: Stage
) -> None:
    """Take a written evaluation through review, submission and judgement up to the stage `until`."""
    chance = Random(evaluation.region_id)  # nosec
    judges = {
        Stage.ADMIN_VERIFICATION: people[province], Stage.MINISTRY_REVIEW: people["evaluator"],
        Stage.FIELD_VERIFICATION: people["evaluator"], Stage.FINAL: people["evaluator"],
    }  # fmt: skip
    steps = {
        Stage.SELF_ASSESSMENT: ("hand_in", people[coordinator]),
        Stage.TASK_FORCE_REVIEW: ("submit", people[coordinator]),
        Stage.ADMIN_VERIFICATION: ("verify", people[province]), Stage.MINISTRY_REVIEW: ("review", people["admin"]),
        Stage.FIELD_VERIFICATION: ("visit", people["admin"]), Stage.FINAL: ("award", people["admin"]),
    }  # fmt: skip
    with transaction.atomic():
        cycles.allot(evaluation, people["evaluator"], by=people["admin"])
        while evaluation.stage != until:
            stage = Stage(evaluation.stage)
            if stage == Stage.TASK_FORCE_REVIEW:
                waiting = evaluation.answers.filter(state=AnswerState.ANSWERED)
                reviews.approve_all(evaluation, seen=waiting.values_list("pk", "version"), by=people[task_force])
                evaluation = _sign(evaluation, people[coordinator], people[task_force])
            if stage == Stage.ADMIN_VERIFICATION or (stage == Stage.FINAL and until == Stage.AWARDED):
                _judge(evaluation, judges[stage], chance)
            if stage == Stage.FINAL:
                awards.decide_award(evaluation, by=people["admin"])
            action, by = steps[stage]
            evaluation = move(evaluation, action, version=evaluation.version, by=by)


def _sign(evaluation: Evaluation, coordinator: Any, chair: Any) -> Evaluation:
    """What a submission needs besides: the chair's word, and the declaration of the head of region."""
    seats.set_seat(evaluation, chair, is_chair=True, by=coordinator)
    evaluation = move(evaluation, "sign_off", version=evaluation.version, by=chair)
    title = f"Surat pernyataan {evaluation.region.name} {evaluation.cycle.years_text}"
    paper = documents.letter(title, evaluation.region.name, ["Disusun untuk mencoba portal."])
    revision = add_file(paper, region=evaluation.region, agency=None, title=title, kind="lainnya",
                        personal_data=False, more={}, by=coordinator)  # fmt: skip
    declarations.declare(evaluation, revision, by=coordinator)
    return evaluation


def _judge(evaluation: Evaluation, judge: Any, chance: Random) -> None:
    """Accept most claims, give a lower level to some, with a reason."""
    tree = outline(evaluation.cycle.instrument)
    rows = evaluation.answers.exclude(state=AnswerState.EMPTY).select_related("question", "evaluation__region")
    for answer in rows:
        rule = tree.by_pk[answer.question_id].rule
        claimed = scoring.fraction(rule, answer.value)
        lower = [level for level in scoring.levels(rule) if level.fraction < claimed]
        level = lower[-1].key if lower and chance.random() < 0.22 else ""
        scores.score_answer(
            answer, answer_version=answer.version, score_version=0, level=level,
            reason="Data dukung belum menunjukkan capaian yang diklaim." if level else "", by=judge,
        )  # fmt: skip
