import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import storages
from pytest_django import Settings

from evidence.tests.held import Held
from tests.clamav import Clamav
from tests.s3 import S3


@pytest.fixture(autouse=True)
def archive(tmp_path: Path, settings: Settings) -> Path:
    """An archive of its own for every test, and a place for the pages drawn of it."""
    folder = tmp_path / "evidence"
    options = {**settings.STORAGES["evidence"], "OPTIONS": {"location": folder, "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "evidence": options}
    assert storages["evidence"].path("") == str(folder)
    settings.PREVIEWS_DIR = tmp_path / "previews"
    return folder


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A real S3 server, one for the run."""
    running = S3()
    yield running
    running.stop()


@pytest.fixture(params=["disk", "s3"])
def held(request: pytest.FixtureRequest, archive: Path, tmp_path: Path, settings: Settings) -> Held:
    """The test runs twice: with the archive in a folder, and in a bucket of its own."""
    if request.param == "s3":
        settings.STORAGES = {**settings.STORAGES, "evidence": request.getfixturevalue("s3").make_bucket()}
        settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "incoming"
        (tmp_path / "incoming").mkdir()
    return Held()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 256 KB. Mounting it needs root; without, the test says so."""
    if os.geteuid() != 0:
        pytest.skip("needs root: mounting a small tmpfs")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="session")
def scanner() -> Iterator[Clamav]:
    """A real ClamAV daemon, one for the run, up again after each test that took it down."""
    running = Clamav()
    yield running
    running.stop()


@pytest.fixture
def clamav(scanner: Clamav, settings: Settings) -> Iterator[Clamav]:
    """The portal has a scanner, and it answers."""
    settings.CLAMD_SOCKET = scanner.address
    yield scanner
    if not scanner.process.alive:
        scanner.start()
