import pytest
from django.core.files.storage import storages


@pytest.fixture
def report_store(settings, tmp_path):
    """A store of its own, empty."""
    options = {"location": tmp_path, "allow_overwrite": True}
    settings.STORAGES = settings.STORAGES | {
        "reports": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    }
    settings.REQUIRE_TOTP = False
    return tmp_path


@pytest.fixture
def evidence_store(settings, tmp_path):
    """An archive of its own, empty, beside the reports."""
    options = {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence", "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "evidence": options}
    assert storages["evidence"].path("") == str(tmp_path / "evidence")
