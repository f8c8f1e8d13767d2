"""Who may bring in files. What they prove, and for whom, is the business of the app above."""

from typing import Any

from accounts.enums import Role
from evidence.models import EvidenceItem
from kla_portal.lib.decision import ALLOW, Decision, deny
from regions.models import Agency


def can_open_item(user: Any, item: EvidenceItem) -> Decision:
    """Read a document of one's own region: personal data only its agency, the coordinator and the task force.

    For an item fetched through `visible_to(user)`; judges open documents at the answers they judge.
    """
    if not item.personal_data or user.acts_as(Role.COORDINATOR, Role.TASK_FORCE):
        return ALLOW
    if user.acts_as(Role.OPERATOR) and item.agency_id is not None and item.agency_id == user.acting.agency_id:
        return ALLOW
    return deny("Dokumen ini memuat data pribadi atau data anak. Hanya pemilik, koordinator, dan gugus tugas.")


def can_use_library(user: Any) -> Decision:
    """The documents of one's own region: those who gather and those who review there."""
    if user.acts_as(Role.OPERATOR, Role.COORDINATOR, Role.TASK_FORCE):
        return ALLOW
    return deny("Pustaka terbuka bagi operator perangkat daerah, koordinator, dan gugus tugas daerah.")


def _holds(user: Any, item: EvidenceItem) -> bool:
    """Is the document this person's: as the region's coordinator, or as an operator of the agency that holds it?"""
    if not user.acts_as(Role.OPERATOR, Role.COORDINATOR) or user.acting.region_id != item.region_id:
        return False
    return user.acts_as(Role.COORDINATOR) or (item.agency_id is not None and item.agency_id == user.acting.agency_id)


def can_change_item(user: Any, item: EvidenceItem) -> Decision:
    """Describe it, bring in a new revision, delete it."""
    if not _holds(user, item):
        return deny("Dokumen ini diurus perangkat daerah pemiliknya dan koordinator.")
    if item.deleted_at is not None:
        return deny("Dokumen ini sudah dihapus dari pustaka. Pulihkan dahulu sebelum mengubahnya.")
    return ALLOW


def can_hand_over(user: Any) -> Decision:
    """Say which agency holds a document."""
    if user.acts_as(Role.COORDINATOR):
        return ALLOW
    return deny("Perangkat daerah pemilik dokumen diatur koordinator daerah.")


def can_restore_item(user: Any, item: EvidenceItem) -> Decision:
    if not _holds(user, item):
        return deny("Dokumen ini diurus perangkat daerah pemiliknya dan koordinator.")
    return ALLOW


def can_read_accesses(user: Any, item: EvidenceItem) -> Decision:
    """Who had the file in hand."""
    if _holds(user, item):
        return ALLOW
    return deny("Catatan akses dibaca perangkat daerah pemilik dokumen dan koordinator.")


def can_upload(user: Any) -> Decision:
    """Send a file in pieces: those who gather evidence for a city."""
    if user.acts_as(Role.OPERATOR, Role.COORDINATOR):
        return ALLOW
    return deny("Hanya operator perangkat daerah dan koordinator daerah yang mengunggah berkas.")


def can_put_in_tray(user: Any, agency: Agency) -> Decision:
    """Bring in files of an agency that prove nothing yet: its operators, and the coordinator of its region."""
    if not (sends := can_upload(user)):
        return sends
    own = user.acts_as(Role.COORDINATOR) or user.acting.agency_id == agency.pk
    if own and user.acting.region_id == agency.region_id:
        return ALLOW
    return deny("Berkas perangkat daerah lain dimasukkan oleh operatornya sendiri atau koordinator daerah.")
