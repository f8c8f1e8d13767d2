"""C5: every class of response carries the headers that keep it harmless, and cookies stay where they belong."""

import json
import os
import subprocess
import sys
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from evaluations.enums import Stage
from evaluations.tests.make import make_link
from evidence.tests.make import make_revision, make_upload
from reports.models import Report
from reports.tasks import render_report
from tests.access.world import World, make_world

ROOT = Path(__file__).resolve().parent.parent.parent
FETCHES = ("default-src", "script-src", "style-src", "img-src", "connect-src", "object-src", "frame-src", "font-src")
HX = {"HX-Request": "true"}


def policy_of(response: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in response.headers["Content-Security-Policy"].split(";") if part.strip()]
    return {part[0]: part[1:] for part in parts}


def faults_of(response: Any, *, page: bool) -> list[str]:
    """What is wrong with the headers of a response; `page`: it is not a static file, nobody may store it."""
    headers, faults = response.headers, []
    wanted = {
        "X-Content-Type-Options": {"nosniff"},
        "X-Frame-Options": {"DENY"},
        "Cross-Origin-Opener-Policy": {"same-origin"},
        "Cross-Origin-Resource-Policy": {"same-origin"},
        "Referrer-Policy": {"same-origin", "no-referrer"},
    }
    faults += [f"{name}: {headers.get(name)}" for name, good in wanted.items() if headers.get(name) not in good]
    for feature in ("camera=()", "microphone=()", "geolocation=()", "usb=()", "payment=()"):
        if feature not in headers.get("Permissions-Policy", ""):
            faults.append(f"Permissions-Policy without {feature}")
    if "Content-Security-Policy" not in headers:
        return [*faults, "no Content-Security-Policy"]
    policy = policy_of(response)
    if policy.get("default-src") != ["'none'"]:
        faults.append("default-src is open")
    for directive, sources in policy.items():
        if bad := {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "'unsafe-hashes'"} & set(sources):
            faults.append(f"{directive} {bad}")
        if directive in FETCHES and {"data:", "blob:"} & set(sources) and directive != "img-src":
            faults.append(f"{directive} {sources}")
    if "sandbox" not in policy and policy.get("base-uri") != ["'none'"]:
        faults.append("base-uri is open")
    if "sandbox" not in policy and policy.get("form-action") != ["'self'"]:
        faults.append("form-action is open")
    if page and "no-store" not in headers.get("Cache-Control", ""):
        faults.append(f"Cache-Control: {headers.get('Cache-Control')}")
    if page and "HX-Request" not in headers.get("Vary", ""):
        faults.append(f"Vary: {headers.get('Vary')}")
    for name in ("Server", "X-Powered-By", "Access-Control-Allow-Origin"):
        if name in headers:
            faults.append(f"{name} is sent")
    for cookie in response.cookies.values():
        # one that is taken back has nothing to hide
        if (cookie.value and not cookie["httponly"]) or cookie["samesite"] not in ("Lax", "Strict"):
            faults.append(f"cookie {cookie.key} is open")
    return faults


def client_of(world: World, actor: str) -> Client:
    client = Client(raise_request_exception=False)
    if person := world.people[actor]:
        client.force_login(person)
    return client


def printed(report: Report) -> str:
    render_report(str(report.job_id))
    return f"/laporan/{report.pk}/unduh/"


