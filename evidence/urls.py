from django.urls import path

from evidence import views

app_name = "evidence"
urlpatterns = [
    path("unggahan/", views.upload_create, name="upload_create"),
    path("unggahan/<uuid:upload_id>/", views.upload, name="upload"),
]
