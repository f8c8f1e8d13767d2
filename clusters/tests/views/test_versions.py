from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.make import make_user
from clusters.correspondence import Line
from clusters.models import Instrument, Mapping, MappingLine
from clusters.services import versions
from clusters.tests.make import make_instrument, make_mapping, make_question
from trail.models import Event

pytestmark = pytest.mark.django_db
NAMED = {"code": "uji-b", "edition": "2024 b", "name": "Uji b", "once": "kunci"}


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("national_admin"))
    return client


@pytest.fixture
def reader() -> Client:
    client = Client()
    client.force_login(make_user("operator"))
    return client


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


# --- making one -----------------------------------------------------------------------------------------------------
def test_a_new_version_is_made_once_however_often_the_form_is_sent(admin: Client) -> None:
    url = reverse("clusters:instrument_new_version", args=[make_instrument(code="uji").code])
    assert 'value="uji-b"' in page(admin, url)
    answers = [admin.post(url, NAMED) for _ in range(2)]
    assert {(a.status_code, a["Location"]) for a in answers} == {(302, "/instrumen/uji-b/")}
    assert Instrument.objects.get(code="uji-b").corrects == Instrument.objects.get(code="uji")
    assert Event.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"code": "Uji B"}, {"code": "uji"}, {"code": ""}, {"edition": ""}, {"name": ""}])
def test_a_refused_version_leaves_nothing_behind(admin: Client, wrong: dict[str, str]) -> None:
    url = reverse("clusters:instrument_new_version", args=[make_instrument(code="uji").code])
    response = admin.post(url, NAMED | wrong)
    assert response.status_code == 422
    assert (NAMED | wrong)["name"] in response.content.decode()
    assert Instrument.objects.count() == 1


def test_a_draft_has_no_new_version(admin: Client) -> None:
    url = reverse("clusters:instrument_new_version", args=[make_instrument(state="draft").code])
    assert "draf diubah langsung" in page(admin, url, 403)


# --- what differs ---------------------------------------------------------------------------------------------------
def changed() -> tuple[Instrument, Instrument]:
    source = make_instrument(code="uji")
    target = versions.new_version(source, code="uji-b", edition="b", name=source.name, by=make_user("national_admin"))
    target.questions.filter(code="2.1").update(text="Berapa persen anak <b>berakta</b>?", owners=["dinkes"])
    target.questions.filter(code="3.2").update(max_points=150)
    Instrument.objects.filter(pk=target.pk).update(state="published", digest="b" * 64)
    return source, target


def test_a_difference_shows_old_and_new_with_the_words_marked(reader: Client) -> None:
    changed()
    shown = page(reader, "/instrumen/uji/beda/uji-b/")
    assert "<del>" in shown and "<ins>" in shown
    assert "&lt;b&gt;berakta&lt;/b&gt;?" in shown and "<b>berakta" not in shown
    assert "Dinas Kesehatan" in shown and "Pertanyaan 1.1" not in shown
    assert "Ringkasan: 2 bagian berubah" in shown


def test_a_difference_is_filtered_by_sort_and_cluster(reader: Client) -> None:
    changed()
    shown = page(reader, "/instrumen/uji/beda/uji-b/?jenis=points")
    assert "Pertanyaan 3.2" in shown and "Pertanyaan 2.1" not in shown
    assert "Tidak ada perubahan yang cocok" in page(reader, "/instrumen/uji/beda/uji-b/?klaster=KEL")
    assert "Pertanyaan 2.1" in page(reader, "/instrumen/uji/beda/uji-b/?jenis=asal")


def test_two_equal_versions_say_so(reader: Client) -> None:
    code = make_instrument().code
    assert "Tidak ada perbedaan" in page(reader, f"/instrumen/{code}/beda/{code}/")


def test_a_draft_is_compared_by_admins_alone(reader: Client, admin: Client) -> None:
    source, draft = make_instrument(), make_instrument(state="draft")
    url = reverse("clusters:instrument_diff", args=[source.code, draft.code])
    assert reader.get(url).status_code == 404
    assert admin.get(url).status_code == 200


def test_the_queries_of_a_difference_do_not_grow_with_it(reader: Client) -> None:
    counts = []
    for extra in (0, 1, 3):
        source, target = make_instrument(), make_instrument()
        make_mapping(source=source, target=target)
        for number in range(extra):
            make_question(target.clusters.all()[0].indicators.all()[0], code=f"1.{5 + number}")
        with CaptureQueriesContext(connection) as queries:
            page(reader, reverse("clusters:instrument_diff", args=[source.code, target.code]))
        counts.append(len(queries))
    assert counts[1] == counts[2]  # the first page also reads what is then kept


# --- the mapping ----------------------------------------------------------------------------------------------------
LINE = {"level": "question", "relation": "renamed", "source": "1.1", "target": "1.2", "note": "", "baris": ""}


