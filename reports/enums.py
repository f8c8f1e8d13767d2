from django.db import models


class PackageScope(models.TextChoices):
    """What a package is of."""

    WHOLE = "whole", "Seluruh evaluasi"
    CLUSTER = "cluster", "Klaster"
    AGENCY = "agency", "Perangkat daerah"


class LetterKind(models.TextChoices):
    """What is written to or about agencies, and printed."""

    REQUEST = "request", "Permintaan data dukung"
    LATE = "late", "Daftar perangkat daerah yang terlambat"


class EntryState(models.TextChoices):
    """Is a document of the index in the package, and if not, why."""

    IN = "in", "Ada dalam paket"
    LINK = "link", "Tautan: hanya alamatnya"
    CLOSED = "closed", "Tertutup: data pribadi"
    WAITING = "waiting", "Tidak disertakan: menunggu pemindaian"
    QUARANTINED = "quarantined", "Tidak disertakan: dikarantina"
    GONE = "gone", "Tidak disertakan: sudah dilepas atau dihapus"
    LACKING = "lacking", "Tidak disertakan: tidak utuh di penyimpanan"
