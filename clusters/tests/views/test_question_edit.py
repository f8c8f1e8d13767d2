from typing import Any

import pytest
from django.test import Client

from accounts.tests.make import make_user
from clusters.enums import QuestionKind
from clusters.models import Instrument, Question
from clusters.scoring import parse_rule
from clusters.services import editing
from clusters.tests.make import COMPARE, RULES, TWO_YEARS, make_instrument, make_question
from clusters.tests.views.forms import filled, typed
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Instrument:
    return make_instrument(code="uji", state="draft", digest="")


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("national_admin"))
    return client


def url(question: Question) -> str:
    return f"/instrumen/uji/sunting/p/{question.pk}/"


def body(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize("kind", QuestionKind.values)
def test_every_kind_comes_back_as_it_was(admin: Client, draft: Instrument, kind: str) -> None:
    question = make_question(draft.questions.get(code="1.1").indicator, "1.9", kind)
    before = Question.objects.values().get(pk=question.pk)
    assert "Belum disimpan" not in body(admin.get(url(question)))
    given = typed(admin, url(question))
    assert admin.post(url(question), given).status_code == 302
    once = Question.objects.values().get(pk=question.pk)
    given = typed(admin, url(question))
    assert admin.post(url(question), given).status_code == 302
    assert Question.objects.values().get(pk=question.pk) == once
    assert {name: once[name] for name in ("text", "owners", "wants", "max_points", "kind")} == {
        name: before[name] for name in ("text", "owners", "wants", "max_points", "kind")
    }
    assert parse_rule(kind, once["rule"]) == parse_rule(kind, before["rule"])


def test_two_years_are_kept(admin: Client, draft: Instrument) -> None:
    question = make_question(draft.questions.get(code="1.1").indicator, "1.9", "percentage", rule=TWO_YEARS)
    assert admin.post(url(question), typed(admin, url(question))).status_code == 302
    question.refresh_from_db()
    assert question.rule["compare"] == COMPARE


def test_a_question_is_rewritten_with_a_trace(admin: Client, draft: Instrument) -> None:
    question = draft.questions.get(code="3.2")
    given = typed(admin, url(question)) | {
        "text": "Bunyi baru?", "options-1-fraction": "0,75", "options-1-label": "Naskah", "wants-0-label": "SK",
        "owners-1-kind": "dp3a",
    }  # fmt: skip
    response = admin.post(url(question), given)
    assert response.status_code == 302
    assert response["Location"] == f"/instrumen/uji/sunting/?klaster=I#question-{question.pk}"
    question.refresh_from_db()
    assert question.rule["options"][1] == {"key": "draft", "label": "Naskah", "fraction": "0.75"}
    assert (question.owners, question.wants) == (["dinkes", "dp3a"], [{"key": "sk", "label": "SK"}])
    assert set(Event.objects.get().after) == {"text", "rule", "owners", "wants"}


DEMANDING = [
    {"key": "sra", "label": "SK SRA", "kinds": ["sk", "sertifikat"], "signed": True, "valid": True},
    {"key": "rekap", "label": "Rekap", "kinds": ["rekap"], "years": "each", "optional": True},
]


def test_what_is_demanded_of_evidence_comes_back_as_it_was_and_can_be_changed(admin: Client, draft: Instrument) -> None:
    question = make_question(draft.questions.get(code="1.1").indicator, "1.9", wants=DEMANDING)
    given = typed(admin, url(question))
    assert admin.post(url(question), given).status_code == 302
    question.refresh_from_db()
    assert question.wants == DEMANDING
    changed = typed(admin, url(question)) | {"wants-0-kinds": ["perda", "sk"], "wants-1-years": "any"}
    del changed["wants-0-valid"]
    assert admin.post(url(question), changed).status_code == 302
    question.refresh_from_db()
    assert question.wants == [
        {"key": "sra", "label": "SK SRA", "kinds": ["sk", "perda"], "signed": True},
        {"key": "rekap", "label": "Rekap", "kinds": ["rekap"], "years": "any", "optional": True},
    ]


@pytest.mark.parametrize("wrong", [{"wants-0-kinds": "ijazah"}, {"wants-0-years": "2024"}])
def test_a_demand_that_nobody_knows_is_refused(admin: Client, draft: Instrument, wrong: dict[str, str]) -> None:
    question = make_question(draft.questions.get(code="1.1").indicator, "1.9", wants=DEMANDING)
    response = admin.post(url(question), typed(admin, url(question)) | wrong)
    assert (response.status_code, next(iter(wrong)) in body(response)) == (422, True)
    question.refresh_from_db()
    assert question.wants == DEMANDING


def test_rows_are_added_removed_and_moved_without_storing(admin: Client, draft: Instrument) -> None:
    question = draft.questions.get(code="3.2")
    given = typed(admin, url(question)) | {"options-0-label": "Tidak ada sama sekali"}
    page = body(admin.post(url(question), given | {"add": "options"}))
    assert 'id="options-3-label"' in page
    assert "Tidak ada sama sekali" in page
    assert "field-error" not in page
    page = body(admin.post(url(question), given | {"remove": "options-0"}))
    assert "Tidak ada sama sekali" not in page
    assert filled(page)["options-0-key"] == "draft"
    page = body(admin.post(url(question), given | {"up": "options-2"}))
    assert [filled(page)[f"options-{n}-key"] for n in range(3)] == ["none", "done", "draft"]
    for nonsense in (
        {"add": "semesta"},
        {"remove": "options-99"},
        {"up": "options-x"},
        {"remove": "-"},
        {"up": "options-" + "9" * 5000},
    ):
        assert admin.post(url(question), given | nonsense).status_code == 200
    question.refresh_from_db()
    assert question.version == 1
    assert not Event.objects.exists()


def test_a_button_pressed_by_htmx_redraws_the_rows_alone(admin: Client, draft: Instrument) -> None:
    question = draft.questions.get(code="3.2")
    given = typed(admin, url(question)) | {"add": "options"}
    page = body(admin.post(url(question), given, headers={"HX-Request": "true"}))
    assert page.strip().startswith('<div class="stack" id="rows">')
    assert 'id="options-3-label"' in page


def test_keys_are_made_from_labels(admin: Client, draft: Instrument) -> None:
    question = draft.questions.get(code="1.2")
    given = typed(admin, url(question)) | {
        "items-3-label": "Gizi Balita!", "items-3-points": "2", "items-3-key": "", "items-4-label": "gizi balita",
        "items-4-points": "1,5", "items-4-key": "",
    }  # fmt: skip
    assert admin.post(url(question), given).status_code == 302
    question.refresh_from_db()
    assert [item["key"] for item in question.rule["items"]] == ["akta", "gizi", "paud", "gizi_balita", "gizi_balita_2"]
    assert question.rule["items"][4]["points"] == "1.5"


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("checklist", {"levels-0-label": "Belum ada", "levels-1-fraction": "0,5"}),
        ("percentage", {"bands-5-from": "100", "rule-better": "higher"}),
        ("table", {"columns-0-label": "Nama", "rule-total": "rows"}),
        ("rollup", {"rule-of": "desa"}),
        ("yes_no", {"rule-yes": "1"}),
    ],
)
def test_another_kind_shows_its_own_cells_and_keeps_what_it_can(
    admin: Client, draft: Instrument, kind: str, kept: dict[str, str]
) -> None:
    question = draft.questions.get(code="3.2")
    given = typed(admin, url(question)) | {"kind": kind, "text": "Ditulis sebelum diganti?"}
    response = admin.post(url(question), given)
    page = body(response)
    assert response.status_code == 200
    assert "Ditulis sebelum diganti?" in page
    shown = filled(page)
    assert (shown["kind"], shown["ruled"]) == (kind, kind)
    assert kept.items() <= shown.items()
    question.refresh_from_db()
    assert question.kind == "choice"