def drafted(*lines: Line) -> tuple[Mapping, str]:
    mapping = make_mapping(target=make_instrument(state="draft"), lines=lines)
    return mapping, reverse("clusters:mapping_detail", args=[mapping.source.code, mapping.target.code])


def send(client: Client, url: str, **data: Any) -> Any:
    return client.post(url, LINE | {"version": 1, "once": "kunci"} | data)


def test_an_admin_adds_changes_and_removes_a_line(admin: Client) -> None:
    mapping, url = drafted()
    assert [send(admin, url).status_code for _ in range(2)] == [302, 302]
    line = MappingLine.objects.get()
    assert "1.1 → 1.2" in page(admin, f"{url}?baris={line.pk}")
    assert admin.get(f"{url}?baris={'9' * 5000}").status_code == 200
    answer = send(admin, url, baris=line.pk, relation="gone", target="", note="dihapus", version=2, once="b")
    assert (answer.status_code, MappingLine.objects.get().note) == (302, "dihapus")
    assert send(admin, url, baris=line.pk, version=3, once="c", remove="1").status_code == 302
    assert not MappingLine.objects.exists()
    assert Event.objects.filter(subject=f"instrument:{mapping.target.code}").count() == 3


@pytest.mark.parametrize(
    "wrong", [{"source": "9.9"}, {"target": ""}, {"relation": "new"}, {"level": "lain"}, {"version": ""}]
)
def test_a_line_that_cannot_be_is_refused_with_what_was_typed(admin: Client, wrong: dict[str, str]) -> None:
    _, url = drafted()
    response = send(admin, url, note="catatan saya", **wrong)
    assert (response.status_code, MappingLine.objects.count(), Event.objects.count()) == (422, 0, 0)
    assert "catatan saya" in response.content.decode()


def test_a_line_twice_is_refused(admin: Client) -> None:
    _, url = drafted(Line("question", "renamed", "1.1", "1.2"))
    response = send(admin, url)
    assert response.status_code == 422 and "sudah ada" in response.content.decode()


def test_the_slower_of_two_admins_sees_both_texts(admin: Client) -> None:
    _, url = drafted(Line("question", "gone", "1.1", "", "yang pertama"))
    line = MappingLine.objects.get()
    send(admin, url, baris=line.pk, note="dari orang lain", relation="gone", target="")
    response = send(admin, url, baris=line.pk, note="dari saya", once="b")
    shown = response.content.decode()
    assert response.status_code == 409
    assert "dari orang lain" in shown and "dari saya" in shown and 'name="version" value="2"' in shown
    assert MappingLine.objects.get().note == "dari orang lain"
    assert send(admin, url, baris=line.pk, note="dari saya", version=2, once="c").status_code == 302


def test_a_line_of_another_mapping_is_not_reached(admin: Client) -> None:
    other = make_mapping(target=make_instrument(state="draft"), lines=(Line("question", "gone", "1.1", ""),))
    _, url = drafted()
    assert send(admin, url, baris=other.lines.get().pk).status_code == 404


def test_a_published_mapping_is_read_by_everybody_and_changed_by_nobody(admin: Client, reader: Client) -> None:
    mapping = make_mapping(lines=(Line("question", "gone", "1.1", "", "tidak ditanya lagi"),))
    url = reverse("clusters:mapping_detail", args=[mapping.source.code, mapping.target.code])
    for client in (admin, reader):
        shown = page(client, url)
        assert "tidak ditanya lagi" in shown and "Tambah baris" not in shown and "belum dipetakan" in shown
        assert send(client, url).status_code == 403
    assert 'name="relation"' not in page(reader, f"{url}?baris=baru")


def test_lines_are_filtered_by_level_and_relation(reader: Client) -> None:
    mapping = make_mapping(lines=(Line("question", "gone", "1.1", "", "tidak ditanya lagi"),))
    url = reverse("clusters:mapping_detail", args=[mapping.source.code, mapping.target.code])
    assert "1 baris" in page(reader, f"{url}?hubungan=gone")
    assert "2 baris" in page(reader, f"{url}?tingkat=cluster")
    assert "Tidak ada baris yang cocok" in page(reader, f"{url}?tingkat=cluster&hubungan=gone")


def test_without_a_mapping_there_is_no_page(admin: Client) -> None:
    url = reverse("clusters:mapping_detail", args=[make_instrument().code, make_instrument().code])
    assert admin.get(url).status_code == 404


def test_the_queries_of_a_mapping_do_not_grow_with_its_lines(reader: Client) -> None:
    counts = []
    for lines in ([], [("1.1", "1.2")], [("1.1", "1.2"), ("1.2", "2.1"), ("2.1", "1.1")]):
        mapping = make_mapping(lines=tuple(Line("question", "renamed", *pair) for pair in lines))
        with CaptureQueriesContext(connection) as queries:
            page(reader, reverse("clusters:mapping_detail", args=[mapping.source.code, mapping.target.code]))
        counts.append(len(queries))
    assert counts[1] == counts[2]  # the first page also reads what is then kept
