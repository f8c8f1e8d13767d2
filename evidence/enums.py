from django.db import models


class FileState(models.TextChoices):
    """How far the checks of a file's bytes have come. Only clean files are served."""

    RECEIVED = "received", "Diterima"
    CLEAN = "clean", "Lolos pemeriksaan"
    REFUSED = "refused", "Ditolak"


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
