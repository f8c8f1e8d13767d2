"""Production does not start when it is unsafe (G10): every mistake is named, and a good configuration has none."""

import os
import secrets
import subprocess
import sys

import pytest
from django.core import checks as django_checks
from django.core.exceptions import ImproperlyConfigured

from accounts.tests.make import make_user
from kla_portal import checks

pytestmark = pytest.mark.django_db


@pytest.fixture
def production(settings, tmp_path):
    """Settings of a sound installation; each test spoils one thing."""
    var = tmp_path / "var"
    for name in ("evidence", "reports", "media", "static"):
        (var / name).mkdir(parents=True)
        (var / name).chmod(0o750)
    var.chmod(0o750)
    settings.MODE = "production"
    settings.SECRET_KEY = secrets.token_urlsafe(50)
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["kla.example.go.id"]
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.REQUIRE_TOTP = True
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:6379/0"
    settings.VAR_DIR = var
    settings.MEDIA_ROOT = var / "media"
    settings.STATIC_ROOT = var / "static"
    settings.STORAGES = settings.STORAGES | {
        name: settings.STORAGES[name] | {"OPTIONS": {"location": var / name, "base_url": None}}
        for name in ("evidence", "reports")
    }
    return settings


def move(settings, name, folder):
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    settings.STORAGES = settings.STORAGES | {name: settings.STORAGES[name] | {"OPTIONS": {"location": folder}}}


def in_bucket(settings, **told):
    """Evidence in a sound bucket, but for what `told` spoils."""
    sound = {
        "bucket": "kla-bukti", "prefix": "", "endpoint": "https://s3.example.go.id", "region": "",
        "access_key": "kunci", "secret_key": "rahasia",
    }  # fmt: skip
    bucket = {"BACKEND": "evidence.bucket.Bucket", "OPTIONS": sound | told}
    settings.STORAGES = settings.STORAGES | {"evidence": bucket}


def files_at(settings, origin):
    """As settings.py does with KLA_FILES_ORIGIN."""
    settings.FILES_ORIGIN = origin
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, origin.removeprefix("https://")]


def mail_by(
    settings,
    *,
    url="smtps://kla:rahasia@surel.example.go.id",
    sender="kla@example.go.id",
    home="https://kla.example.go.id",
):
    """Mail as it should be, but for what is told."""
    settings.SMTP_URL, settings.MAIL_FROM, settings.ADDRESS = url, sender, home