def test_a_question_becomes_another_kind(admin: Client, draft: Instrument) -> None:
    question = draft.questions.get(code="2.1")
    given = filled(body(admin.post(url(question), typed(admin, url(question)) | {"kind": "count"})))
    given |= {"rule-unit": "anak", "bands-5-from": "1.500"}
    assert admin.post(url(question), given).status_code == 302
    question.refresh_from_db()
    assert (question.kind, question.rule["unit"]) == ("count", "anak")
    assert question.rule["bands"][5] == {"from": "1500", "fraction": "1"}


@pytest.mark.parametrize(
    ("change", "marked"),
    [
        ({"options-1-fraction": "1,5"}, "options-1-fraction"),
        ({"options-1-fraction": "banyak"}, "options-1-fraction"),
        ({"options-2-label": ""}, "options-2-label"),
        ({"options-2-key": "none"}, "options-2-key"),
        ({"options-2-key": "TIDAK SAH"}, "options-2-key"),
        ({"options-0-fraction": "1", "options-1-fraction": "1"}, "options"),
        ({"owners-0-kind": ""}, "owners"),
        ({"owners-1-kind": "dinkes"}, "owners-1-kind"),
        ({"wants-0-label": "x" * 201}, "wants-0-label"),
        ({"text": ""}, "id_text"),
        ({"code": "spasi di"}, "id_code"),
        ({"code": "1.1"}, "id_code"),
        ({"max_points": "0"}, "id_max_points"),
        ({"indicator": "999999"}, "id_indicator"),
    ],
)
def test_what_is_wrong_is_marked_at_its_place_and_nothing_is_stored(
    admin: Client, draft: Instrument, change: dict[str, str], marked: str
) -> None:
    question = draft.questions.get(code="3.2")
    given = typed(admin, url(question)) | change
    response = admin.post(url(question), given)
    page = body(response)
    assert response.status_code == 422
    summary = page.split("data-error-summary")[1].split("</div>")[0]
    assert f'href="#{marked}"' in summary
    assert f'id="{marked}"' in page
    question.refresh_from_db()
    assert question.version == 1
    assert not Event.objects.exists()


