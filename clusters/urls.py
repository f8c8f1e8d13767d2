from django.urls import path

from clusters.views import reader, versions

app_name = "clusters"
urlpatterns = [
    path("instrumen/", reader.instrument_list, name="instrument_list"),
    path("instrumen/<slug:code>/", reader.instrument_detail, name="instrument_detail"),
    path("instrumen/<slug:code>/versi-baru/", versions.instrument_new_version, name="instrument_new_version"),
    path("instrumen/<slug:code>/beda/<slug:other>/", versions.instrument_diff, name="instrument_diff"),
    path("instrumen/<slug:code>/pemetaan/<slug:other>/", versions.mapping_detail, name="mapping_detail"),
]