MISTAKES = {
    "bucket's name": (lambda s: in_bucket(s, bucket="Bukti_KLA"), "no object store can have"),
    "half a key": (lambda s: in_bucket(s, secret_key=""), "KLA_S3_SECRET_KEY is not set"),
    "the other half": (lambda s: in_bucket(s, access_key=""), "KLA_S3_ACCESS_KEY is not set"),
    "no region": (lambda s: in_bucket(s, endpoint=""), "KLA_S3_REGION is not set"),
    "plain line to the bucket": (lambda s: in_bucket(s, endpoint="http://s3.example.go.id"), "KLA_S3_ENDPOINT"),
    "endpoint without a host": (lambda s: in_bucket(s, endpoint="s3.example.go.id"), "KLA_S3_ENDPOINT"),
    "open location": (lambda s: setattr(s, "X_ACCEL", "/"), "KLA_X_ACCEL"),
    "location without an end": (lambda s: setattr(s, "X_ACCEL", "/dilindungi"), "KLA_X_ACCEL"),
    "plain files host": (lambda s: files_at(s, "http://berkas.example.go.id"), "KLA_FILES_ORIGIN"),
    "files host with a path": (lambda s: files_at(s, "https://berkas.example.go.id/x"), "KLA_FILES_ORIGIN"),
    "the portal as files host": (lambda s: files_at(s, "https://kla.example.go.id"), "a host of the portal itself"),
    "mail in the clear": (lambda s: mail_by(s, url="smtp://surel.example.go.id"), "would travel unencrypted"),
    "mail by something else": (lambda s: mail_by(s, url="surel.example.go.id:25"), "KLA_SMTP_URL must begin"),
    "mail from nobody": (lambda s: mail_by(s, sender="Portal KLA"), "KLA_MAIL_FROM"),
    "links to elsewhere": (lambda s: mail_by(s, home="https://lain.example.go.id"), "KLA_ADDRESS"),
    "no key": (lambda s: setattr(s, "SECRET_KEY", ""), "KLA_SECRET_KEY is not set"),
    "short key": (lambda s: setattr(s, "SECRET_KEY", "pendek"), "too short or repeats"),
    "repetitive key": (lambda s: setattr(s, "SECRET_KEY", "abc" * 30), "too short or repeats"),
    "trial key": (lambda s: setattr(s, "SECRET_KEY", "insecure-" + "x1y2z3" * 20), "meant for trials"),
    "debug": (lambda s: setattr(s, "DEBUG", True), "KLA_DEBUG"),
    "no hosts": (lambda s: setattr(s, "ALLOWED_HOSTS", []), "KLA_ALLOWED_HOSTS is empty"),
    "any host": (lambda s: setattr(s, "ALLOWED_HOSTS", ["kla.example.go.id", "*"]), "wildcard"),
    "plain session cookie": (lambda s: setattr(s, "SESSION_COOKIE_SECURE", False), "SESSION_COOKIE_SECURE"),
    "plain csrf cookie": (lambda s: setattr(s, "CSRF_COOKIE_SECURE", False), "CSRF_COOKIE_SECURE"),
    "session for scripts": (lambda s: setattr(s, "SESSION_COOKIE_HTTPONLY", False), "SESSION_COOKIE_HTTPONLY"),
    "no second factor": (lambda s: setattr(s, "REQUIRE_TOTP", False), "REQUIRE_TOTP"),
    "open var folder": (lambda s: s.VAR_DIR.chmod(0o755), "(the var folder) is open to every account"),
    "open media": (lambda s: s.MEDIA_ROOT.chmod(0o751), "(uploaded media) is open to every account"),
    "open evidence": (lambda s: (s.VAR_DIR / "evidence").chmod(0o754), "(evidence) is open to every account"),
    "open reports": (lambda s: (s.VAR_DIR / "reports").chmod(0o755), "(reports) is open to every account"),
    "evidence among static files": (lambda s: move(s, "evidence", s.STATIC_ROOT / "bukti"), "(evidence) lies inside"),
    "reports in the static root": (lambda s: move(s, "reports", s.STATIC_ROOT), "(reports) lies inside"),
    "media in the static source": (
        lambda s: setattr(s, "MEDIA_ROOT", s.STATICFILES_DIRS[0] / "unggahan"),
        "(uploaded media) lies inside",
    ),
    "broker of files": (lambda s: setattr(s, "CELERY_BROKER_URL", "filesystem://"), "KLA_ALLOW_FILESYSTEM_BROKER"),
    "demo people": (lambda s: make_user(username="koordinator@contoh"), "1 accounts end in @contoh"),
}


def test_a_sound_installation_starts(production):
    assert checks.mistakes() == []
    checks.refuse_unsafe()
    assert checks.unsafe_settings(None) == []


@pytest.mark.parametrize("spoil", MISTAKES)
def test_each_mistake_is_named(production, spoil):
    act, words = MISTAKES[spoil]
    act(production)
    with pytest.raises(ImproperlyConfigured, match="1 unsafe settings") as refusal:
        checks.refuse_unsafe()
    assert words in str(refusal.value)


def test_all_mistakes_are_named_at_once(production):
    production.SECRET_KEY = ""
    production.DEBUG = True
    production.ALLOWED_HOSTS = ["*"]
    production.CELERY_BROKER_URL = "filesystem://"
    production.VAR_DIR.chmod(0o777)
    with pytest.raises(ImproperlyConfigured) as refusal:
        checks.refuse_unsafe()
    numbered = [line for line in str(refusal.value).splitlines() if line.startswith("  ")]
    assert len(numbered) == 5
    assert all(word in str(refusal.value) for word in ("SECRET_KEY", "DEBUG", "wildcard", "BROKER", "chmod o-rwx"))


def test_sound_mail_starts(production):
    for url in ("smtps://kla:rahasia@surel.example.go.id", "smtp+tls://surel.example.go.id:587", "smtp://127.0.0.1"):
        mail_by(production, url=url)
        assert checks.mistakes() == []


def test_a_sound_bucket_and_a_files_host_start(production):
    in_bucket(production)
    files_at(production, "https://berkas.kla.example.go.id")
    production.X_ACCEL = "/dilindungi/"
    assert checks.mistakes() == []
    in_bucket(production, endpoint="", region="ap-southeast-3", access_key="", secret_key="")
    assert checks.mistakes() == []
    in_bucket(production, endpoint="http://127.0.0.1:9000")
    assert checks.mistakes() == []


