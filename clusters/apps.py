from django.apps import AppConfig


class ClustersConfig(AppConfig):
    name = "clusters"
    verbose_name = "Instrumen"

    def ready(self) -> None:
        from trail import words

        words.register(
            {
                "instrument_added": "Instrumen ditambahkan",
                "instrument_replaced": "Draf instrumen diganti",
                "instrument_version_created": "Versi instrumen dibuat",
                "instrument_checked": "Draf instrumen diperiksa",
                "instrument_published": "Instrumen diterbitkan",
                "instrument_reopened": "Instrumen kembali menjadi draf",
                "mapping_loaded": "Pemetaan versi dimuat",
                "mapping_line_saved": "Baris pemetaan disimpan",
                "mapping_line_removed": "Baris pemetaan dihapus",
                "instrument_edited": "Keterangan instrumen diubah",
                "part_added": "Bagian instrumen ditambahkan",
                "part_edited": "Bagian instrumen diubah",
                "part_moved": "Bagian instrumen dipindahkan",
                "part_removed": "Bagian instrumen dihapus",
                "part_restored": "Bagian instrumen dipulihkan",
            }
        )
