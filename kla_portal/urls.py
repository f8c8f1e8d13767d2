"""Every address of the portal. Paths are Indonesian, names English."""

from django.urls import URLPattern, URLResolver, include, path

from kla_portal import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("accounts.urls")),
    path("", include("regions.urls")),
    path("", include("evaluations.urls")),
]

handler400 = "kla_portal.views.bad_request"
handler403 = "kla_portal.views.permission_denied"
handler404 = "kla_portal.views.not_found"
handler500 = "kla_portal.views.server_error"
