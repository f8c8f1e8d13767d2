from django.db import models

from clusters.enums import EvidenceKind as EvidenceKind  # an instrument says which kinds it wants


class FileState(models.TextChoices):
    """How far the checks of a file's bytes have come. Only clean files are served to others."""

    RECEIVED = "received", "Diterima"
    INSPECTED = "inspected", "Menunggu pemindaian"
    CLEAN = "clean", "Lolos pemeriksaan"
    QUARANTINED = "quarantined", "Dikarantina"


class LinkState(models.TextChoices):
    """What the worker found at the address of a link."""

    UNCHECKED = "unchecked", "Belum diperiksa"
    ALIVE = "alive", "Dapat dibuka"
    BROKEN = "broken", "Tidak dapat dibuka"
    BLOCKED = "blocked", "Tidak diperiksa"


class AccessKind(models.TextChoices):
    """How bytes of a file left the portal."""

    DOWNLOAD = "download", "Diunduh"
    VIEW = "view", "Dibuka di peramban"
    PREVIEW = "preview", "Dilihat per halaman"
    PACKAGE = "package", "Dalam paket ZIP"
