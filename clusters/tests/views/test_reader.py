import gzip
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.tests.make import make_user
from clusters.models import Instrument
from clusters.tests.make import NUMBERS, make_instrument

pytestmark = pytest.mark.django_db
LIST = "/instrumen/"


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user("operator"))
    return client


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("national_admin"))
    return client


@pytest.fixture
def shipped() -> str:
    call_command("load_instrument", stdout=StringIO())
    return reverse("clusters:instrument_detail", args=["kla-2024"])


def body(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


@pytest.mark.parametrize("url", [LIST, "/instrumen/uji/"])
def test_anonymous_visitors_are_sent_to_sign_in(client: Client, url: str) -> None:
    make_instrument(code="uji")
    response = client.get(url)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("accounts:sign_in"))


def test_instrument_list_shows_published_versions_and_drafts_to_admins_alone(reader: Client, admin: Client) -> None:
    make_instrument(name="Instrumen terbit")
    make_instrument(name="Instrumen rahasia", state="draft")
    assert "Instrumen terbit" in body(reader, LIST)
    assert "Instrumen rahasia" not in body(reader, LIST)
    assert "Instrumen rahasia" in body(admin, LIST)


def test_instrument_list_begins_with_the_newest(reader: Client) -> None:
    for edition in ("2022", "2024", "2023"):
        make_instrument(name=f"Instrumen {edition}", edition=edition)
    assert re.findall(r">Instrumen (\d+)<", body(reader, LIST)) == ["2024", "2023", "2022"]


def test_instrument_list_without_any_says_so(reader: Client) -> None:
    assert "Belum ada instrumen" in body(reader, LIST)


def test_a_draft_does_not_exist_for_others(reader: Client, admin: Client) -> None:
    make_instrument(code="draf", state="draft")
    assert reader.get("/instrumen/draf/").status_code == 404
    assert "(draf)" in body(admin, "/instrumen/draf/")


def test_an_unknown_instrument_is_404(reader: Client) -> None:
    assert reader.get("/instrumen/tidak-ada/").status_code == 404


def test_only_reading_is_offered(reader: Client) -> None:
    make_instrument(code="uji")
    assert reader.post("/instrumen/uji/").status_code == 405


def test_instrument_detail_shows_every_question_with_its_ladder_owners_and_evidence(reader: Client) -> None:
    make_instrument(code="uji")
    page = body(reader, "/instrumen/uji/?buka=semua")
    assert re.findall(r'<details class="reader-question" id="p-([\d.]+)"', page) == ["1.1", "1.2", "2.1", "3.1", "3.2"]
    for expected in ("80–100 %", "4–5 orang", "Surat edaran", "Gizi balita", "Disdukcapil", "Bukti sertifikat"):
        assert expected in page
    assert "lebih dari" in page  # the bounds of the predicates


def test_the_shipped_instrument_reads_whole_with_an_anchor_for_every_part(reader: Client, shipped: str) -> None:
    page = body(reader, f"{shipped}?buka=semua")
    anchors = set(re.findall(r' id="([^"]+)"', page))
    assert len(re.findall(r' id="([^"]+)"', page)) == len(anchors)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors
    assert sum(anchor.startswith("p-") for anchor in anchors) == 274
    assert {f"indikator-{number}" for number in NUMBERS} <= anchors
    special = page.split('href="#klaster-V">Perlindungan Khusus</a></th>')[1].split("</tr>")[0]
    assert re.findall(r">(\d+)</td>", special) == ["4", "39", "205"]  # 21A, 21B and 21C are one indicator
    assert "Apa yang masih asumsi" in page
    assert "Perpres 25/2021" in page


def test_questions_come_when_their_indicator_is_opened(reader: Client, shipped: str) -> None:
    page = body(reader, shipped)
    assert 'id="p-' not in page
    assert len(re.findall(r'id="indikator-', page)) == len(NUMBERS)
    link = re.search(r'href="(\?indikator=19[^"]*)" hx-get="(\?indikator=19)"', page)
    assert link is not None
    whole, piece = (
        body(reader, shipped + link[1].partition("#")[0]),
        reader.get(shipped + link[2], headers={"HX-Request": "true"}),
    )
    codes = re.findall(r'id="p-([^"]+)"', whole)
    assert codes == re.findall(r'id="p-([^"]+)"', piece.content.decode())
    assert (len(codes), codes[0], codes[-1]) == (13, "19.1", "19.9")
    assert whole.lstrip().startswith("<!doctype html>")
    assert not piece.content.lstrip().startswith(b"<!doctype")
    assert piece.content.count(b"<summary autofocus>") == 1  # where the keyboard goes on, the link being gone
    assert "autofocus" not in whole


def test_an_indicator_that_is_not_there(reader: Client, shipped: str) -> None:
    assert 'id="p-' not in body(reader, f"{shipped}?indikator=99")
    assert reader.get(f"{shipped}?indikator=99", headers={"HX-Request": "true"}).status_code == 404


