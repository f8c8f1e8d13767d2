"""The WSGI application: `granian --interface wsgi kla_portal.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kla_portal.settings")
application = get_wsgi_application()

from kla_portal.checks import refuse_unsafe  # noqa: E402  the settings must be loaded first

refuse_unsafe()