def test_they_are_errors_of_manage_check_too(production):
    production.DEBUG = True
    found = checks.unsafe_settings(None)
    assert [(message.level, message.id) for message in found] == [(django_checks.ERROR, "kla.E001")]


@pytest.mark.parametrize("mode", ["demo", "test"])
def test_demo_and_tests_start_with_their_own_rules(production, mode):
    production.MODE = mode
    production.DEBUG = True
    production.ALLOWED_HOSTS = ["*"]
    checks.refuse_unsafe()


def test_files_as_broker_on_purpose(production):
    production.CELERY_BROKER_URL = "filesystem://"
    production.ALLOW_FILESYSTEM_BROKER = True
    checks.refuse_unsafe()


# --- the real thing: another process, configured by nothing but its environment ---------------------------------------


def start(var, *command, **variables):
    """Run Python with an environment of these variables alone."""
    env = {"PATH": os.environ["PATH"], "KLA_VAR_DIR": str(var)} | variables
    return subprocess.run([sys.executable, *command], env=env, capture_output=True, text=True, timeout=60)


@pytest.fixture
def sound(tmp_path):
    var = tmp_path / "var"
    var.mkdir()
    var.chmod(0o750)
    key = tmp_path / "key"
    key.write_text(secrets.token_urlsafe(50))
    return var, {
        "KLA_SECRET_KEY_FILE": str(key),
        "KLA_ALLOWED_HOSTS": "kla.example.go.id",
        "KLA_ALLOW_FILESYSTEM_BROKER": "1",
    }


def test_a_sound_environment_passes_djangos_deployment_checks(sound):
    var, variables = sound
    done = start(var, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **variables)
    assert done.returncode == 0, done.stderr
    assert start(var, "-c", "import kla_portal.wsgi", **variables).returncode == 0


def test_an_empty_environment_does_not_start(sound):
    var, _ = sound
    done = start(var, "-c", "import kla_portal.wsgi")
    assert done.returncode == 1
    assert "ImproperlyConfigured: The portal does not start: 3 unsafe settings." in done.stderr
    assert all(name in done.stderr for name in ("KLA_SECRET_KEY", "KLA_ALLOWED_HOSTS", "CELERY_BROKER_URL"))


def test_the_worker_refuses_as_well(sound):
    var, variables = sound
    done = start(var, "-m", "celery", "-A", "kla_portal", "worker", **(variables | {"KLA_DEBUG": "1"}))
    assert done.returncode != 0
    assert "KLA_DEBUG is on" in done.stdout + done.stderr


def test_the_environment_leads_to_the_bucket_without_boto3_at_the_start(sound, tmp_path):
    var, variables = sound
    (tmp_path / "s3").write_text("rahasia\n")
    variables |= {
        "KLA_EVIDENCE_STORE": "s3://kla-bukti/2026/",
        "KLA_S3_ENDPOINT": "https://s3.example.go.id",
        "KLA_S3_ACCESS_KEY": "kunci",
        "KLA_S3_SECRET_KEY_FILE": str(tmp_path / "s3"),
    }
    told = (
        "import sys, kla_portal.wsgi; from evidence.store import bucket; b = bucket();"
        "print(b.bucket, b.prefix, b.secret_key, 'boto3' in sys.modules, 'botocore' in sys.modules)"
    )
    done = start(var, "-c", told, **variables)
    assert (done.stdout, done.returncode) == ("kla-bukti 2026/ rahasia False False\n", 0), done.stderr
    done = start(var, "-c", "import kla_portal.wsgi", **(variables | {"KLA_S3_ACCESS_KEY": ""}))
    assert done.returncode == 1 and "KLA_S3_ACCESS_KEY is not set" in done.stderr
    done = start(var, "-c", "import kla_portal.wsgi", **(variables | {"KLA_EVIDENCE_STORE": "/mnt/bukti"}))
    assert done.returncode == 1 and "s3://bucket/prefix" in done.stderr


def test_an_unknown_mode_does_not_start(sound):
    var, variables = sound
    done = start(var, "manage.py", "check", **(variables | {"KLA_MODE": "prod"}))
    assert done.returncode == 1
    assert "it must be production, demo or test" in done.stderr
