from django.urls import path, register_converter

from regions import codes
from regions.views import agencies, regions


class CodeConverter:
    """A well-formed code; anything else is no address."""

    regex = codes.SHAPE.pattern

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CodeConverter, "region_code")

app_name = "regions"
urlpatterns = [
    path("daerah/", regions.region_list, name="region_list"),
    path("daerah/<region_code:code>/", regions.region_detail, name="region_detail"),
    path("daerah/<region_code:code>/perangkat/tambah/", agencies.agency_create, name="agency_create"),
    path("daerah/<region_code:code>/perangkat/baku/", agencies.agency_standard, name="agency_standard"),
    path("daerah/<region_code:code>/perangkat/<int:agency_id>/", agencies.agency_edit, name="agency_edit"),
]
