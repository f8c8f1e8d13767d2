from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "evidence"
    verbose_name = "Data dukung"

    def ready(self) -> None:
        from trail import words
        from trail.words import Told

        stored = {
            "file_stored": "Berkas diterima",
            "file_quarantined": "Berkas dikarantina",
            "file_purged": "Isi berkas dihapus",
            "link_checked": "Tautan diperiksa",
        }
        words.register(stored, Told.NOBODY)
