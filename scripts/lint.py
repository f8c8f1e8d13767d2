"""`make lint`: every check that needs no running server. All of them run; any failure fails the whole."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from scripts.processes import BIN, ROOT

APPS = ("kla_portal", "trail", "regions", "accounts", "clusters", "evidence", "evaluations", "reports")


def checks() -> list[tuple[str, Sequence[str]]]:
    """Each check's name and command, the quick ones first."""
    templates = tracked("*.html")
    manage = (sys.executable, "manage.py")
    return [
        ("ruff check", (f"{BIN}/ruff", "check", "--quiet", ".")),
        ("ruff format", (f"{BIN}/ruff", "format", "--check", "--quiet", ".")),
        ("djade", (f"{BIN}/djade", "--check", "--target-version", "5.2", *templates)),
        ("django check", (*manage, "check", "--fail-level", "WARNING")),
        ("migrations complete", (*manage, "makemigrations", "--check", "--dry-run")),
        ("import-linter", (f"{BIN}/lint-imports", "--no-cache")),
        ("bandit", (f"{BIN}/bandit", "--quiet", "--recursive", "-ll", "-c", "pyproject.toml", *APPS, "scripts")),
        ("mypy", (f"{BIN}/mypy",)),
    ]


def tracked(pattern: str) -> list[str]:
    """Files of the project that match, whether committed yet or not."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", pattern)
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    return sorted({path for path in listed if path and (ROOT / path).exists()})


def main() -> int:
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="portal-kla-lint-") as var:
        env = os.environ | {"KLA_MODE": "test", "KLA_VAR_DIR": var, "KLA_LOG_LEVEL": "WARNING"}
        for name, command in checks():
            started = time.monotonic()
            done = subprocess.run(
                command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True,
            )  # fmt: skip
            print(f"{'FAILED' if done.returncode else 'ok':6} {name} ({time.monotonic() - started:.1f} s)", flush=True)
            if done.returncode:
                failed.append(name)
                print(done.stdout, flush=True)
    print(
        f"lint: {len(failed)} of {len(checks())} checks failed: {', '.join(failed)}" if failed else "lint: all passed"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
