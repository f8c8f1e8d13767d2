import pytest


@pytest.fixture
def report_store(settings, tmp_path):
    """A store of its own, empty."""
    options = {"location": tmp_path, "allow_overwrite": True}
    settings.STORAGES = settings.STORAGES | {
        "reports": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    }
    settings.REQUIRE_TOTP = False
    return tmp_path
