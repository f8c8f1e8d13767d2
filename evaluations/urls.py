from django.urls import path

from evaluations.views import (
    answers,
    cycles,
    detail,
    evidence,
    history,
    home,
    lift,
    results,
    reviews,
    scores,
    tables,
    workflow,
)

app_name = "evaluations"
_ONE = "evaluasi/<uuid:evaluation_id>/"
_QUESTION = _ONE + "p/<str:code>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("evaluasi/", detail.evaluation_list, name="evaluation_list"),
    path(_ONE, detail.evaluation_detail, name="evaluation_detail"),
    path(_ONE + "bagikan/", cycles.evaluation_assign, name="evaluation_assign"),
    path(_ONE + "evaluator/", cycles.evaluator_allot, name="evaluator_allot"),
    path(_ONE + "evaluator/<int:user_id>/tarik/", cycles.allotment_withdraw, name="allotment_withdraw"),
    path("siklus/", cycles.cycle_list, name="cycle_list"),
    path("siklus/baru/", cycles.cycle_create, name="cycle_create"),
    path("siklus/<int:cycle_id>/", cycles.cycle_detail, name="cycle_detail"),
    path("siklus/<int:cycle_id>/daftar/<str:province_code>/", cycles.cycle_enrol, name="cycle_enrol"),
    path(_ONE + "instansi/<int:agency_id>/", detail.agency_detail, name="agency_detail"),
    path(_ONE + "naik/", lift.evaluation_lift, name="evaluation_lift"),
    path(_ONE + "langkah/<slug:action>/", workflow.stage_move, name="stage_move"),
    path(_QUESTION, answers.answer_edit, name="answer_edit"),
    path(_QUESTION + "pembagian/", cycles.assignment_edit, name="assignment_edit"),
    path(_QUESTION + "poin/", answers.answer_points, name="answer_points"),
    path(_QUESTION + "matriks/unggah/", tables.answer_table_upload, name="answer_table_upload"),
    path(_QUESTION + "matriks/unduh/", tables.answer_table_download, name="answer_table_download"),
    path(_ONE + "unduh.xlsx", tables.evaluation_export, name="evaluation_export"),
    path(_QUESTION + "berkas/", evidence.evidence_add, name="evidence_add"),
    path(_QUESTION + "tautan/", evidence.link_add, name="link_add"),
    path("data-dukung/<uuid:link_id>/", evidence.evidence_open, name="evidence_open"),
    path("data-dukung/<uuid:link_id>/lepas/", evidence.evidence_remove, name="evidence_remove"),
    path("data-dukung/<uuid:link_id>/pasang-lagi/", evidence.evidence_restore, name="evidence_restore"),
    path(_ONE + "telaah/", reviews.review_bench, name="review_bench"),
    path(_ONE + "telaah/setujui/", reviews.review_approve_all, name="review_approve_all"),
    path(_QUESTION + "telaah/", reviews.answer_review, name="answer_review"),
    path(_ONE + "penilaian/", scores.score_bench, name="score_bench"),
    path(_ONE + "penilaian/<str:code>/", scores.score_bench, name="score_bench"),
    path(_ONE + "terima-klaim/", scores.score_accept_all, name="score_accept_all"),
    path(_QUESTION + "nilai/", scores.answer_score, name="answer_score"),
    path(_ONE + "hasil/", results.evaluation_result, name="evaluation_result"),
    path("riwayat-hasil/", history.result_list, name="result_list"),
    path("riwayat-hasil/impor/", history.result_import, name="result_import"),
    path("riwayat-hasil/<int:result_id>/keluarkan/", history.result_remove, name="result_remove"),
]
