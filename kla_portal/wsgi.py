"""The WSGI application: `granian --interface wsgi kla_portal.wsgi:application`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kla_portal.settings")
django.setup(set_prefix=False)

from kla_portal.checks import refuse_unsafe  # noqa: E402  the settings must be loaded first
from kla_portal.handlers import Handler  # noqa: E402

application = Handler()
refuse_unsafe()
