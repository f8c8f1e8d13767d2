from django.apps import AppConfig


class TrailConfig(AppConfig):
    name = "trail"
    verbose_name = "Jejak"

    def ready(self) -> None:
        from trail import words
        from trail.guards import ERASE

        words.register({ERASE: "Isi catatan dihapus"}, words.Told.NOBODY)
