"""Agencies of a region: added, renamed, or all the standard ones at once."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from kla_portal.lib.decision import Decision, require
from kla_portal.lib.versions import save_version
from regions import codes, permissions
from regions.enums import AgencyKind
from regions.models import Agency, Region
from trail.services import events

# Full name up to the region's own ("… Kota Balikpapan"), and the name people use. `{seat}` is the place without
# "Kota" or "Kabupaten", as vertical offices are named.
STANDARD: dict[AgencyKind, tuple[str, str]] = {
    AgencyKind.DP3A: ("Dinas Pemberdayaan Perempuan dan Perlindungan Anak {region}", "DP3A"),
    AgencyKind.BAPPEDA: ("Badan Perencanaan Pembangunan Daerah {region}", "Bappeda"),
    AgencyKind.LEGAL: ("Bagian Hukum Sekretariat Daerah {region}", "Bagian Hukum"),
    AgencyKind.DISDUKCAPIL: ("Dinas Kependudukan dan Pencatatan Sipil {region}", "Disdukcapil"),
    AgencyKind.DISKOMINFO: ("Dinas Komunikasi dan Informatika {region}", "Diskominfo"),
    AgencyKind.LIBRARY: ("Dinas Perpustakaan dan Arsip {region}", "Dispustakar"),
    AgencyKind.DINSOS: ("Dinas Sosial {region}", "Dinsos"),
    AgencyKind.DISDIK: ("Dinas Pendidikan dan Kebudayaan {region}", "Disdikbud"),
    AgencyKind.KEMENAG: ("Kantor Kementerian Agama {region}", "Kemenag"),
    AgencyKind.DINKES: ("Dinas Kesehatan {region}", "Dinkes"),
    AgencyKind.PUPR: ("Dinas Pekerjaan Umum dan Penataan Ruang {region}", "Dinas PUPR"),
    AgencyKind.DISHUB: ("Dinas Perhubungan {region}", "Dishub"),
    AgencyKind.DLH: ("Dinas Lingkungan Hidup {region}", "DLH"),
    AgencyKind.DISPAR: ("Dinas Pariwisata, Pemuda, dan Olahraga {region}", "Disparpora"),
    AgencyKind.BPBD: ("Badan Penanggulangan Bencana Daerah {region}", "BPBD"),
    AgencyKind.BNN: ("Badan Narkotika Nasional {region}", "BNN"),
    AgencyKind.DISNAKER: ("Dinas Ketenagakerjaan {region}", "Disnaker"),
    AgencyKind.SATPOL_PP: ("Satuan Polisi Pamong Praja {region}", "Satpol PP"),
    AgencyKind.POLRES: ("Kepolisian Resor {seat}", "Polres"),
    AgencyKind.UPTD_PPA: ("UPTD Perlindungan Perempuan dan Anak {region}", "UPTD PPA"),
    AgencyKind.PROSECUTOR: ("Kejaksaan Negeri {seat}", "Kejari"),
    AgencyKind.COURT: ("Pengadilan Negeri {seat}", "PN"),
    AgencyKind.KESBANGPOL: ("Badan Kesatuan Bangsa dan Politik {region}", "Kesbangpol"),
    AgencyKind.BAPENDA: ("Badan Pendapatan Daerah {region}", "Bapenda"),
    AgencyKind.CHILD_FORUM: ("Forum Anak {region}", "Forum Anak"),
    AgencyKind.BUSINESS: ("Asosiasi Perusahaan Sahabat Anak {region}", "APSAI"),
    AgencyKind.DISTRICTS: ("Kecamatan se-{region}", "Kecamatan"),
    AgencyKind.VILLAGES: ("Desa/Kelurahan se-{region}", "Desa/Kelurahan"),
}


class NameTaken(Exception):
    """The region has an agency of this name. The text is for the screen."""

    def __init__(self, region: Region) -> None:
        super().__init__(f"{region.name} sudah mempunyai perangkat daerah dengan nama ini.")


def add_agency(region: Region, *, kind: str, name: str, short_name: str, by: Any) -> Agency:
    """A new agency; `by` None is the portal itself. Raises PermissionDenied or NameTaken, and then writes nothing."""
    try:
        with transaction.atomic():
            _hold(region)
            _require(permissions.can_manage_agencies, by, region)
            return _add(region, kind, name, short_name, by)
    except IntegrityError:
        raise NameTaken(region) from None


def rename_agency(agency: Agency, version: int, *, name: str, short_name: str, by: Any) -> None:
    """Give the agency other names; its kind stays, for questions are allotted by it.

    Raises PermissionDenied, Stale when the row has moved on since `version`, NameTaken when the region has another of
    this name, and then writes nothing. The same names change nothing.
    """
    changes = {"name": name, "short_name": short_name}
    try:
        with transaction.atomic():
            _hold(agency.region)
            _require(permissions.can_manage_agencies, by, agency.region)
            stored = Agency.objects.get(pk=agency.pk)
            before = {field: getattr(stored, field) for field in changes}
            if before == changes:
                return
            save_version(agency, version, **changes)
            events.record(
                "agency_renamed", by=by, subject=subject(agency), region=agency.region_id, before=before, after=changes
            )
    except IntegrityError:
        raise NameTaken(agency.region) from None


def create_standard_agencies(region: Region, by: Any) -> list[Agency]:
    """One agency of every kind but OTHER that the kabupaten/kota does not have yet; returns the new ones.

    A kota has no desa and is named so. Safe to repeat, and for two at once: the region is held. `by` None is the portal
    itself. Raises PermissionDenied, or ValueError for a region of another level.
    """
    if codes.level(region.code) != 2:
        raise ValueError(f"standard agencies belong to a kabupaten or kota, not to {region.code}")
    with transaction.atomic():
        _hold(region)
        _require(permissions.can_create_standard_agencies, by, region)
        have = Agency.objects.filter(region=region)
        kinds, names = set(have.values_list("kind", flat=True)), set(have.values_list("name", flat=True))
        made = []
        for kind, (pattern, short_name) in STANDARD.items():
            name = _standard_name(kind, pattern, region)
            if kind not in kinds and name not in names:
                made.append(_add(region, kind, name, short_name, by))
    return made


def _hold(region: Region) -> None:
    """Keep others from changing the region's agencies until the transaction ends."""
    Region.objects.select_for_update(no_key=True).get(pk=region.pk)


def _require(may: Callable[[Any, Region], Decision], by: Any, region: Region) -> None:
    if by is not None:
        require(may(by, region))


def _add(region: Region, kind: str, name: str, short_name: str, by: Any) -> Agency:
    agency = Agency.objects.create(region=region, kind=kind, name=name, short_name=short_name)
    after = {"kind": str(kind), "name": name, "short_name": short_name}
    events.record("agency_added", by=by, subject=subject(agency), region=region.code, after=after)
    return agency


def subject(agency: Agency) -> str:
    """The agency's key in the trail."""
    return f"agency:{agency.pk}"


def _standard_name(kind: AgencyKind, pattern: str, region: Region) -> str:
    seat = region.name.removeprefix("Kabupaten ").removeprefix("Kota ").removeprefix("Administrasi ")
    name = pattern.format(region=region.name, seat=seat)
    if kind == AgencyKind.VILLAGES and codes.kind(region.code) == "Kota":
        name = name.replace("Desa/Kelurahan", "Kelurahan")
    return name[:120]
