import gzip
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from regions.models import Region

pytestmark = pytest.mark.django_db

SMALL = "code,name\n64,Kalimantan Timur\n64.71,Kota Balikpapan\n"


def run(file, **options) -> str:
    out = StringIO()
    call_command("load_regions", file=file, stdout=out, **options)
    return out.getvalue()


def test_says_what_it_did(tmp_path):
    file = tmp_path / "daerah.csv"
    file.write_text(SMALL)
    first = run(file)
    assert first.splitlines() == [
        "2 daerah dalam berkas: 1 provinsi, 1 kabupaten/kota.",
        "2 ditambahkan:",
        "  64",
        "  64.71",
    ]
    assert run(file).splitlines()[1:] == ["Tidak ada perubahan."]

    file.write_text(SMALL.replace("64.71,Kota Balikpapan", "64.72,Kota Samarinda"))
    assert run(file).splitlines()[1:] == ["1 ditambahkan:", "  64.72", "1 tidak ada lagi:", "  64.71"]
    file.write_text(SMALL.replace("Timur", "Raya") + "64.72,Kota Samarinda\n")
    assert run(file).splitlines()[1:] == [
        "1 berganti nama:",
        "  64 Kalimantan Timur → Kalimantan Raya",
        "1 ada lagi:",
        "  64.71",
    ]


def test_long_lists_are_cut_unless_asked_for(tmp_path):
    file = tmp_path / "daerah.csv"
    codes = range(11, 71)
    file.write_text("code,name\n" + "".join(f"{code},Provinsi {code}\n" for code in codes))
    assert run(file).splitlines() == ["60 daerah dalam berkas: 60 provinsi.", "60 ditambahkan."]

    file.write_text("code,name\n" + "".join(f"{code},Propinsi {code}\n" for code in codes))
    told = run(file).splitlines()
    assert told[1:3] == ["60 berganti nama:", "  11 Provinsi 11 → Propinsi 11"]
    assert told[-2:] == ["  60 Provinsi 60 → Propinsi 60", "  … dan 10 lagi"]

    file.write_text("code,name\n" + "".join(f"{code},Provinsi {code}\n" for code in codes))
    assert run(file, verbosity=2).splitlines()[-1] == "  70 Propinsi 70 → Provinsi 70"


def test_many_faults_are_counted_and_the_first_named(tmp_path):
    file = tmp_path / "daerah.csv"
    file.write_text("code,name\n" + "x,y\n" * 60)
    with pytest.raises(CommandError) as caught:
        run(file)
    told = str(caught.value).splitlines()
    assert told[0].endswith("60 kesalahan, tidak ada yang dimuat.")
    assert told[1].startswith("baris 2: kode 'x'")
    assert (len(told), told[-1]) == (52, "… dan 10 lagi")


def test_the_shipped_file_is_all_of_indonesia_and_loads_twice_alike(shipped):
    call_command("load_regions", stdout=StringIO())
    assert dict(Region.objects.values_list("code", "name")) == shipped
    assert Counter(Region.objects.values_list("level", flat=True)) == {1: 38, 2: 514, 3: 7285, 4: 83762}
    again = StringIO()
    call_command("load_regions", stdout=again)
    assert again.getvalue().splitlines() == [
        "91.599 daerah dalam berkas: 38 provinsi, 514 kabupaten/kota, 7.285 kecamatan, 83.762 desa/kelurahan.",
        "Tidak ada perubahan.",
    ]


def test_takes_gzip_and_a_byte_order_mark(tmp_path):
    file = tmp_path / "daerah.csv.gz"
    file.write_bytes(gzip.compress(SMALL.encode("utf-8-sig")))
    run(file)
    assert Region.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"code,name\n64,Kaltim\n64.7,x\n", "1 kesalahan, tidak ada yang dimuat.\nbaris 3: kode '64.7'"),
        (b"code,name\n64,\xff\n", "tidak terbaca"),
        (b"\x1f\x8bnot gzip", "tidak terbaca"),
        (b"", "kepala kolom harus 'code,name'"),
        (b'code,name\n64,"Kaltim\n', "bukan CSV yang sah"),
    ],
)
def test_a_bad_file_is_refused_whole(tmp_path, content, said):
    file = tmp_path / "rusak.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError) as caught:
        run(file)
    assert said in str(caught.value)
    assert not Region.objects.exists()


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(CommandError, match="tidak terbaca"):
        run(tmp_path / "tidak-ada.csv")
