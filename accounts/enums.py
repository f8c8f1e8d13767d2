from django.db import models


class Role(models.TextChoices):
    OPERATOR = "operator", "Operator perangkat daerah"
    COORDINATOR = "coordinator", "Koordinator (Dinas P3A)"
    TASK_FORCE = "task_force", "Anggota gugus tugas KLA"
    UNIT_OPERATOR = "unit_operator", "Operator kecamatan/desa/kelurahan"
    VIEWER = "viewer", "Pimpinan daerah"
    PROVINCE_VERIFIER = "province_verifier", "Verifikator provinsi"
    EVALUATOR = "evaluator", "Evaluator kementerian"
    NATIONAL_ADMIN = "national_admin", "Admin nasional"


OF_A_CITY = frozenset({Role.OPERATOR, Role.COORDINATOR, Role.TASK_FORCE, Role.VIEWER})
NATIONAL = frozenset({Role.EVALUATOR, Role.NATIONAL_ADMIN})
NEEDS_TOTP = frozenset({Role.PROVINCE_VERIFIER, Role.EVALUATOR, Role.NATIONAL_ADMIN})
"""Roles that judge or administer: a second factor is mandatory outside the demo."""


class MembershipState(models.TextChoices):
    WAITING = "waiting", "Belum masuk"
    ACTIVE = "active", "Aktif"
    LATER = "later", "Belum mulai"
    ENDED = "ended", "Berakhir"
