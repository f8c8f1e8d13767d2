"""Telling the workers that there is something to do. What is to do is in a table; a lost bell costs only time."""

import logging

from celery import current_app

logger = logging.getLogger(__name__)


def ring(task: str, key: str) -> None:
    """Send `task` with `key` as its argument. A broker that does not answer is no disaster, and no fault of whoever
    asked: each caller has a round (settings.CELERY_BEAT_SCHEDULE) that finds what nobody came for."""
    try:
        current_app.send_task(task, args=[key])
    except Exception:  # any broker, any fault
        logger.exception("the broker did not take %s of %s; it waits for the next round", task, key)
