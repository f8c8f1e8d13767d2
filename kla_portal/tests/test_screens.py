"""What every page is made of: no inline code, icons that exist, components in every state, a light first load."""

import gzip
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from kla_portal.templatetags import icons, parts

STATIC: Path = settings.BASE_DIR / "static"
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
ERRORS = ["403", "404", "405", "409", "413", "500", "503"]
BUDGET = 100 * 1024


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_template_carries_nothing_inline_and_only_known_icons(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<[^>]*\s(style|on[a-z]+)\s*=", text)
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|https?://[^\"'\s]*\.(js|css)", text)
    assert set(re.findall(r'{%\s*icon "([^"]+)"', text)) <= icons.known()
    assert set(re.findall(r'\bicon="([^"]+)"', text)) <= icons.known()


def test_menu_names_only_known_icons() -> None:
    source = (settings.BASE_DIR / "evaluations" / "queries" / "navigation.py").read_text()
    named = re.findall(r'"[^"]+", "[a-z]+:[a-z_]+", "([a-z0-9-]+)"', source)
    assert named
    assert set(named) <= icons.known()


def test_an_icon_is_hidden_from_readers_and_escapes_its_name() -> None:
    assert 'aria-hidden="true"' in icons.icon("check-lg")
    assert icons.icon('"><script>').endswith('#dot"></use></svg>')


def test_sprite_and_logo_are_well_formed() -> None:
    for name in ("icons.svg", "logo.svg"):
        assert ElementTree.parse(STATIC / "img" / name).getroot().tag.endswith("svg")


def test_vendored_files_carry_their_licences() -> None:
    for name in ("vendor/bootstrap/LICENSE", "vendor/htmx/LICENSE", "fonts/OFL.txt", "img/bootstrap-icons.LICENSE.txt"):
        assert len((STATIC / name).read_text()) > 500


@pytest.mark.django_db
def test_first_load_stays_within_the_budget(client: Client) -> None:
    """What a first visit fetches: the sign-in page, styles, scripts, the face (packed already), icons, logo."""
    page = gzip.compress(client.get(reverse("accounts:sign_in")).content)
    packed = [
        "vendor/bootstrap/bootstrap.min.css",
        "css/kla.css",
        "vendor/htmx/htmx.min.js",
        "js/kla.js",
        "img/icons.svg",
        "img/logo.svg",
    ]
    weight = len(page) + sum(len(gzip.compress((STATIC / name).read_bytes())) for name in packed)
    weight += sum(path.stat().st_size for path in (STATIC / "fonts").glob("*.woff2"))
    assert weight <= BUDGET, f"{weight} bytes"


def test_style_page_shows_every_component(client: Client) -> None:
    response = client.get("/gaya/")
    assert response.status_code == 200
    shown = {template.name for template in response.templates}
    wanted = {f"components/{path.name}" for path in (settings.BASE_DIR / "templates" / "components").glob("*.html")}
    # Nobody is signed in, and what needs real documents is shown where it belongs: on the benches and in the letter.
    elsewhere = {"user_menu", "proof_list", "document_pages", "letter"}
    assert wanted - shown <= {f"components/{name}.html" for name in elsewhere}


def test_summary_of_a_refused_form_leads_to_its_fields(client: Client) -> None:
    text = client.get("/gaya/").content.decode()
    ids = re.findall(r'\sid="([^"]+)"', text)
    summary = text.split("data-error-summary", 1)[1].split("</div>", 1)[0]
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert len(targets) == 4
    assert set(targets) <= set(ids)
    assert len(ids) == len(set(ids)), "an id stands twice on the page"


@pytest.mark.parametrize("code", ERRORS)
def test_error_page_says_why_and_what_next_without_a_database(code: str) -> None:
    text = render_to_string(f"{code}.html", {"reason": "Tahap sudah <ditutup>."})
    assert "data-reason>Tahap sudah &lt;ditutup&gt;." in text
    assert "Apa yang dapat Anda lakukan" in text
    assert f"Galat {code}" in text
    assert "data-reason>" in render_to_string(f"{code}.html")


def test_component_forms_carry_the_token_even_when_included_alone(rf: RequestFactory) -> None:
    request = rf.get("/")
    text = render_to_string(
        "components/confirm.html",
        {
            "title": "Serahkan?",
            "text": "",
            "action_url": "/x/",
            "action_label": "Serahkan",
            "cancel_url": "/",
            "once": "k1",
        },
        request,
    )
    assert re.search(r'name="csrfmiddlewaretoken" value="\w{64}"', text)
    assert 'name="once" value="k1"' in text


@pytest.mark.parametrize(
    ("ahead", "words", "state"),
    [
        (timedelta(days=12, hours=4, seconds=30), "12 hari 4 jam lagi", "open"),
        (timedelta(days=4, seconds=30), "4 hari lagi", "open"),
        (timedelta(hours=7, minutes=30, seconds=30), "7 jam 30 menit lagi", "soon"),
        (timedelta(minutes=5, seconds=30), "5 menit lagi", "soon"),
        (timedelta(seconds=30), "kurang dari 1 menit lagi", "soon"),
        (timedelta(seconds=-30), "sudah lewat", "over"),
    ],
)
def test_deadline_in_words(ahead: timedelta, words: str, state: str) -> None:
    until = timezone.now() + ahead
    assert parts.time_left(until) == words
    assert parts.time_state(until) == state
    shown = render_to_string("components/countdown.html", {"until": until, "label": "Ditutup", "region_code": "64.71"})
    assert words in shown
    assert "WITA" in shown


@pytest.mark.parametrize(
    ("name", "context", "words"),
    [
        ("state_badge", {"label": "<b>x</b>", "tone": "loss"}, "&lt;b&gt;x&lt;/b&gt;"),
        ("predicate_chip", {"code": "", "label": "Belum berpredikat"}, "predicate-none"),
        ("progress", {"done": 0, "total": 0, "label": "bukti"}, "0 dari 0"),
        (
            "stage_rail",
            {"steps": [{"label": "A", "state": "current", "opens_at": None, "closes_at": None}]},
            'aria-current="step"',
        ),
        ("score_bar", {"claimed": None, "scored": None, "maximum": 1000, "bands": []}, "Belum berpredikat"),
        ("evidence_card", {"link": {"title": "A", "url": "", "state_label": "Bersih"}}, "Bersih"),
        ("empty", {"title": "Kosong", "text": "Belum ada."}, "Belum ada."),
    ],
)
def test_component_in_its_emptiest_state(name: str, context: dict[str, Any], words: str) -> None:
    assert words in render_to_string(f"components/{name}.html", context)
