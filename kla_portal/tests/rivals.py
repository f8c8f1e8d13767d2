"""Doing the same thing from several connections at once, as several people do."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def at_once(act: Callable[[], Any], *, times: int = 4) -> list[Any]:
    """What each of `times` threads got from `act`; an exception in any of them is raised here."""
    gate, answers, failures = threading.Barrier(times), [], []

    def run() -> None:
        gate.wait()
        try:
            answers.append(act())
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return answers
