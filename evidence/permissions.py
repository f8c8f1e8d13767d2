"""Who may bring in files. What they prove, and for whom, is the business of the app above."""

from typing import Any

from accounts.enums import Role
from evidence.models import EvidenceItem
from kla_portal.lib.decision import ALLOW, Decision, deny


def can_open_item(user: Any, item: EvidenceItem) -> Decision:
    """Read a document of one's own region: personal data only its agency, the coordinator and the task force.

    For an item fetched through `visible_to(user)`; judges open documents at the answers they judge.
    """
    if not item.personal_data or user.acts_as(Role.COORDINATOR, Role.TASK_FORCE):
        return ALLOW
    if user.acts_as(Role.OPERATOR) and item.agency_id is not None and item.agency_id == user.acting.agency_id:
        return ALLOW
    return deny("Dokumen ini memuat data pribadi atau data anak. Hanya pemilik, koordinator, dan gugus tugas.")


def can_upload(user: Any) -> Decision:
    """Send a file in pieces: those who gather evidence for a city."""
    if user.acts_as(Role.OPERATOR, Role.COORDINATOR):
        return ALLOW
    return deny("Hanya operator perangkat daerah dan koordinator daerah yang mengunggah berkas.")
