"""Read by pytest before Django's settings (`-p tests.environment`): the tests never see this machine's installation.

Every run, and every xdist worker of a run, gets a var directory of its own, which is gone afterwards.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_RUN = "KLA_TEST_RUN_DIR"  # set by the first process, inherited by the xdist workers


def _run_dir() -> Path:
    """The folder of this test run, made (and in the end removed) by its first process."""
    if _RUN not in os.environ:
        os.environ[_RUN] = tempfile.mkdtemp(prefix="portal-kla-test-")
        atexit.register(shutil.rmtree, os.environ[_RUN], ignore_errors=True)
    return Path(os.environ[_RUN])


os.environ["KLA_MODE"] = "test"
os.environ["KLA_VAR_DIR"] = str(_run_dir() / os.environ.get("PYTEST_XDIST_WORKER", "main"))
for _name in (
    "KLA_SECRET_KEY", "KLA_SECRET_KEY_FILE", "KLA_ALLOWED_HOSTS", "KLA_DEBUG", "CELERY_BROKER_URL",
    "KLA_EVIDENCE_STORE", "KLA_X_ACCEL", "KLA_FILES_ORIGIN",
):  # fmt: skip
    os.environ.pop(_name, None)
