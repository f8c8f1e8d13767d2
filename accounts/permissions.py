"""Who may bring people in, and who may let them go. Each answer carries the sentence for the screen."""

from typing import Any

from accounts.enums import NATIONAL, OF_A_CITY, Role
from accounts.models import Membership
from kla_portal.lib.decision import ALLOW, Decision, deny
from regions import codes
from regions.enums import Level
from regions.models import Region

MAY_INVITE: dict[str, tuple[Role, ...]] = {
    Role.COORDINATOR: (Role.OPERATOR, Role.TASK_FORCE, Role.UNIT_OPERATOR, Role.VIEWER, Role.COORDINATOR),
    Role.NATIONAL_ADMIN: (Role.COORDINATOR, Role.PROVINCE_VERIFIER, Role.EVALUATOR, Role.NATIONAL_ADMIN),
}
"""The roles that each inviting role hands out, in the order of the invitation form."""

NOT_YOURS = "Hanya koordinator daerah dan admin nasional yang mengelola orang."
NOT_THIS_ROLE = "Anda tidak berwenang memberikan peran ini."
NOT_YOURSELF = "Peran dan akun Anda sendiri diurus oleh koordinator atau admin lain."
OUTSIDE = "Daerah ini berada di luar wilayah Anda."


def can_manage_people(user: Any) -> Decision:
    """See the list of people and open the invitation form."""
    return ALLOW if user.acts_as(*MAY_INVITE) else deny(NOT_YOURS)


def can_invite(user: Any, role: str, region: Region | None) -> Decision:
    """Give `role` for `region` (None: the nation) to somebody."""
    if not (managing := can_manage_people(user)):
        return managing
    if role not in MAY_INVITE[user.acting.role]:
        return deny(NOT_THIS_ROLE)
    if not (fitting := fits(role, region)):
        return fitting
    return ALLOW if _governs(user, role, region) else deny(OUTSIDE)


def can_retire(user: Any, membership: Membership) -> Decision:
    """End this membership, or open it again on the same day."""
    if not (managing := can_manage_people(user)):
        return managing
    if membership.user_id == user.pk:
        return deny(NOT_YOURSELF)
    if user.acts_as(Role.NATIONAL_ADMIN):
        return ALLOW
    return can_invite(user, membership.role, membership.region)


def can_reset(user: Any, person: Any) -> Decision:
    """Make a new one-time link for the person, or take the second factor off the account.

    Whoever holds the link can become that person, so every current membership of theirs must be one that `user` could
    also end: a coordinator cannot reach a verifier's account through the desa that person also works for.
    """
    if not (managing := can_manage_people(user)):
        return managing
    if person.pk == user.pk:
        return deny(NOT_YOURSELF)
    held = list(person.memberships.current().select_related("region"))
    if not held:
        return deny("Orang ini tidak mempunyai peran yang berlaku. Berikan peran lebih dulu.")
    if all(can_retire(user, membership) for membership in held):
        return ALLOW
    return deny("Orang ini juga mempunyai peran di luar wewenang Anda. Minta bantuan admin nasional.")


def can_close(user: Any, person: Any) -> Decision:
    """Close the account, or open it again: whoever could also become that person by a new link; of somebody who holds
    nothing any more, a national admin."""
    if user.acts_as(Role.NATIONAL_ADMIN):
        return ALLOW if person.pk != user.pk else deny(NOT_YOURSELF)
    return can_reset(user, person)


def can_drop_second_factor(user: Any, *, required: bool) -> Decision:
    """Turn one's own second factor off; `required`: it is mandatory for one of the person's roles."""
    return deny("Peran Anda mewajibkan verifikasi dua langkah.") if required else ALLOW


def fits(role: str, region: Region | None) -> Decision:
    """Is this a region that such a role can be held for?"""
    if role in NATIONAL:
        return ALLOW if region is None else deny("Peran nasional tidak memakai daerah.")
    if region is None:
        return deny("Pilih daerah untuk peran ini.")
    if role == Role.PROVINCE_VERIFIER:
        return ALLOW if region.level == Level.PROVINCE else deny("Peran ini untuk sebuah provinsi.")
    if role in OF_A_CITY:
        return ALLOW if region.level == Level.REGENCY else deny("Peran ini untuk sebuah kabupaten atau kota.")
    unit = region.level in {Level.DISTRICT, Level.VILLAGE}
    return ALLOW if unit else deny("Peran ini untuk sebuah kecamatan, desa, atau kelurahan.")


def _governs(user: Any, role: str, region: Region | None) -> bool:
    if user.acts_as(Role.NATIONAL_ADMIN):
        return True
    home = user.acting.region_id
    if region is None:
        return False
    return codes.contains(home, region.code) if role == Role.UNIT_OPERATOR else region.code == home
