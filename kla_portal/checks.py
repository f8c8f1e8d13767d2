"""Production refuses to start when it is unsafe, and names every reason at once.

Two doors lead here: Django's system checks (`manage.py check`, runserver, migrate) and `refuse_unsafe()`, which the
web process and the worker call when they start. In the demo and in tests nothing is refused.
"""

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)

DEMO_SUFFIX = "@contoh"  # every user name of the demo ends so
KEY_LENGTH = 50
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
X_ACCEL = re.compile(r"/([a-z0-9-]+/)+")
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
OTHERS = 0o007  # the permission bits of everybody who is neither owner nor group


def secret_key() -> Iterator[str]:
    """A key that is missing, short, repetitive or known lets anybody forge sessions and links."""
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's own way of saying "empty"
        key = ""
    cure = "Put 50 random characters into KLA_SECRET_KEY, or into a file named by KLA_SECRET_KEY_FILE."
    if not key:
        yield f"KLA_SECRET_KEY is not set. {cure}"
    elif key.startswith(("insecure", "django-insecure")):
        yield f"KLA_SECRET_KEY is a key meant for trials. {cure}"
    elif len(key) < KEY_LENGTH or len(set(key)) < 10:
        yield f"KLA_SECRET_KEY is too short or repeats itself. {cure}"


def debug() -> Iterator[str]:
    """Debug pages show settings, code and data to whoever causes an error."""
    if settings.DEBUG:
        yield "KLA_DEBUG is on. Unset it: its error pages show code and data."


def hosts() -> Iterator[str]:
    """Without a list of its own names the portal would build links from whatever name a request claims."""
    names = settings.ALLOWED_HOSTS
    if not names:
        yield "KLA_ALLOWED_HOSTS is empty. Name the host names of this portal, separated by commas."
    elif any(name == "*" or "*" in name or name == "." for name in names):
        yield f"KLA_ALLOWED_HOSTS contains a wildcard ({', '.join(names)}). Name each host."


def cookies() -> Iterator[str]:
    """Cookies that travel unencrypted, or that scripts can read, are sessions given away."""
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY"):
        if not getattr(settings, name):
            yield f"{name} is off."


def second_factor() -> Iterator[str]:
    """Evaluators and admins sign in with a second factor outside the demo."""
    if not settings.REQUIRE_TOTP:
        yield "REQUIRE_TOTP is off: evaluators and admins could sign in with a password alone."


def private_folders() -> dict[str, Path]:
    """The folders with things that only the portal may read, by what they hold."""
    stores: Any = settings.STORAGES
    stored = {name: stores[name].get("OPTIONS", {}).get("location") for name in ("evidence", "reports")}
    return {
        "the var folder": Path(settings.VAR_DIR),
        "uploaded media": Path(settings.MEDIA_ROOT),
        **{name: Path(place) for name, place in stored.items() if place},  # an object store has no folder here
    }


def folders() -> Iterator[str]:
    """Evidence is served only through a view that checks who asks; no other way may lead to it."""
    public = [Path(settings.STATIC_ROOT), *map(Path, settings.STATICFILES_DIRS)]
    for what, folder in private_folders().items():
        if any(folder == place or folder.is_relative_to(place) for place in public):
            yield f"{folder} ({what}) lies inside a folder of static files, which the web server gives to everybody."
        if folder.exists() and folder.stat().st_mode & OTHERS:
            yield f"{folder} ({what}) is open to every account of this machine. Run: chmod o-rwx {folder}"


def bucket() -> Iterator[str]:
    """Evidence travels to its object store encrypted and under a name that the store knows."""
    store: Any = settings.STORAGES["evidence"]
    if not store["BACKEND"].endswith("Bucket"):
        return
    told = store["OPTIONS"]
    if not BUCKET.fullmatch(told["bucket"]):
        yield f"KLA_EVIDENCE_STORE names the bucket {told['bucket']!r}, which no object store can have."
    if bool(told["access_key"]) != bool(told["secret_key"]):
        missing = "KLA_S3_SECRET_KEY" if told["access_key"] else "KLA_S3_ACCESS_KEY"
        yield f"{missing} is not set. Set both keys, or neither where the machine has a role of its own."
    if not told["endpoint"] and not told["region"]:
        yield "KLA_S3_REGION is not set. Name the region of the bucket, or KLA_S3_ENDPOINT for another store."
    endpoint = urlsplit(told["endpoint"])
    if told["endpoint"] and (endpoint.scheme != "https" or not endpoint.hostname) and not _is_here(endpoint.hostname):
        yield f"KLA_S3_ENDPOINT is {told['endpoint']}. It must begin with https://: evidence would travel unencrypted."


def _is_here(host: str | None) -> bool:
    return host in {"127.0.0.1", "::1", "localhost"}


