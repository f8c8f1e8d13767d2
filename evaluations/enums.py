from django.db import models


class Stage(models.TextChoices):
    """The stages of one evaluation, in order. Names as in the ministry's cycle."""

    SELF_ASSESSMENT = "self_assessment", "Penilaian mandiri"
    TASK_FORCE_REVIEW = "task_force_review", "Telaah gugus tugas"
    ADMIN_VERIFICATION = "admin_verification", "Verifikasi administrasi"
    MINISTRY_REVIEW = "ministry_review", "Peninjauan kementerian"
    FIELD_VERIFICATION = "field_verification", "Verifikasi lapangan"
    FINAL = "final", "Verifikasi final"
    AWARDED = "awarded", "Ditetapkan"


ORDER: tuple[str, ...] = tuple(Stage.values)
DRAFTING = frozenset({Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW})
"""The region works; what it writes is nobody else's business yet."""
SUBMITTED = tuple(stage for stage in Stage.values if stage not in DRAFTING)
JUDGED = (Stage.ADMIN_VERIFICATION, Stage.MINISTRY_REVIEW, Stage.FIELD_VERIFICATION, Stage.FINAL)
"""Stages in which somebody outside the region scores, in order; the newest verdict counts."""
SCORED = (Stage.SELF_ASSESSMENT, *JUDGED)
"""The five stages that have a total of their own."""


def reached(stage: str, other: str) -> bool:
    """Has an evaluation in `stage` come at least as far as `other`?

    >>> reached(Stage.FINAL, Stage.ADMIN_VERIFICATION), reached(Stage.SELF_ASSESSMENT, Stage.FINAL)
    (True, False)
    """
    return ORDER.index(stage) >= ORDER.index(other)


class AnswerState(models.TextChoices):
    EMPTY = "empty", "Belum diisi"
    ANSWERED = "answered", "Menunggu telaah"
    RETURNED = "returned", "Dikembalikan"
    APPROVED = "approved", "Disetujui"


class Verdict(models.TextChoices):
    ACCEPTED = "accepted", "Klaim diterima"
    ADJUSTED = "adjusted", "Dinilai lain"


class DocumentVerdict(models.TextChoices):
    """What a judge says of one document, apart from the points of its question."""

    ACCEPTED = "accepted", "Diterima"
    DOUBTFUL = "doubtful", "Meragukan"
    REJECTED = "rejected", "Ditolak"


class PublishedStage(models.TextChoices):
    """What a result from outside speaks of, as far as its source says."""

    SELF = "self", "Penilaian mandiri"
    ADMIN = "admin", "Verifikasi administrasi"
    FIELD = "field", "Verifikasi lapangan"
    FINAL = "final", "Hasil akhir"
    UNSTATED = "unstated", "Tahap tidak disebut"


class PublishedPredicate(models.TextChoices):
    """The predicates by the codes of the instruments; the highest was called "KLA" before."""

    NONE = "none", "Tanpa predikat"
    PRATAMA = "pratama", "Pratama"
    MADYA = "madya", "Madya"
    NINDYA = "nindya", "Nindya"
    UTAMA = "utama", "Utama"
    PARIPURNA = "paripurna", "Paripurna"


class ReopenKind(models.TextChoices):
    """Why an answer is open again although its stage is over."""

    ASK = "ask", "Permintaan penilai"
    FIELD = "field", "Masa 2×24 jam"


class Audience(models.TextChoices):
    """Who reads a conversation; nobody else knows that there is one."""

    AGENCY = "agency", "Perangkat daerah dan koordinator"
    TASK_FORCE = "task_force", "Gugus tugas dan koordinator"
    JUDGES = "judges", "Penilai"


class ReceiptKind(models.TextChoices):
    SUBMISSION = "submission", "Pengajuan"
    ADDITIONS = "additions", "Tambahan"


class BatchKind(models.TextChoices):
    """What is done to many regions at once."""

    MOVE = "move", "Langkah tahap"
    EXTEND = "extend", "Perpanjangan"
    RELEASE = "release", "Buka hasil tahap bagi daerah"
    DECIDE = "decide", "Penetapan predikat"
    PREPARE = "prepare", "Menyiapkan siklus berikutnya"
