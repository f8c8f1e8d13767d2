from datetime import date

import pytest
import time_machine

from regions.models import Region
from regions.services import BadRows, load
from regions.tests.make import make_agency, make_region
from trail.models import Event

pytestmark = pytest.mark.django_db

KALTIM = ("64", "Kalimantan Timur")
BALIKPAPAN = ("64.71", "Kota Balikpapan")
SAMARINDA = ("64.72", "Kota Samarinda")


def lines(*rows, header=("code", "name")):
    return [(number, list(cells)) for number, cells in enumerate([header, *rows], 1)]


def faults(*rows, **options) -> list[str]:
    with pytest.raises(BadRows) as caught:
        load(lines(*rows, **options))
    return caught.value.faults


def stored() -> dict[str, tuple[str, int, date | None]]:
    return {region.code: (region.name, region.level, region.gone_since) for region in Region.objects.all()}


def test_first_load_adds_everything_in_any_order():
    report = load(lines(BALIKPAPAN, KALTIM))
    assert (report.added, report.renamed, report.came_back, report.gone) == (["64", "64.71"], [], [], [])
    assert (report.total, report.levels) == (2, {1: 1, 2: 1})
    assert stored() == {"64": ("Kalimantan Timur", 1, None), "64.71": ("Kota Balikpapan", 2, None)}
    event = Event.objects.get()
    assert (event.action, event.subject, event.actor) == ("regions_loaded", "regions", None)
    assert event.after == {"total": 2, "added": 2, "renamed": 0, "came_back": 0, "gone": 0}


def test_second_load_changes_nothing_and_leaves_no_event():
    load(lines(KALTIM, BALIKPAPAN))
    before = stored()
    report = load(lines(KALTIM, BALIKPAPAN))
    assert not report.changed
    assert stored() == before
    assert Event.objects.count() == 1


def test_renamed():
    load(lines(KALTIM, BALIKPAPAN))
    report = load(lines(KALTIM, ("64.71", "Kota Beriman")))
    assert report.renamed == [("64.71", "Kota Balikpapan", "Kota Beriman")]
    assert stored()["64.71"] == ("Kota Beriman", 2, None)
    assert (Event.objects.latest("id").before or {})["renamed"] == {"64.71": "Kota Balikpapan"}


def test_gone_is_marked_with_the_day_and_never_deleted():
    load(lines(KALTIM, BALIKPAPAN, SAMARINDA))
    with time_machine.travel("2026-03-01T20:00Z"):  # already 2 March in Jakarta
        report = load(lines(KALTIM, SAMARINDA))
    assert report.gone == ["64.71"]
    assert stored()["64.71"] == ("Kota Balikpapan", 2, date(2026, 3, 2))
    assert (Event.objects.latest("id").before or {})["gone"] == ["64.71"]
    with time_machine.travel("2027-03-01T20:00Z"):
        assert not load(lines(KALTIM, SAMARINDA)).changed  # the day stays that of the first time
    assert stored()["64.71"][2] == date(2026, 3, 2)


def test_came_back_under_another_name():
    make_region("64.71", name="Kota Lama", gone_since=date(2020, 1, 1))
    report = load(lines(KALTIM, BALIKPAPAN))
    assert (report.came_back, report.renamed) == (["64.71"], [("64.71", "Kota Lama", "Kota Balikpapan")])
    assert stored()["64.71"] == ("Kota Balikpapan", 2, None)


def test_what_belongs_to_a_region_survives():
    agency = make_agency(make_region("64.71"))
    load(lines(KALTIM, SAMARINDA))
    load(lines(KALTIM, ("64.71", "Kota Beriman")))
    agency.refresh_from_db()
    assert agency.region.name == "Kota Beriman"


def test_names_with_quotes_commas_and_backslashes_arrive_unchanged():
    name = 'Lubuk "Pakam" I,II \\N \\. Regapu’u'
    load(lines(KALTIM, ("64.71", name)))
    assert stored()["64.71"][0] == name


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (("64.7", "x"), "baris 3: kode '64.7' bukan kode Kemendagri"),
        (("", "x"), "baris 3: kode '' bukan kode Kemendagri"),
        ((" 65", "x"), "baris 3: kode ' 65' bukan kode Kemendagri"),
        (("64.71", ""), "baris 3: kode 64.71 tidak bernama"),
        (("64.71", " Kota"), "baris 3: nama untuk kode 64.71 memuat spasi di tepi"),
        (("64.71", "Ko\x00ta"), "baris 3: nama untuk kode 64.71 memuat spasi di tepi atau karakter kendali"),
        (("64.71", "K" * 101), "baris 3: nama untuk kode 64.71 lebih dari 100 karakter"),
        (("64.71", "Kota", "x"), "baris 3: harus 2 kolom, ada 3"),
        (("64.71",), "baris 3: harus 2 kolom, ada 1"),
        (("64", "Lagi"), "baris 3: kode 64 sudah ada di baris 2"),
        (("65.71", "x"), "baris 3: kode 65.71 tidak punya induk: 65 tidak ada dalam berkas"),
        (("64.71.01", "x"), "baris 3: kode 64.71.01 tidak punya induk: 64.71 tidak ada dalam berkas"),
    ],
)
def test_each_fault_is_named_with_its_line_and_nothing_is_loaded(row, fault):
    found = faults(KALTIM, row)
    assert len(found) == 1
    assert found[0].startswith(fault)
    assert not Region.objects.exists()
    assert not Event.objects.exists()


def test_all_faults_are_named_at_once_in_order():
    found = faults(KALTIM, ("64.7", "x"), ("65.71", "x"), ("64", "y"), ("64.71", ""), ("64.71.01", "z"))
    assert [fault.split(":")[0] for fault in found] == ["baris 3", "baris 4", "baris 5", "baris 6"]


@pytest.mark.parametrize("header", [("kode", "nama"), ("code",), ("name", "code"), ("64", "Kalimantan Timur")])
def test_wrong_header(header):
    assert faults(KALTIM, header=header) == [f"baris 1: kepala kolom harus 'code,name', bukan '{','.join(header)}'"]


def test_an_empty_list_does_not_make_every_region_go():
    make_region("64.71")
    assert faults() == ["baris 1: berkas tidak memuat satu daerah pun"]
    with pytest.raises(BadRows):
        load([])
    assert not Region.objects.exclude(gone_since=None).exists()
