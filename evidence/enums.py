from django.db import models


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


class EvidenceKind(models.TextChoices):
    DECREE = "sk", "SK"
    REGULATION = "perda", "Perda"
    HEAD_REGULATION = "perkada", "Perbup/Perwali"
    PLAN = "rad", "Rencana aksi daerah"
    PROFILE = "profil", "Profil anak"
    AGREEMENT = "mou", "MoU/kerja sama"
    CERTIFICATE = "sertifikat", "Sertifikat"
    RECAP = "rekap", "Rekapitulasi/matriks"
    REPORT = "laporan", "Laporan/notula"
    PHOTO = "foto", "Foto"
    LINK = "tautan", "Tautan"
    OTHER = "lainnya", "Dokumen lain"
