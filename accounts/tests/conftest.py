import pytest


@pytest.fixture(autouse=True)
def _home(settings):
    """Accounts knows no app above it, so its tests land on a page of its own after signing in."""
    settings.LOGIN_REDIRECT_URL = "accounts:profile"