def test_bands_name_the_row_that_breaks_the_order(admin: Client, draft: Instrument) -> None:
    question = draft.questions.get(code="2.1")
    given = typed(admin, url(question)) | {"bands-3-from": "20"}
    page = body(admin.post(url(question), given))
    assert 'id="bands-3-from-fault"' in page
    assert "Pita tidak berurutan naik." in page


def test_the_slower_of_two_sees_both(admin: Client, draft: Instrument) -> None:
    question = draft.questions.get(code="3.2")
    given = typed(admin, url(question)) | {"text": "Bunyi saya?", "options-1-fraction": "0,25"}
    editing.save_part(question, 1, text="Bunyi orang lain?", by=None)
    response = admin.post(url(question), given)
    page = body(response)
    assert response.status_code == 409
    assert page.count("Bunyi orang lain?") == 1
    assert page.count("Bunyi saya?") == 2
    assert "Rancangan = 0,25" in page
    again = filled(page)
    assert again["version"] == "2"
    assert admin.post(url(question), again).status_code == 302
    question.refresh_from_db()
    assert question.text == "Bunyi saya?"


def test_a_question_of_another_instrument_is_not_here(admin: Client, draft: Instrument) -> None:
    assert admin.get(url(make_instrument(state="draft").questions.get(code="1.1"))).status_code == 404


def test_questions_of_published_versions_are_closed(admin: Client) -> None:
    instrument = make_instrument(code="uji")
    assert admin.get(url(instrument.questions.get(code="1.1"))).status_code == 403


def test_a_question_is_added_once(admin: Client, draft: Instrument) -> None:
    indicator = draft.questions.get(code="2.1").indicator
    address = f"/instrumen/uji/sunting/i/{indicator.pk}/baru/"
    given = typed(admin, address)
    assert RULES["yes_no"].items() <= {"yes": given["rule-yes"], "no": given["rule-no"]}.items()
    assert admin.post(address, given).status_code == 422
    given |= {"code": "2.2", "text": "Baru?", "max_points": "2,5", "owners-0-kind": "dinkes"}
    assert admin.post(address, given).status_code == 302
    assert admin.post(address, given).status_code == 302
    made = draft.questions.get(code="2.2")
    assert (made.indicator, made.owners, str(made.max_points)) == (indicator, ["dinkes"], "2.500")
