"""Run several management commands in one process: `python -m scripts.prepare migrate "load_demo --logins"`.

Django starts once instead of once for each. Before each command its name is printed, after it the time it took;
`--quiet` as the first argument leaves that out.
"""

import os
import shlex
import sys
import time


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kla_portal.settings")
    import django
    from django.core.management import call_command

    django.setup()
    lines = sys.argv[1:]
    quiet = lines[:1] == ["--quiet"]
    for line in lines[1:] if quiet else lines:
        name, *arguments = shlex.split(line)
        started = time.monotonic()
        if not quiet:
            print(f"-- {line}", flush=True)
        call_command(name, *arguments)
        if not quiet:
            print(f"   ({time.monotonic() - started:.1f} s)", flush=True)


if __name__ == "__main__":
    main()
