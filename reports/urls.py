from django.urls import path

from reports import views, views_letters

app_name = "reports"

urlpatterns = [
    path("evaluasi/<uuid:evaluation_id>/laporan/", views.report_list, name="report_list"),
    path("evaluasi/<uuid:evaluation_id>/laporan/buat/", views.report_request, name="report_request"),
    path("laporan/<uuid:report_id>/", views.report_detail, name="report_detail"),
    path("laporan/<uuid:report_id>/unduh/", views.report_download, name="report_download"),
    path("laporan/<uuid:report_id>/ulang/", views.report_retry, name="report_retry"),
    path(
        "evaluasi/<uuid:evaluation_id>/instansi/<int:agency_id>/permintaan/pdf/",
        views_letters.letter_request,
        name="letter_request",
    ),
    path("evaluasi/<uuid:evaluation_id>/terlambat/pdf/", views_letters.late_list_request, name="late_list_request"),
    path("surat/<uuid:letter_id>/", views_letters.letter_detail, name="letter_detail"),
    path("surat/<uuid:letter_id>/unduh/", views_letters.letter_download, name="letter_download"),
    path("evaluasi/<uuid:evaluation_id>/paket/", views.package_list, name="package_list"),
    path("evaluasi/<uuid:evaluation_id>/paket/buat/", views.package_request, name="package_request"),
    path("paket/<uuid:package_id>/", views.package_detail, name="package_detail"),
    path("paket/<uuid:package_id>/unduh/", views.package_download, name="package_download"),
    path("paket/<uuid:package_id>/ulang/", views.package_retry, name="package_retry"),
]
