"""The Celery application. The broker is only a doorbell: what is to be done stands in `trail.Job`."""

import os

from celery import Celery
from celery.signals import worker_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kla_portal.settings")

app = Celery("kla_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _refuse_unsafe_settings(**kwargs: object) -> None:
    from kla_portal.checks import refuse_unsafe

    try:
        refuse_unsafe()
    except ImproperlyConfigured as refusal:
        raise SystemExit(str(refusal)) from None  # Celery logs any other exception of a handler and goes on
