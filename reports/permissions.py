"""Who may have a report or a package made, and who may have one that was. Decisions carry the reason for the screen."""

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

from accounts.enums import Role
from evaluations import permissions as work
from evaluations.models import Evaluation
from kla_portal.lib.decision import ALLOW, Decision, deny
from reports import store
from reports.enums import EntryState, PackageScope
from reports.models import Package, Report
from reports.packages_content import Entry
from trail.models import JobState


def can_list_reports(user: Any, evaluation: Evaluation) -> Decision:
    """Reports hold the answers, so the list is for those who read the answers."""
    return work.can_read_answers(user, evaluation)


def can_request_report(user: Any, evaluation: Evaluation) -> Decision:
    """Whoever reads the answers may print what they read; evaluated scores come along only if they read those too."""
    return work.can_read_answers(user, evaluation)


def can_read_report(user: Any, report: Report) -> Decision:
    """Whoever may read today what the report says, and might have read it when its content was frozen.

    The second half keeps a region's draft from a judge who sees the evaluation only since it was submitted, and a
    judge's intermediate verdicts from the region that reads the final ones.
    """
    reads = work.can_read_scores if report.with_scores else work.can_read_answers
    if not (today := reads(user, report.evaluation)):
        return today
    then = copy(report.evaluation)
    then.stage = report.stage
    return reads(user, then)


def can_retry_report(user: Any, report: Report) -> Decision:
    """Whoever reads it, once the printing has failed or the printed file is gone."""
    if not (read := can_read_report(user, report)):
        return read
    if report.state != JobState.FAILED and not store.lost(report):
        return deny("Pencetakan laporan ini tidak gagal, jadi tidak ada yang perlu diulang.")
    return ALLOW


def readable(user: Any, reports: Iterable[Report]) -> list[Report]:
    """Those of one evaluation's reports that `can_read_report` allows, asked once per kind of report."""
    answers: dict[tuple[str, bool], bool] = {}
    kept = []
    for report in reports:
        kind = (report.stage, report.with_scores)
        if kind not in answers:
            answers[kind] = bool(can_read_report(user, report))
        if answers[kind]:
            kept.append(report)
    return kept


def can_list_packages(user: Any, evaluation: Evaluation) -> Decision:
    """Whoever may have some package of this evaluation made."""
    return work.can_take_files(user, evaluation)


def scopes_of(user: Any) -> list[PackageScope]:
    """What somebody who may list packages may ask for: operators what their own agency holds, the others all."""
    return [PackageScope.AGENCY] if user.acts_as(Role.OPERATOR) else list(PackageScope)


def can_request_package(user: Any, evaluation: Evaluation, scope: PackageScope, part: str) -> Decision:
    """A package of this scope."""
    if not (listed := can_list_packages(user, evaluation)):
        return listed
    if user.acts_as(Role.OPERATOR) and (scope, part) != (PackageScope.AGENCY, str(user.acting.agency_id)):
        return deny("Operator membuat paket data dukung perangkat daerahnya sendiri.")
    return ALLOW


def can_read_package(user: Any, package: Package) -> Decision:
    """Its asker, in the role it was asked for in (`visible_to`), as long as that role may ask for it."""
    return can_request_package(user, package.evaluation, PackageScope(package.scope), package.part)


def can_retry_package(user: Any, package: Package) -> Decision:
    """Whoever reads it, once the making has failed or the file is gone, while its time lasts."""
    if not (read := can_read_package(user, package)):
        return read
    if package.expired:
        return deny("Masa simpan paket ini sudah habis. Buat paket yang baru.")
    if package.state != JobState.FAILED and not store.lost(package):
        return deny("Pembuatan paket ini tidak gagal, jadi tidak ada yang perlu diulang.")
    return ALLOW


def still_whole(package: Package, entries: Sequence[Entry]) -> Decision:
    """Is everything that is in the finished package still open to whoever fetches it? `entries`: as they stand now."""
    then = sum(stored["state"] == EntryState.IN for stored in package.entries)
    now = sum(entry.state == EntryState.IN for entry in entries)
    if then == now:
        return ALLOW
    return deny(
        f"{then - now} berkas dalam paket ini sudah dihapus, dikarantina, atau tidak lagi terbuka bagi Anda, "
        "jadi paket ini tidak dapat diunduh lagi. Buat paket yang baru."
    )
