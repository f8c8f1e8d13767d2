"""Who runs an evaluation and a cycle: dealing out, seating, declaring, extending, deciding, opening."""

from typing import Any

from accounts.enums import Role
from evaluations.enums import DRAFTING, BatchKind, Stage
from evaluations.models import Evaluation, Extension
from evaluations.permissions.reading import of_the_city
from evaluations.permissions.steps import ready_but_for_the_award
from evaluations.stages import STEPS
from evaluations.timing import timing
from kla_portal.lib.decision import ALLOW, Decision, deny


def can_assign(user: Any, evaluation: Evaluation) -> Decision:
    """Dealing out the questions to the region's agencies."""
    if not (of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR)):
        return deny("Pembagian pertanyaan diatur koordinator daerah ini.")
    if evaluation.stage != Stage.SELF_ASSESSMENT:
        return deny("Pembagian hanya dapat diatur selama penilaian mandiri.")
    return timing(evaluation).decision(evaluation.region_id)


def can_seat(user: Any, evaluation: Evaluation) -> Decision:
    """Who sits in the task force of this evaluation, for which clusters, and who chairs it."""
    if not (of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR)):
        return deny("Susunan gugus tugas diatur koordinator daerah ini.")
    if evaluation.stage not in DRAFTING:
        return deny("Penilaian mandiri sudah diajukan; susunan gugus tugas tidak diubah lagi.")
    return ALLOW


def can_set_deadlines(user: Any, evaluation: Evaluation) -> Decision:
    """Until when the agencies' parts are wanted. It locks nothing."""
    if not (of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR)):
        return deny("Batas internal diatur koordinator daerah ini.")
    if evaluation.stage not in DRAFTING:
        return deny("Penilaian mandiri sudah diajukan; batas internal tidak berlaku lagi.")
    return ALLOW


def can_declare(user: Any, evaluation: Evaluation) -> Decision:
    """Putting the signed declaration to the submission."""
    if not (of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR)):
        return deny("Surat pernyataan diunggah koordinator daerah ini.")
    if evaluation.stage not in DRAFTING:
        return deny("Penilaian mandiri sudah diajukan bersama surat pernyataannya.")
    return timing(evaluation, Stage.TASK_FORCE_REVIEW).decision(evaluation.region_id)


def can_decide_award(user: Any, evaluation: Evaluation) -> Decision:
    """The predicate, before it is published."""
    if not user.acts_as(Role.NATIONAL_ADMIN):
        return deny("Predikat diputuskan admin nasional.")
    if evaluation.stage != Stage.FINAL:
        return deny("Predikat diputuskan pada verifikasi final.")
    return ready_but_for_the_award(user, evaluation)


def can_extend(user: Any, evaluation: Evaluation) -> Decision:
    """More time for one region; also once its stage is over."""
    if not user.acts_as(Role.NATIONAL_ADMIN):
        return deny("Perpanjangan diberikan admin nasional.")
    if evaluation.stage == Stage.AWARDED:
        return deny("Hasil sudah ditetapkan; tidak ada lagi yang dapat diperpanjang.")
    return ALLOW


def can_withdraw_extension(user: Any, extension: Extension) -> Decision:
    """Taking back what still runs, by the database's clock."""
    if not (extend := can_extend(user, extension.evaluation)):
        return extend
    now = timing(extension.evaluation, extension.stage).now
    if extension.withdrawn_at is not None or (now is not None and extension.until <= now):
        return deny("Perpanjangan ini sudah berakhir.")
    return ALLOW


def can_ask_agency(user: Any, evaluation: Evaluation) -> Decision:
    """The letter that asks an agency for what is missing. It changes nothing, so the calendar does not close it: an
    agency is asked before an extension begins, too."""
    if not (of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR)):
        return deny("Surat permintaan data dukung dibuat koordinator daerah ini.")
    if evaluation.stage not in DRAFTING:
        return deny("Penilaian mandiri sudah diajukan; tidak ada lagi yang dapat dilengkapi perangkat daerah.")
    return ALLOW


def can_read_letters(user: Any, evaluation: Evaluation) -> Decision:
    """Letters that were written."""
    if of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR):
        return ALLOW
    return deny("Surat permintaan data dukung dibuat koordinator daerah ini.")


def can_offer_earlier(user: Any, evaluation: Evaluation) -> Decision:
    """Putting the region's answers of an earlier cycle beside the questions of this one."""
    if not (of_the_city(user, evaluation) and user.acts_as(Role.COORDINATOR)):
        return deny("Jawaban siklus sebelumnya ditawarkan oleh koordinator daerah ini.")
    if evaluation.stage != Stage.SELF_ASSESSMENT:
        return deny("Jawaban siklus sebelumnya hanya dapat ditawarkan selama penilaian mandiri.")
    return timing(evaluation).decision(evaluation.region_id)


def can_batch(user: Any, kind: str, action: str = "") -> Decision:
    """One action on many regions at once: the national admin's; of the province's verifiers their own step alone."""
    if user.acts_as(Role.NATIONAL_ADMIN):
        return ALLOW
    if user.acts_as(Role.PROVINCE_VERIFIER):
        if kind == BatchKind.MOVE and Role.PROVINCE_VERIFIER in STEPS[action].roles:
            return ALLOW
        return deny("Tindakan ini dilakukan admin nasional.")
    return deny("Tindakan untuk banyak daerah sekaligus dilakukan admin nasional, atau verifikator provinsinya.")


def can_prepare(user: Any, evaluation: Evaluation) -> Decision:
    """Bringing over what a region had in an earlier cycle."""
    if not user.acts_as(Role.NATIONAL_ADMIN):
        return deny("Siklus berikutnya disiapkan admin nasional.")
    if evaluation.stage != Stage.SELF_ASSESSMENT:
        return deny(f"Daerah ini sudah pada tahap {evaluation.get_stage_display()}; tidak ada yang dibawa lagi.")
    return ALLOW


def can_read_queue(user: Any) -> Decision:
    """The regions that wait for whoever judges or runs the cycle."""
    if user.acts_as(Role.PROVINCE_VERIFIER, Role.EVALUATOR, Role.NATIONAL_ADMIN):
        return ALLOW
    return deny("Antrean penilaian hanya untuk penilai dan admin nasional.")


def can_manage_cycles(user: Any) -> Decision:
    if user.acts_as(Role.NATIONAL_ADMIN):
        return ALLOW
    return deny("Siklus evaluasi diatur admin nasional.")


def can_manage_history(user: Any) -> Decision:
    """Bringing in results that others have published, and taking them out."""
    if user.acts_as(Role.NATIONAL_ADMIN):
        return ALLOW
    return deny("Riwayat hasil dari luar portal dikelola admin nasional.")