def ways_out() -> Iterator[str]:
    """Files leave through nginx by a location of its own, and from a host that shares nothing with the portal's."""
    if settings.X_ACCEL and not X_ACCEL.fullmatch(settings.X_ACCEL):
        yield f"KLA_X_ACCEL is {settings.X_ACCEL!r}. It is the internal location in nginx, such as /dilindungi/."
    if not settings.FILES_ORIGIN:
        return
    origin = urlsplit(settings.FILES_ORIGIN)
    if origin.scheme != "https" or not origin.hostname or f"https://{origin.netloc}" != settings.FILES_ORIGIN:
        yield f"KLA_FILES_ORIGIN is {settings.FILES_ORIGIN}. It must be https:// and a host name, nothing more."
    elif settings.ALLOWED_HOSTS.count(origin.hostname) > 1:
        yield f"KLA_FILES_ORIGIN names {origin.hostname}, a host of the portal itself. Files need one of their own."


def broker() -> Iterator[str]:
    """A broker of files serves one machine; a real installation says on purpose that it wants that."""
    if settings.CELERY_BROKER_URL.startswith("filesystem") and not settings.ALLOW_FILESYSTEM_BROKER:
        yield (
            "CELERY_BROKER_URL is not set, so tasks would pass through files. Name a Redis server, or set "
            "KLA_ALLOW_FILESYSTEM_BROKER=1 if the portal runs on this one machine."
        )


def mail() -> Iterator[str]:
    """Mail leaves encrypted, from an address that exists, with links that lead here. Without a server none leaves."""
    if not settings.SMTP_URL:
        return
    server, address, home = urlsplit(settings.SMTP_URL), settings.MAIL_FROM, settings.ADDRESS
    place = urlsplit(home)
    if server.scheme not in {"smtp", "smtp+tls", "smtps"} or not server.hostname:
        yield "KLA_SMTP_URL must begin with smtps://, smtp+tls:// or smtp:// and name a host."
    elif server.scheme == "smtp" and not _is_here(server.hostname):
        yield "KLA_SMTP_URL begins with smtp://, so mail would travel unencrypted. Use smtps:// or smtp+tls://."
    if not MAIL_ADDRESS.fullmatch(address):
        yield f"KLA_MAIL_FROM is {address!r}. Set the address that mail comes from, such as kla@example.go.id."
    if place.scheme != "https" or place.hostname not in settings.ALLOWED_HOSTS:
        yield f"KLA_ADDRESS is {home}. Set https:// and a host name of KLA_ALLOWED_HOSTS, for links in mail."


def demo_people() -> Iterator[str]:
    """The passwords of the demo are printed by its command: no such account may sign in to a real installation.

    A database that cannot be asked is not a reason to refuse: the processes start and `/readyz` says what is wrong.
    """
    from accounts.models import User

    try:
        if User._meta.db_table not in connection.introspection.table_names():
            return
        count = User.objects.filter(username__endswith=DEMO_SUFFIX).count()
    except DatabaseError:
        logger.warning("the database does not answer, so it cannot be searched for accounts of the demo")
        return
    if count:
        yield (
            f"The database holds the demo: {count} accounts end in {DEMO_SUFFIX} and have published passwords. "
            "Start production with a database of its own."
        )


MISTAKES: tuple[Callable[[], Iterator[str]], ...] = (
    secret_key,
    debug,
    hosts,
    cookies,
    second_factor,
    folders,
    bucket,
    ways_out,
    broker,
    mail,
    demo_people,
)


def mistakes() -> list[str]:
    """Every unsafe value of this installation as one sentence with its cure; empty outside production."""
    if settings.MODE != "production":
        return []
    return [sentence for rule in MISTAKES for sentence in rule()]


def refuse_unsafe() -> None:
    """Raise ImproperlyConfigured naming all mistakes at once; do nothing when there is none."""
    if found := mistakes():
        lines = "\n".join(f"  {number}. {sentence}" for number, sentence in enumerate(found, 1))
        raise ImproperlyConfigured(f"The portal does not start: {len(found)} unsafe settings.\n{lines}")


@checks.register(checks.Tags.security)
def unsafe_settings(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """The same mistakes as errors of `manage.py check`."""
    return [checks.Error(sentence, id="kla.E001") for sentence in mistakes()]


@checks.register(checks.Tags.security, deploy=True)
def no_scanner(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """A word of `manage.py check --deploy`: a portal may run without a scanner, but not without knowing it."""
    if settings.CLAMD_SOCKET:
        return []
    words = "No virus scanner is configured: uploads are inspected only."
    return [checks.Info(words, hint="Set KLA_CLAMD_SOCKET; see docs/operations.md.", id="kla.I001")]
