"""Who may bring in files. What they prove, and for whom, is the business of the app above."""

from typing import Any

from accounts.enums import Role
from kla_portal.lib.decision import ALLOW, Decision, deny


def can_upload(user: Any) -> Decision:
    """Send a file in pieces: those who gather evidence for a city."""
    if user.acts_as(Role.OPERATOR, Role.COORDINATOR):
        return ALLOW
    return deny("Hanya operator perangkat daerah dan koordinator daerah yang mengunggah berkas.")
