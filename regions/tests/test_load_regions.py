import gzip
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
    file.write_text("code,name\n" + "".join(f"{code},Provinsi {code}\n" for code in range(11, 31)))
    told = run(file)
    assert "  20" in told
    assert "  21" not in told
    assert "--verbosity 2" in told
    Region.objects.all().delete()
    assert "  30" in run(file, verbosity=2)


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
    with pytest.raises(CommandError, match=r"(?s).*") as caught:
        run(file)
    assert said in str(caught.value)
    assert not Region.objects.exists()


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(CommandError, match="tidak terbaca"):
        run(tmp_path / "tidak-ada.csv")
