from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import Membership, User


class PortalBackend(ModelBackend):
    """Sign-in by user name and password. Rights come from memberships, never from Django's permissions."""

    def user_can_authenticate(self, user: object) -> bool:
        return bool(getattr(user, "is_active", False))

    def get_user(self, user_id: Any) -> User | None:
        """Whose session it is, with all that they hold today: every request asks for both, so one query brings both."""
        rows = Membership.objects.filter(user=user_id).current().with_unread().order_by("id")
        held = list(rows.select_related("user", "region", "agency"))
        if not held:
            return super().get_user(user_id)
        user = held[0].user
        user.current_memberships = held
        return user if self.user_can_authenticate(user) else None
