"""Results that others have published: bringing them in, finding them, taking one out; a region's history."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.management.commands.load_results import SHIPPED
from evaluations.models import PublishedResult
from evaluations.tests.make import make_cycle, make_evaluation, make_published
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db
LIST, IMPORT = "/riwayat-hasil/", "/riwayat-hasil/impor/"
CSV = "kode,tahun,tahap,nilai,predikat,sumber,catatan\n64.71,2022,final,732,Nindya,https://contoh.go.id/a,=asli\n"


@pytest.fixture
def admin(client: Client) -> Client:
    make_region()
    client.force_login(make_user(Role.NATIONAL_ADMIN))
    return client


def as_file(text: str, encoding: str = "utf-8") -> BytesIO:
    file = BytesIO(text.encode(encoding))
    file.name = "hasil.csv"
    return file


@pytest.mark.parametrize("sent", [{"text": CSV}, {"file": CSV}])
def test_a_file_is_shown_before_it_is_written(admin: Client, sent: dict[str, str]) -> None:
    data = {name: as_file(text) if name == "file" else text for name, text in sent.items()}
    page = admin.post(IMPORT, data | {"action": "check"})
    assert page.status_code == 200
    assert "Impor semuanya" in page.content.decode()
    assert not PublishedResult.objects.exists()
    for _ in range(2):
        answer = admin.post(IMPORT, {"text": page.context["text"], "action": "write"})
        assert (answer.status_code, answer["Location"]) == (302, LIST)
    result = PublishedResult.objects.get()
    assert (result.region_id, result.score, result.predicate, result.note) == ("64.71", Decimal(732), "nindya", "=asli")


@pytest.mark.parametrize("action", ["check", "write"])
def test_a_fault_is_told_with_line_column_and_text_and_nothing_is_written(admin: Client, action: str) -> None:
    text = CSV + "64.71,1999,final,700,,https://contoh.go.id/b,<b>\n"
    page = admin.post(IMPORT, {"text": text, "action": action})
    html = page.content.decode()
    assert page.status_code == 422
    assert "<td>tahun</td><td>1999</td><td>Tahun harus empat angka" in html
    assert "&lt;b&gt;" in html, "what was pasted is still there"
    assert not PublishedResult.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Pilih berkas CSV atau tempel isinya."),
        ({"text": CSV, "file": CSV}, "Pilih salah satu"),
        ({"file": ""}, "Berkas kosong"),
        ({"file": "PK\x03\x04"}, "buku kerja (XLSX)"),
        ({"file": "x" * 2_097_153}, "lebih besar dari 2 MB"),
        ({"text": CSV, "action": "lain"}, "action"),
    ],
)
def test_a_form_that_says_nothing_readable(admin: Client, data: dict[str, str], words: str) -> None:
    sent = {name: as_file(text) if name == "file" else text for name, text in data.items()}
    page = admin.post(IMPORT, sent)
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not PublishedResult.objects.exists()


def test_what_would_change_is_shown(admin: Client) -> None:
    make_published(source_url="https://contoh.go.id/a", score=Decimal(700), predicate="madya")
    html = admin.post(IMPORT, {"text": CSV}).content.decode()
    assert "700,00 · Madya" in html
    assert "732,00 · Nindya" in html


def test_the_list_is_filtered_sorted_and_paged(admin: Client) -> None:
    make_published(year=2023, predicate="utama", score=None)
    make_published(year=2021, predicate="none", score=Decimal("146.15"))
    make_published(region=make_region("35.75", name="Kota Pasuruan"), year=2022, predicate="madya", score=Decimal(650))
    make_published(cluster_code="II", predicate="", score=Decimal(78))

    def found(query: str) -> list[int]:
        return [result.year for result in admin.get(f"{LIST}?{query}").context["rows"]]

    assert found("") == [2023, 2022, 2021]
    assert found("urut=tahun") == [2021, 2022, 2023]
    assert found("urut=-nilai") == [2022, 2021, 2023]
    assert found("urut=nilai") == [2021, 2022, 2023]
    assert found("urut=-predikat") == [2023, 2022, 2021]
    assert found("provinsi=35") == found("q=pasuruan") == found("predikat=madya") == found("tahun=2022") == [2022]
    assert len(found("bagian=semua")) == 4
    assert admin.get(f"{LIST}?bagian=klaster").context["rows"][0].cluster_label == "Klaster II"
    assert "Tidak ada yang cocok" in admin.get(f"{LIST}?q=entah").content.decode()
    for strange in ("tahun=x", "provinsi=99", "urut=entah", "page=x", "bagian=x"):
        assert admin.get(f"{LIST}?{strange}").status_code == 200


def test_the_file_that_is_handed_out_is_taken_back(admin: Client) -> None:
    make_published(cluster_code="II", predicate="", score=Decimal("78.125"), note="=1+1")
    make_published(stage="unstated", predicate="none", score=None, maximum=None)
    data = admin.get(f"{LIST}?unduh=csv&bagian=semua").content
    assert data.startswith(b"\xef\xbb\xbfkode_daerah;")
    assert b";'=1+1" in data
    page = admin.post(IMPORT, {"file": as_file(data.decode())})
    assert (page.status_code, page.context["outcome"].unchanged) == (200, 2)
    assert "Tidak ada yang perlu diimpor" in page.content.decode()


def test_one_is_taken_out_after_a_question(admin: Client) -> None:
    result = make_published()
    address = reverse("evaluations:result_remove", args=[result.pk])
    assert "Keluarkan hasil ini" in admin.get(address).content.decode()
    assert PublishedResult.objects.exists()
    assert admin.post(address)["Location"] == LIST
    assert not PublishedResult.objects.exists()
    assert admin.post(address).status_code == 404


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.UNIT_OPERATOR, Role.EVALUATOR])
def test_others_read(client: Client, role: Role) -> None:
    result = make_published()
    client.force_login(make_user(role))
    html = client.get(LIST).content.decode()
    assert "Kota Balikpapan" in html
    assert "Impor CSV" not in html
    assert "Keluarkan" not in html
    for address in (IMPORT, reverse("evaluations:result_remove", args=[result.pk])):
        assert client.get(address).status_code == client.post(address, {"text": CSV}).status_code == 403
    assert PublishedResult.objects.get() == result


def test_a_list_asks_the_same_number_of_times(
    admin: Client, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    make_published()
    admin.get(LIST)  # the first request of a session asks once more
    with django_assert_max_num_queries(12) as first:
        admin.get(LIST)
    for year in (2019, 2020):
        make_published(year=year)
    with django_assert_num_queries(len(first)):
        admin.get(LIST)


def region_page(client: Client) -> str:
    return client.get(reverse("regions:region_detail", args=["64.71"])).content.decode()


def test_a_region_without_a_history_says_so(admin: Client) -> None:
    assert "Belum ada hasil terpublikasi daerah ini" in region_page(admin)


def test_the_portals_own_results_stand_apart(admin: Client) -> None:
    make_published(year=2021, score=Decimal("653.70"), predicate="madya")
    make_published(year=2022, source_url="https://www.dinas.go.id/a?x=1&y=2")
    make_evaluation(
        cycle=make_cycle(name="Siklus sendiri"), region=make_region(), stage=Stage.AWARDED,
        awarded_points=Decimal("812.345"), awarded_predicate="utama", awarded_at=timezone.now(),
    )  # fmt: skip
    html = region_page(admin)
    own, outside = html.index("Hasil portal ini</h3>"), html.index("Terpublikasi di luar portal</h3>")
    assert own < html.index("812,35", own) < outside
    assert outside < html.index("653,70", outside) < html.index("732,00", outside)
    assert 'href="https://www.dinas.go.id/a?x=1&amp;y=2" rel="noopener noreferrer"' in html
    assert "Nilai akhir dari tahun ke tahun" in html
    assert "Sumber berbeda" not in html


def test_sources_that_contradict_each_other_are_marked(admin: Client) -> None:
    make_published(predicate="nindya", score=None)
    make_published(predicate="madya", score=None)
    make_published(year=2023, predicate="madya", score=None)
    make_published(year=2023, predicate="madya", score=Decimal("640"))
    html = region_page(admin)
    assert html.count("Sumber berbeda</span>") == 1
    assert "Sumber berbeda pendapat tentang 2022." in html
    assert "Nilai akhir dari tahun ke tahun" not in html


def test_an_evaluation_mentions_the_last_published_result(admin: Client) -> None:
    make_published(year=2021, predicate="madya", score=Decimal("653.70"))
    make_published(year=2022, predicate="nindya", score=Decimal("732"))
    make_published(year=2023, stage="self", predicate="", score=Decimal("955"))
    evaluation = make_evaluation(region=make_region())
    html = admin.get(evaluation.get_absolute_url()).content.decode()
    assert "Hasil terpublikasi terakhir di luar portal: 2022" in html
    assert "732,00" in html
    assert "653,70" not in html
    PublishedResult.objects.all().delete()
    assert "Hasil terpublikasi" not in admin.get(evaluation.get_absolute_url()).content.decode()


def test_the_command_loads_what_is_shipped_checks_and_refuses(tmp_path, capsys) -> None:
    for entry in SHIPPED.read_text().splitlines()[1:]:
        code, name, *_ = entry.split(",")
        make_region(code, name=name)
    call_command("load_results", "--check")
    assert not PublishedResult.objects.exists()
    call_command("load_results")
    call_command("load_results")
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("published.csv: 146 hasil akan ditambahkan")
    assert said[2] == "published.csv: 0 hasil ditambahkan, 0 diubah, 146 sudah ada."
    good, bad = tmp_path / "a.csv", tmp_path / "b.csv"
    good.write_text(CSV)
    bad.write_text(CSV.replace("2022", "1999"))
    with pytest.raises(CommandError, match="baris 2, tahun"):
        call_command("load_results", str(good), str(bad))
    with pytest.raises(CommandError, match="tidak terbaca"):
        call_command("load_results", str(tmp_path / "tidak-ada.csv"))
    assert PublishedResult.objects.count() == 146