def test_every_kind_says_what_is_filled_in_and_what_is_counted(reader: Client, shipped: str) -> None:
    page = body(reader, f"{shipped}?buka=semua")

    def of(code: str) -> str:
        text = re.sub(r"<[^>]+>", " ", page.split(f'id="p-{code}"')[1].partition("</details>")[0])
        return " ".join(text.split())

    for expected in ("Kolom matriks", "Jumlah konselor dan tenaga layanan (wajib) angka", "PUSPAGA / LK3 / BKB",
                     "100 × jumlah “Sudah dilatih KHA” ÷ jumlah “Jumlah konselor dan tenaga layanan”"):  # fmt: skip
        assert expected in of("8.5")
    assert "Jumlah kolom “Keluarga yang dilayani”" in of("8.2")
    assert "Banyaknya baris yang semua kolom wajibnya terisi" in of("10.1")
    assert "100 × desa/kelurahan yang memenuhi ÷ jumlah seluruh desa/kelurahan" in of("26.4")
    assert "Membaik × 1, tetap × 1, memburuk × 0,8. Tanpa angka tahun sebelumnya dihitung memburuk." in of("12.4")
    assert "Boleh dinyatakan tidak berlaku" in of("18.2")
    assert "Boleh dinyatakan tidak berlaku" not in of("18.1")


def test_predicates_tell_their_prerequisites_notes_and_sources(reader: Client, shipped: str) -> None:
    page = body(reader, shipped).split('id="predikat-judul"')[1].split("</section>")[0]
    utama = page.split(">Utama<")[1].split("</li>")[0]
    assert "Perda KLA" in utama
    assert 'href="?indikator=1#p-1.1"' in utama
    assert "menahan predikat" in utama
    assert "Asumsi" in utama
    assert 'href="https://kepri.antaranews.com/' in utama
    nindya = page.split(">Nindya<")[1].split("</li>")[0]
    assert nindya.count("diberitahukan saja") == 2
    assert "menahan predikat" not in nindya
    assert "di antara 600 dan 601" in page.split(">Madya<")[1].split("</li>")[0]


def test_a_prerequisite_of_a_draft_may_name_a_question_that_is_gone(admin: Client) -> None:
    need = {"question": "77.7", "least": "1", "label": "Perda KLA", "enforced": True}
    band = {"code": "pratama", "name": "Pratama", "lower": "500", "inclusive": True, "requires": [need]}
    make_instrument(code="draf", state="draft", predicates=[band])
    assert "(77.7)" in body(admin, "/instrumen/draf/")


def test_an_instrument_known_to_its_clusters_shows_their_maxima_and_why_no_more(reader: Client, shipped: str) -> None:
    page = body(reader, reverse("clusters:instrument_detail", args=["kla-2022"]))
    assert "8 kelompok, seluruhnya 1.000 nilai" in page
    assert "hanya diketahui sampai nilai maksimum kelompoknya" in page
    assert f'href="{shipped}"' in page
    assert f'href="{reverse("regions:region_list")}">riwayat daerah' in page
    assert re.findall(r'<progress[^>]* max="(\d+)" value="(\d+)"', page)[2] == ("1000", "170")
    assert len(re.findall("<progress", page)) == 8
    assert ">KLA<" in page.split('id="predikat-judul"')[1]
    for missing in ('<form class="filter', "Tidak ada pertanyaan yang cocok", 'href="#klaster-'):
        assert missing not in page
    assert "sampai klaster, untuk membandingkan tahun" in body(reader, LIST)


def test_assumptions_are_marked(reader: Client, shipped: str) -> None:
    page = body(reader, f"{shipped}?indikator=19")
    asked = page.split('id="p-19.4"')[1].split("</summary>")[0]
    sure = page.split('id="p-19.5"')[1].split("</summary>")[0]
    assert "Asumsi" in asked
    assert "Asumsi" not in sure


def test_filter_by_owner_and_by_words(reader: Client, shipped: str) -> None:
    questions = Instrument.objects.get(code="kla-2024").questions.all()
    owned = {q.code for q in questions if "disdukcapil" in q.owners}
    page = body(reader, f"{shipped}?instansi=disdukcapil")
    assert set(re.findall(r'id="p-([^"]+)"', page)) == owned
    assert 0 < len(owned) < 274
    page = body(reader, f"{shipped}?q=AKTA+kelahiran&instansi=disdukcapil")
    assert "4.2" in re.findall(r'id="p-([^"]+)"', page)
    assert 'value="AKTA kelahiran"' in page


def test_filter_that_finds_nothing_leads_back(reader: Client, shipped: str) -> None:
    page = body(reader, f"{shipped}?q=xyzzy")
    assert "Tidak ada pertanyaan yang cocok" in page
    assert 'id="p-' not in page


def test_an_impossible_filter_is_refused_beside_its_field(reader: Client, shipped: str) -> None:
    page = body(reader, f"{shipped}?instansi=bukan-dinas&q=akta", 422)
    assert "field-error" in page
    assert 'value="akta"' in page


def test_markup_in_a_search_stays_text(reader: Client, shipped: str) -> None:
    assert "<script>x" not in body(reader, f"{shipped}?q=<script>x")


def test_everything_opens_for_printing(reader: Client, shipped: str) -> None:
    page = body(reader, f"{shipped}?buka=semua")
    assert len(re.findall(r'<details class="reader-question" id="[^"]+" open>', page)) == 274


def test_reading_costs_few_queries_however_many_questions(
    reader: Client, shipped: str, django_assert_max_num_queries: Any
) -> None:
    make_instrument(code="uji")
    for url in (LIST, "/instrumen/uji/", shipped):
        with django_assert_max_num_queries(8):
            body(reader, url)


def test_the_whole_document_is_light_on_the_wire(reader: Client, shipped: str) -> None:
    first = reader.get(shipped, headers={"accept-encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip"
    assert len(first.content) < 16_000
    response = reader.get(f"{shipped}?buka=semua", headers={"accept-encoding": "gzip"})
    assert len(response.content) < 50_000
    assert gzip.decompress(response.content).decode().count('id="p-') == 274
