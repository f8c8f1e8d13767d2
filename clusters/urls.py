from django.urls import path

from clusters.views import editor, exchange, parts, publishing, reader, versions

app_name = "clusters"
urlpatterns = [
    path("instrumen/", reader.instrument_list, name="instrument_list"),
    path("instrumen/baru/", editor.instrument_create, name="instrument_create"),
    path("instrumen/impor/", exchange.instrument_import, name="instrument_import"),
    path("instrumen/skema.json", exchange.instrument_schema, name="instrument_schema"),
    path("instrumen/<slug:code>/unduh.<str:ending>", exchange.instrument_download, name="instrument_download"),
    path("instrumen/<slug:code>/sunting/", editor.instrument_edit, name="instrument_edit"),
    path("instrumen/<slug:code>/sunting/kepala/", editor.instrument_head_edit, name="instrument_head_edit"),
    path("instrumen/<slug:code>/sunting/k/baru/", parts.cluster_create, name="cluster_create"),
    path("instrumen/<slug:code>/sunting/k/<int:cluster_id>/", parts.cluster_edit, name="cluster_edit"),
    path("instrumen/<slug:code>/sunting/k/<int:cluster_id>/baru/", parts.indicator_create, name="indicator_create"),
    path("instrumen/<slug:code>/sunting/i/<int:indicator_id>/", parts.indicator_edit, name="indicator_edit"),
    path("instrumen/<slug:code>/sunting/i/<int:indicator_id>/baru/", parts.question_create, name="question_create"),
    path("instrumen/<slug:code>/sunting/p/<int:question_id>/", parts.question_edit, name="question_edit"),
    path("instrumen/<slug:code>/sunting/hapus/<str:level>/<int:part_id>/", parts.part_remove, name="part_remove"),
    path("instrumen/<slug:code>/sunting/pulihkan/<int:event_id>/", parts.part_restore, name="part_restore"),
    path("instrumen/<slug:code>/periksa/", publishing.instrument_check, name="instrument_check"),
    path("instrumen/<slug:code>/terbitkan/", publishing.instrument_publish, name="instrument_publish"),
    path("instrumen/<slug:code>/", reader.instrument_detail, name="instrument_detail"),
    path("instrumen/<slug:code>/versi-baru/", versions.instrument_new_version, name="instrument_new_version"),
    path("instrumen/<slug:code>/beda/<slug:other>/", versions.instrument_diff, name="instrument_diff"),
    path("instrumen/<slug:code>/pemetaan/<slug:other>/", versions.mapping_detail, name="mapping_detail"),
]