@pytest.mark.django_db
@pytest.mark.urls("kla_portal.tests.urls")
def test_every_class_of_response_keeps_the_contract(settings: Any) -> None:
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    world = make_world()
    case, agency = world.cases[Stage.SELF_ASSESSMENT], world.agency
    coordinator, nobody = client_of(world, "coordinator"), client_of(world, "nobody")
    one = f"/evaluasi/{case.evaluation.pk}/"
    question = f"{one}p/2.1/"
    picture = make_link(answer=case.answer, revision=make_revision(region=case.evaluation.region, agency=agency))
    pdf = printed(case.report)
    coordinator.post(question, {"value": "10", "note": "a", "version": 1})
    stale = {"value": "11", "note": "b", "version": 1}
    stage = {"version": "99"}
    settings.EVIDENCE_MAX_BYTES = 100
    big = {"kind": "other", "file": make_upload(b"x" * 200)}
    for _ in range(6):
        locked = nobody.post("/masuk/", {"username": "siapa", "password": "salah-sekali-2"})
    person: Any = world.people["viewer"]
    signed_in = nobody.post("/masuk/", {"username": person.username, "password": "rahasia-sekali-1"})
    anonymous = client_of(world, "nobody")

    responses: dict[str, tuple[int, Any]] = {
        "page": (200, coordinator.get(one)),
        "page with a form": (200, coordinator.get(question)),
        "page without session": (200, anonymous.get("/masuk/")),
        "piece": (200, coordinator.post(f"{question}poin/", {"value": 5}, headers=HX)),
        "piece of a report": (200, coordinator.get(f"/laporan/{case.report.pk}/", headers=HX)),
        "redirect": (302, coordinator.post(f"{one}laporan/buat/")),
        "redirect to sign-in": (302, anonymous.get(one)),
        "signed in": (302, signed_in),
        "htmx without session": (401, anonymous.get(one, headers=HX)),
        "bad request": (400, coordinator.get("/", headers={"Host": "evil.example"})),
        "forbidden": (403, client_of(world, "viewer").get(question)),
        "forbidden piece": (403, client_of(world, "viewer").get(question, headers=HX)),
        "without token": (403, Client(enforce_csrf_checks=True).post("/masuk/")),
        "not found": (404, client_of(world, "far").get(one)),
        "no address": (404, coordinator.get("/tidak-ada/")),
        "method": (405, coordinator.post(f"{one}laporan/")),
        "conflict": (409, coordinator.post(question, stale)),
        "conflict piece": (409, coordinator.post(question, stale, headers=HX)),
        "stage conflict": (409, coordinator.post(f"{one}langkah/hand_in/", stage)),
        "too large": (413, coordinator.post(f"{question}berkas/", big)),
        "too many fields": (413, coordinator.post(question, {f"f{n}": "x" for n in range(1100)})),
        "invalid": (422, coordinator.post(question, {"value": "seratus", "version": 1})),
        "invalid piece": (422, coordinator.post(question, {"value": "seratus", "version": 1}, headers=HX)),
        "locked out": (429, locked),
        "broken": (500, coordinator.get("/uji/gagal/broken")),
        "no database": (503, coordinator.get("/uji/gagal/no-database")),
        "file": (200, coordinator.get(f"/data-dukung/{picture.pk}/")),
        "file shown": (200, coordinator.get(f"/data-dukung/{picture.pk}/?lihat=1")),
        "part of a file": (206, coordinator.get(f"/data-dukung/{picture.pk}/", headers={"Range": "bytes=0-9"})),
        "no such part": (416, coordinator.get(f"/data-dukung/{picture.pk}/", headers={"Range": "bytes=999999-"})),
        "head of a file": (200, coordinator.head(f"/data-dukung/{picture.pk}/")),
        "page of a file": (200, coordinator.get(f"/data-dukung/{picture.pk}/halaman/1/")),
        "PDF": (200, coordinator.get(pdf)),
        "health": (200, anonymous.get("/healthz")),
        "readiness": (200, anonymous.get("/readyz")),
        "instrument": (200, coordinator.get(f"/instrumen/{case.evaluation.cycle.instrument.code}/")),
        "signed out": (302, coordinator.post("/keluar/")),
    }
    statics = {
        "stylesheet": (200, anonymous.get("/static/css/kla.css")),
        "script": (200, anonymous.get("/static/js/kla.js")),
        "no static file": (404, anonymous.get("/static/tidak-ada.css")),
    }
    wrong = []
    for name, (status, response) in (responses | statics).items():
        if response.status_code != status:
            wrong.append(f"{name}: {response.status_code} instead of {status}")
        wrong += [f"{name}: {fault}" for fault in faults_of(response, page=name in responses)]
    whole = len(responses) + len(statics)
    print(f"{whole - len({line.partition(':')[0] for line in wrong})} of {whole} classes of response keep the contract")
    assert not wrong, "\n".join(wrong)
    assert set(responses["signed in"][1].cookies) >= {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    for name in ("file", "file shown", "page of a file", "PDF"):
        assert "sandbox" in policy_of(responses[name][1]), name


PRODUCTION = """
import json
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from accounts.tests.make import make_user
make_user("coordinator", username="siti")
client = Client(headers={"Host": "kla.example.go.id"})
page = client.get("/masuk/", secure=True)
signed_in = client.post("/masuk/", {"username": "siti", "password": "rahasia-sekali-1"}, secure=True)
plain = client.get("/masuk/", secure=False)
print(json.dumps({
    "status": [page.status_code, signed_in.status_code, plain.status_code],
    "to": plain.headers.get("Location"),
    "hsts": page.headers.get("Strict-Transport-Security"),
    "cookies": [cookie.OutputString() for response in (page, signed_in) for cookie in response.cookies.values()],
    "style_guide": client.get("/gaya/", secure=True).status_code,
}))
"""


def test_cookies_of_a_production_installation(tmp_path: Path) -> None:
    """Its own process, because settings are read once: `__Host-` cookies, TLS only, HSTS."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("KLA_", "DATABASE_", "CELERY_"))}
    env = own | {
        "KLA_MODE": "production", "KLA_VAR_DIR": str(tmp_path), "KLA_SECRET_KEY": "k" * 20 + os.urandom(30).hex(),
        "KLA_ALLOWED_HOSTS": "kla.example.go.id", "DATABASE_URL": f"sqlite:///{tmp_path}/p.sqlite3",
        "DJANGO_SETTINGS_MODULE": "kla_portal.settings", "KLA_LOG_LEVEL": "ERROR",
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    }  # fmt: skip
    script = PRODUCTION.replace(
        "django.setup()",
        "django.setup()\nfrom django.conf import settings\n"
        'settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}',
    )  # no collected static files here
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["status"] == [200, 302, 301]
    assert told["to"] == "https://kla.example.go.id/masuk/"
    assert int(told["hsts"].partition("max-age=")[2].partition(";")[0]) >= 31_536_000
    assert told["style_guide"] in (302, 404)
    names = set()
    for text in told["cookies"]:
        [cookie] = SimpleCookie(text).values()
        names.add(cookie.key)
        assert cookie.key.startswith("__Host-")
        assert cookie["secure"], text
        assert cookie["httponly"], text
        assert cookie["samesite"] == "Lax", text
        assert cookie["path"] == "/", text
        assert not cookie["domain"], text
    assert names == {"__Host-sesi", "__Host-csrf"}
