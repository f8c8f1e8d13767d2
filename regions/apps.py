from django.apps import AppConfig


class RegionsConfig(AppConfig):
    name = "regions"
    verbose_name = "Wilayah"

    def ready(self) -> None:
        from trail import words

        words.register(
            {
                "agency_added": "Perangkat daerah ditambahkan",
                "agency_renamed": "Nama perangkat daerah diubah",
                "regions_loaded": "Daftar wilayah dimuat",
            }
        )
