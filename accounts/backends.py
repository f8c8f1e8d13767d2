from django.contrib.auth.backends import ModelBackend


class PortalBackend(ModelBackend):
    """Sign-in by user name and password. Rights come from memberships, never from Django's permissions."""

    def user_can_authenticate(self, user: object) -> bool:
        return bool(getattr(user, "is_active", False))
