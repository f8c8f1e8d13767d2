"""One invented person per role. Their passwords exist only where `load_demo` runs, which production refuses."""

from dataclasses import dataclass

from accounts.enums import Role
from accounts.models import Membership, User
from regions.models import Agency, Region

PASSWORD = "Contoh-KLA-2025"  # nosec - the demo's, shown on its own terminal
DOMAIN = "contoh"


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    full_name: str
    role: str
    region: str = ""
    agency: str = ""

    @property
    def username(self) -> str:
        return f"{self.name}@{DOMAIN}"


BALIKPAPAN, SAMARINDA, BONTANG, MAKASSAR = "64.71", "64.72", "64.74", "73.71"
PEOPLE = (
    Person("operator", "Contoh Rahmawati", Role.OPERATOR, BALIKPAPAN, "disdukcapil"),
    Person("operator.dinkes", "Contoh Budiman", Role.OPERATOR, BALIKPAPAN, "dinkes"),
    Person("koordinator", "Contoh Sulastri", Role.COORDINATOR, BALIKPAPAN),
    Person("gugustugas", "Contoh Hendrawan", Role.TASK_FORCE, BALIKPAPAN),
    Person("gugustugas.dua", "Contoh Wulandari", Role.TASK_FORCE, BALIKPAPAN),
    Person("pimpinan", "Contoh Mahmudah", Role.VIEWER, BALIKPAPAN),
    Person("lurah", "Contoh Syahrani", Role.UNIT_OPERATOR, "64.71.01.1001"),
    Person("provinsi", "Contoh Nurhaliza", Role.PROVINCE_VERIFIER, "64"),
    Person("evaluator", "Contoh Wibisono", Role.EVALUATOR),
    Person("admin", "Contoh Prasetya", Role.NATIONAL_ADMIN),
    Person("admin.kedua", "Contoh Widyastuti", Role.NATIONAL_ADMIN),
    Person("samarinda", "Contoh Andayani", Role.COORDINATOR, SAMARINDA),
    Person("gugustugas.samarinda", "Contoh Fitriansyah", Role.TASK_FORCE, SAMARINDA),
    Person("bontang", "Contoh Kartini", Role.COORDINATOR, BONTANG),
    Person("gugustugas.bontang", "Contoh Salim", Role.TASK_FORCE, BONTANG),
    Person("makassar", "Contoh Daeng Ratna", Role.COORDINATOR, MAKASSAR),
    Person("gugustugas.makassar", "Contoh Daeng Sikki", Role.TASK_FORCE, MAKASSAR),
    Person("provinsi.sulsel", "Contoh Baharuddin", Role.PROVINCE_VERIFIER, "73"),
)


def make_people() -> dict[str, User]:
    """Everybody in PEOPLE by name, made where missing. The agencies must exist."""
    made = {}
    for person in PEOPLE:
        user, fresh = User.objects.get_or_create(username=person.username, defaults={"full_name": person.full_name})
        if fresh:
            user.set_password(PASSWORD)
            user.save()
            Membership.objects.create(
                user=user,
                role=person.role,
                region=Region.objects.get(pk=person.region) if person.region else None,
                agency=Agency.objects.get(region=person.region, kind=person.agency) if person.agency else None,
            )
        made[person.name] = user
    return made


def logins() -> str:
    """One line per role, for the terminal."""
    rows = [
        (
            Role(person.role).label,
            person.username,
            Region.objects.get(pk=person.region).name if person.region else "Nasional",
        )
        for person in PEOPLE
    ]
    lines = [f"  {username:<32} {role:<36} {place}" for role, username, place in rows]
    return "\n".join([f"Kata sandi semua akun contoh: {PASSWORD}", *lines])
