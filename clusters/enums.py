from django.db import models


class QuestionKind(models.TextChoices):
    YES_NO = "yes_no", "Ya/tidak"
    CHOICE = "choice", "Pilihan"
    PERCENTAGE = "percentage", "Persentase"
    COUNT = "count", "Jumlah"
    CHECKLIST = "checklist", "Daftar butir"


class Source(models.TextChoices):
    PUBLISHED = "published", "Terpublikasi"
    ASSUMPTION = "assumption", "Asumsi"


class InstrumentState(models.TextChoices):
    DRAFT = "draft", "Draf"
    PUBLISHED = "published", "Terbit"
