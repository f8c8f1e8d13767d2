"""Every address of the portal. Paths are Indonesian, names English."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from kla_portal import health, views_style

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("kla_portal.files_host")),
    path("", include("accounts.urls")),
    path("", include("regions.urls")),
    path("", include("clusters.urls")),
    path("", include("evidence.urls")),
    path("", include("reports.urls")),
    path("", include("evaluations.urls")),
]
if not settings.PRODUCTION:
    urlpatterns.append(path("gaya/", views_style.style_guide, name="style_guide"))

handler400 = "kla_portal.views.bad_request"
handler403 = "kla_portal.views.permission_denied"
handler404 = "kla_portal.views.not_found"
handler500 = "kla_portal.views.server_error"
