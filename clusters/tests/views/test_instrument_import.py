"""A file becomes a draft or it does not: nothing in between, whatever is sent."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.tests.make import make_user
from clusters import queries, workbook
from clusters.content import InstrumentData
from clusters.loading import read
from clusters.models import Instrument, Question
from clusters.services import editing, loading
from clusters.tests.test_loading import SMALL
from clusters.writing import yaml_text
from kla_portal.lib import sheets
from trail.models import Event

pytestmark = pytest.mark.django_db
SHIPPED = Path(__file__).resolve().parents[2] / "instruments" / "kla-2024.yaml"
HERE = "/instrumen/impor/"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(role="national_admin"))
    return client


def small(**changes: Any) -> InstrumentData:
    return replace(read(SMALL.encode()), **changes)


def send(client: Client, content: bytes, name: str = "a.yaml", **more: Any) -> Any:
    return client.post(HERE, {"file": SimpleUploadedFile(name, content), **more})


def hidden(page: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


@pytest.mark.parametrize("ending", ["yaml", "YML", "xlsx"])
def test_a_file_becomes_a_draft_with_its_event(admin: Client, ending: str) -> None:
    data = small()
    content = workbook.write(data) if ending == "xlsx" else yaml_text(data).encode()
    answer = send(admin, content, f"instrumen.{ending}")
    assert (answer.status_code, answer.url) == (302, "/instrumen/uji-1/")
    instrument = Instrument.objects.get()
    assert (instrument.state, queries.content(instrument)) == ("draft", data)
    event = Event.objects.get()
    assert (event.action, str(event.actor_id)) == ("instrument_added", admin.session["_auth_user_id"])
    assert "Draf dimuat dari berkas" in admin.get(answer.url).content.decode()


def test_faults_come_in_a_table_with_sheet_row_column_and_cure(admin: Client) -> None:
    book: dict[str, Any] = workbook.lay_out(small())
    book["Klaster"][1][2], book["Pertanyaan"][1][6] = 601, "Dinas Sihir"
    answer = send(admin, sheets.write(book), "a.xlsx")
    assert answer.status_code == 422
    text = answer.content.decode()
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r'<tr><th scope="row">.*?</tr>', text)]
    assert rows[1] == [
        "Tertulis 601, tetapi indikator di dalamnya berjumlah 600",
        "Jadikan 600, atau perbaiki nilai indikator di dalamnya.", "Klaster", "2", "Nilai",
    ]  # fmt: skip
    assert rows[2][2:] == ["Pertanyaan", "2", "Penanggung jawab"] and "Dinas Sihir" in rows[2][0]
    assert "Tidak ada yang dimuat: 3 kesalahan" in text
    assert not Instrument.objects.exists() and not Event.objects.exists()


def test_faults_of_a_yaml_file_name_the_line_and_the_part(admin: Client) -> None:
    text = send(admin, SMALL.replace("[dinkes]", "[x]").encode()).content.decode()
    line = SMALL[: SMALL.index("[dinkes]")].count("\n") + 1
    assert re.search(
        rf">{line}</td><td[^>]*>{re.escape('clusters[1].indicators[0].questions[0].owners[0]')}</td>", text
    )


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.pdf", b"%PDF-", "yang diterima: YAML"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "yang diterima: YAML"),
        ("a.xlsx", b"bukan", "tidak sesuai dengan akhiran namanya"),
        ("a.xlsx", b"", "kosong"),
        ("a.yaml", b"", "kosong"),
        ("a.yaml", b"\xff\xfe", "bukan teks UTF-8"),
    ],
)
def test_what_is_no_instrument_is_refused_in_words(admin: Client, name: str, content: bytes, told: str) -> None:
    answer = send(admin, content, name)
    assert answer.status_code == 422 and told in answer.content.decode()
    assert not Instrument.objects.exists()


def test_a_form_without_a_file_says_so(admin: Client) -> None:
    answer = admin.post(HERE, {})
    assert answer.status_code == 422 and "Pilih berkas instrumen" in answer.content.decode()


def test_a_published_code_is_refused_with_advice(admin: Client) -> None:
    loading.load(small())
    answer = send(admin, yaml_text(small(name="Lain")).encode())
    assert answer.status_code == 422
    assert "kode uji-1 sudah terbit" in answer.content.decode().lower() and "uji-1-2" in answer.content.decode()
    assert Instrument.objects.get().name == small().name


def test_what_it_corrects_must_be_there(admin: Client) -> None:
    answer = send(admin, yaml_text(small(corrects="kla-1990")).encode())
    assert answer.status_code == 422 and "kla-1990, tidak ada di portal" in answer.content.decode()
    assert not Instrument.objects.exists()
    loading.load(small(code="kla-1990"))
    assert send(admin, yaml_text(small(corrects="kla-1990")).encode()).status_code == 302
    assert Instrument.objects.get(code="uji-1").corrects == Instrument.objects.get(code="kla-1990")


def test_a_draft_is_replaced_after_a_yes(admin: Client) -> None:
    loading.load(small(), publish=False)
    before = set(Question.objects.values_list("pk", flat=True))
    other = small(name="Draf kedua")
    asked = send(admin, workbook.write(other), "a.xlsx")
    page = asked.content.decode()
    assert asked.status_code == 200 and "Ganti draf uji-1?" in page and "Draf kedua" in page
    assert Instrument.objects.get().name == small().name
    said = {name: hidden(page, name) for name in ("content", "replacing", "once")}
    assert admin.post(HERE, said).url == "/instrumen/uji-1/"
    assert queries.content(Instrument.objects.get()) == other
    assert not before & set(Question.objects.values_list("pk", flat=True))
    assert admin.post(HERE, said).url == "/instrumen/uji-1/"  # sent twice: once
    assert Event.objects.filter(action="instrument_replaced").count() == 1


def test_a_draft_that_moved_on_meanwhile_is_shown_and_asked_again(admin: Client) -> None:
    loading.load(small(), publish=False)
    page = send(admin, yaml_text(small(name="Dari berkas")).encode()).content.decode()
    said = {name: hidden(page, name) for name in ("content", "replacing", "once")}
    draft = Instrument.objects.get()
    editing.save_head(draft, editing.head_seen(draft), by=None, name="Dari orang lain")
    answer = admin.post(HERE, said)
    text = answer.content.decode()
    assert answer.status_code == 409 and "diubah orang lain" in text
    assert "Dari orang lain" in text and "Dari berkas" in text
    assert Instrument.objects.get().name == "Dari orang lain"
    assert admin.post(HERE, {name: hidden(text, name) for name in ("content", "replacing", "once")}).status_code == 302
    assert Instrument.objects.get().name == "Dari berkas"


def test_the_same_content_again_changes_nothing(admin: Client) -> None:
    send(admin, yaml_text(small()).encode())
    answer = send(admin, workbook.write(small()), "a.xlsx")
    assert answer.status_code == 302 and Event.objects.count() == 1
    assert "sama dengan draf yang tersimpan" in admin.get(answer.url).content.decode()


def test_a_checked_draft_that_is_replaced_must_be_checked_again(admin: Client) -> None:
    loading.load(small(), publish=False)
    Instrument.objects.update(state="checked", checked_by=make_user(role="national_admin"))
    page = send(admin, yaml_text(small(name="Lain")).encode()).content.decode()
    assert "harus diperiksa lagi" in page
    admin.post(HERE, {name: hidden(page, name) for name in ("content", "replacing", "once")})
    instrument = Instrument.objects.get()
    assert (instrument.state, instrument.checked_by) == ("draft", None)


def test_content_that_the_portal_did_not_sign_is_refused(admin: Client) -> None:
    answer = admin.post(HERE, {"content": SMALL, "replacing": "1"})
    assert answer.status_code == 422 and "kedaluwarsa" in answer.content.decode()
    assert not Instrument.objects.exists()


def test_only_national_admins_import(client: Client) -> None:
    client.force_login(make_user(role="coordinator"))
    assert client.get(HERE).status_code == 403
    assert send(client, SMALL.encode()).status_code == 403
    assert not Instrument.objects.exists()


def test_the_page_asks_few_queries(admin: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(6):
        admin.get(reverse("clusters:instrument_import"))


# --- whatever is sent -------------------------------------------------------------------------------------------------
def nothing_or_all(admin: Client, content: bytes, name: str) -> None:
    """No 500; and either a whole instrument, as the file has it, or none."""
    Instrument.objects.all().delete()
    answer = send(admin, content, name)
    assert answer.status_code in (302, 422), answer.status_code
    stored = Instrument.objects.first()
    assert (stored is not None) == (answer.status_code == 302)
    if stored is not None:
        assert sum(question.max_points for question in stored.questions.all()) == 1000
        assert queries.content(stored).digest == stored.digest


def mutated(draw: Any, content: bytes) -> bytes:
    """Bytes changed, cut out, doubled or put in, at places that the fuzzer chooses."""
    body = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(body) - 1)))
        how = draw(st.integers(0, 3))
        if how == 0 and body:
            body[at] = draw(st.integers(0, 255))
        elif how == 1:
            del body[at : at + draw(st.integers(1, 40))]
        elif how == 2:
            body[at:at] = body[at : at + draw(st.integers(1, 40))]
        else:
            body[at:at] = draw(st.binary(max_size=8))
    return bytes(body)


FUZZ: Callable[[Any], Any] = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
SHEET = workbook.write(read(SMALL.encode()))


@FUZZ
@given(st.data())
def test_no_mutation_of_a_yaml_file_gives_a_500_or_half_an_instrument(admin: Client, data: Any) -> None:
    nothing_or_all(admin, mutated(data.draw, SMALL.encode()), "a.yaml")


@FUZZ
@given(st.data())
def test_no_mutation_of_a_workbook_gives_a_500_or_half_an_instrument(admin: Client, data: Any) -> None:
    nothing_or_all(admin, mutated(data.draw, SHEET), "a.xlsx")


@FUZZ
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b'code: "a\\0b"')
@example(b"\x00")
def test_no_bytes_give_a_500(admin: Client, content: bytes) -> None:
    nothing_or_all(admin, content, "a.yaml")


@pytest.mark.parametrize("text", ["Ta\x00nya?", "Ta\x07nya?", "\ufffeTanya?", "Tanya\u2028?"])
def test_signs_that_a_database_would_not_keep_are_named_or_kept(admin: Client, text: str) -> None:
    escaped = text.encode("unicode_escape").decode()
    for old in ("text: Adakah Perda?", "label: Belum", "name: Madya"):
        key = old.partition(":")[0]
        nothing_or_all(admin, SMALL.replace(old, f'{key}: "{escaped}"').encode(), "a.yaml")
        assert Instrument.objects.exists() == (text[-2] == "\u2028")


def test_a_file_that_fails_in_the_middle_of_writing_leaves_nothing(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading.load(small(), publish=False)
    page = send(admin, yaml_text(small(name="Kedua")).encode()).content.decode()
    monkeypatch.setattr(Question.objects, "bulk_create", lambda rows: [][1])
    with pytest.raises(IndexError):
        admin.post(HERE, {name: hidden(page, name) for name in ("content", "replacing", "once")})
    assert queries.content(Instrument.objects.get()) == small()
    assert workbook.read(io.BytesIO(SHEET)) == small()
