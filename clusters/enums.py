from django.db import models


class QuestionKind(models.TextChoices):
    YES_NO = "yes_no", "Ya/tidak"
    CHOICE = "choice", "Pilihan"
    PERCENTAGE = "percentage", "Persentase"
    COUNT = "count", "Jumlah"
    CHECKLIST = "checklist", "Daftar butir"
    TABLE = "table", "Matriks"
    ROLLUP = "rollup", "Persentase wilayah"


class Source(models.TextChoices):
    PUBLISHED = "published", "Terpublikasi"
    ASSUMPTION = "assumption", "Asumsi"


class InstrumentState(models.TextChoices):
    DRAFT = "draft", "Draf"
    CHECKED = "checked", "Diperiksa"
    PUBLISHED = "published", "Terbit"


class EvidenceKind(models.TextChoices):
    """What a document is. The library files by it, and a question may want it."""

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


class WantedYears(models.TextChoices):
    """Which data years of the cycle a question wants its evidence to speak of."""

    EACH = "each", "Setiap tahun data"
    ANY = "any", "Salah satu tahun data"


class Granularity(models.TextChoices):
    """How deep an instrument goes: to the questions, or, where no more is known, to the clusters."""

    QUESTIONS = "questions", "Sampai pertanyaan"
    CLUSTERS = "clusters", "Sampai klaster"


class Level(models.TextChoices):
    """What a line of a mapping speaks of."""

    CLUSTER = "cluster", "Klaster"
    INDICATOR = "indicator", "Indikator"
    QUESTION = "question", "Pertanyaan"


class Relation(models.TextChoices):
    """What became of a part from one instrument to the next."""

    SAME = "same", "Sama"
    RENAMED = "renamed", "Berganti nama"
    SPLIT = "split", "Dipecah"
    MERGED = "merged", "Digabung"
    NEW = "new", "Baru"
    GONE = "gone", "Dihapus"


class Difference(models.TextChoices):
    """What can differ between two versions of an instrument."""

    ADDED = "added", "Baru"
    GONE = "gone", "Dihapus"
    SPLIT = "split", "Dipecah"
    MERGED = "merged", "Digabung"
    RENAMED = "renamed", "Berganti kode"
    MOVED = "moved", "Pindah tempat"
    TEXT = "text", "Bunyi"
    GUIDANCE = "guidance", "Petunjuk"
    KIND = "kind", "Jenis jawaban"
    POINTS = "points", "Nilai pertanyaan"
    LADDER = "ladder", "Pita, pilihan, atau butir"
    OWNERS = "owners", "Penanggung jawab"
    WANTS = "wants", "Bukti yang diminta"
    INAPPLICABLE = "inapplicable", "Boleh tidak berlaku"
    MAXIMA = "maxima", "Nilai klaster dan indikator"
    PREDICATES = "predicates", "Predikat dan prasyarat"
    SOURCE = "source", "Sumber dan catatan"
