from django.urls import path

from clusters.views import reader

app_name = "clusters"
urlpatterns = [
    path("instrumen/", reader.instrument_list, name="instrument_list"),
    path("instrumen/<slug:code>/", reader.instrument_detail, name="instrument_detail"),
]
