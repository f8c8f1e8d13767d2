from pathlib import Path

import pytest
from django.core.files.storage import storages
from pytest_django import Settings


@pytest.fixture(autouse=True)
def archive(tmp_path: Path, settings: Settings) -> Path:
    """An archive of its own for every test."""
    folder = tmp_path / "evidence"
    options = {**settings.STORAGES["evidence"], "OPTIONS": {"location": folder, "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "evidence": options}
    assert storages["evidence"].path("") == str(folder)
    return folder
