"""The portal's only settings file. Everything that differs between installations comes from the environment.

`KLA_MODE` is `production` unless it says `demo` or `test`. Production starts only when it is safe:
`kla_portal.checks` names every unsafe value and refuses. docs/operations.md lists the variables.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

MODE = env.str("KLA_MODE", "production")
if MODE not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"KLA_MODE is {MODE!r}; it must be production, demo or test.")
PRODUCTION = MODE == "production"
DEMO = MODE == "demo"

DEBUG = env.bool("KLA_DEBUG", False)
VAR_DIR = Path(env.str("KLA_VAR_DIR", str(BASE_DIR / "var")))


def _secret_key() -> str:
    """From KLA_SECRET_KEY, or from the file that KLA_SECRET_KEY_FILE names. There is no fallback in production:
    the key stays empty, and `kla_portal.checks` names it together with every other mistake."""
    if key := env.str("KLA_SECRET_KEY", ""):
        return key
    if path := env.str("KLA_SECRET_KEY_FILE", ""):
        return Path(path).read_text().strip()
    return "" if PRODUCTION else f"insecure-{MODE}-key-that-production-never-sees"


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("KLA_ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("KLA_CSRF_TRUSTED_ORIGINS", default=[])
# A host of its own for files, which knows no session: "https://berkas.kla.example.go.id". Empty: they come from here.
FILES_ORIGIN = env.str("KLA_FILES_ORIGIN", "").rstrip("/")
if FILES_ORIGIN:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, urlsplit(FILES_ORIGIN).hostname or ""]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "template_partials",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "kla_portal",
    "trail",
    "regions",
    "accounts",
    "clusters",
    "evidence",
    "evaluations",
    "reports",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "kla_portal.middleware.Headers",
    "csp.middleware.CSPMiddleware",
    "kla_portal.middleware.FilesHost",
    "kla_portal.middleware.PlainRefusals",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # after the headers, so that static files carry them too
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessionLimits",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kla_portal.middleware.LoginRequired",
    "accounts.middleware.ActingMembership",
    "accounts.middleware.AccountDuties",
    "kla_portal.middleware.PlainText",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "kla_portal.urls"
WSGI_APPLICATION = "kla_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kla_portal.context.portal",
                "evaluations.context.menu",
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "kla_portal.templatetags.kla",
                "kla_portal.templatetags.icons",
                "kla_portal.templatetags.parts",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- data -----------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}
_database = DATABASES["default"]
_database["ATOMIC_REQUESTS"] = False  # services open their own transactions
if _database["ENGINE"].endswith("sqlite3"):
    # With Django's defaults 886 of 960 concurrent saves answered "database is locked"; with these none did.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
    }
else:
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
    # A large migration may need longer: KLA_STATEMENT_TIMEOUT_MS=0 manage.py migrate
    _patience = env.int("KLA_STATEMENT_TIMEOUT_MS", 15_000)
    _database.setdefault("OPTIONS", {}).update(
        connect_timeout=3,
        options=f"-c statement_timeout={_patience} -c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000",
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _evidence_store() -> dict[str, Any]:
    """Where the archive of evidence lives: a folder, or the bucket that KLA_EVIDENCE_STORE=s3://bucket/prefix names."""
    if not (address := env.str("KLA_EVIDENCE_STORE", "")):
        options: dict[str, Any] = {"location": VAR_DIR / "evidence", "base_url": None}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    parts = urlsplit(address)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"KLA_EVIDENCE_STORE is {address!r}; it must be empty or s3://bucket/prefix.")
    secret = env.str("KLA_S3_SECRET_KEY", "")
    if path := env.str("KLA_S3_SECRET_KEY_FILE", ""):
        secret = Path(path).read_text().strip()
    options = {
        "bucket": parts.netloc,
        "prefix": parts.path.strip("/"),
        "endpoint": env.str("KLA_S3_ENDPOINT", ""),
        "region": env.str("KLA_S3_REGION", ""),
        "access_key": env.str("KLA_S3_ACCESS_KEY", ""),
        "secret_key": secret,
    }
    return {"BACKEND": "evidence.bucket.Bucket", "OPTIONS": options}


MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "evidence": _evidence_store(),
    "reports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "reports", "base_url": None, "allow_overwrite": True},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if MODE == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
FILE_UPLOAD_TEMP_DIR = VAR_DIR / "incoming"  # the same file system as the store, so that a finished upload is a rename
FILE_UPLOAD_HANDLERS = ["evidence.uploads.BoundedUpload"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
EVIDENCE_MAX_BYTES = env.int("KLA_EVIDENCE_MAX_BYTES", 50 * 1024 * 1024)
EVIDENCE_REGION_QUOTA = env.int("KLA_EVIDENCE_REGION_QUOTA", 20 * 1024**3)
EVIDENCE_USER_QUOTA = env.int("KLA_EVIDENCE_USER_QUOTA", 5 * 1024**3)
# The tests bring their own small disks, and run on machines that may have little room.
EVIDENCE_MIN_FREE = env.int("KLA_EVIDENCE_MIN_FREE", 0 if MODE == "test" else 2 * 1024**3)
EVIDENCE_KEEP_DELETED_DAYS = env.int("KLA_EVIDENCE_KEEP_DELETED_DAYS", 7)
PREVIEWS_DIR = VAR_DIR / "previews"  # drawn pages: made again whenever they are not there
X_ACCEL = env.str("KLA_X_ACCEL", "")  # nginx's internal way to the archive's folder; without it the portal sends bytes
LINK_CHECKS = env.bool("KLA_LINK_CHECKS", PRODUCTION)  # may the worker visit the addresses of links?
CLAMD_SOCKET = env.str("KLA_CLAMD_SOCKET", "")  # a path or host:port; without it the inspection alone decides

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site has a use for our files


# --- mail -----------------------------------------------------------------------------------------------------------
def _smtp_url() -> str:
    """smtp://, smtp+tls:// (STARTTLS) or smtps://, with name and password as in any URL. Empty: no mail is sent."""
    if path := env.str("KLA_SMTP_URL_FILE", ""):
        return Path(path).read_text().strip()
    return env.str("KLA_SMTP_URL", "")


SMTP_URL = _smtp_url()
MAIL_FROM = env.str("KLA_MAIL_FROM", "")
# How the portal is reached from outside: links in mails begin so. The worker has no request to take it from.
ADDRESS = env.str(
    "KLA_ADDRESS", f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION and ALLOWED_HOSTS else "http://127.0.0.1:8000"
)

# --- language and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "id"
USE_I18N = True
TIME_ZONE = "Asia/Jakarta"
USE_TZ = True

# --- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.PortalBackend"]
PASSWORD_HASHERS = ["accounts.hashers.OwaspArgon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "full_name", "email", "phone"]},
    },
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "evaluations:home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
REQUIRE_TOTP = PRODUCTION  # for evaluators, province verifiers and admins
OTP_TOTP_ISSUER = "Portal KLA"
AXES_VERBOSE = False
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # an office behind one address must not lock itself out
SLOW_ADDRESS = (50, 10)  # wrong tries from one address looked at without a wait; after them one every so many seconds
SLOW_EVERYWHERE = (500, 1)  # the same for the whole portal
KNOWN_COOKIE_NAME = "dikenal"  # who has come in from this browser before; opens nothing
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the wait that was named holds, whoever keeps trying
AXES_LOCKOUT_CALLABLE = "accounts.views.sign_in.locked_out"
AXES_HTTP_RESPONSE_CODE = 429
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.client_address"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password", "new_password1", "new_password2", "code", "token"]
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True  # the trail keeps the history; axes only counts
PROXY_COUNT = env.int("KLA_PROXY_COUNT", 0)  # our own reverse proxies; 0 believes no X-Forwarded-For

# Plain `db` sessions: a cached session would let a withdrawn right live on in another process.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_IDLE_SECONDS = 30 * 60
CONFIRM_SECONDS = 15 * 60  # an older sign-in gives the password again before what cannot be undone
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "kla_portal.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- the wire -------------------------------------------------------------------------------------------------------
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("KLA_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # nginx overwrites it
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sesi", "__Host-csrf"
    KNOWN_COOKIE_NAME = "__Host-dikenal"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

# --- work outside the request ---------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "filesystem://")
ALLOW_FILESYSTEM_BROKER = env.bool("KLA_ALLOW_FILESYSTEM_BROKER", False)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_PUBLISH_RETRY = False  # a broker that is down must not hold the request: the job row waits for the sweep
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 50
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "ring-again": {"task": "trail.tasks.ring_again", "schedule": 30.0},
    # a round that the worker could not begin in time is not made up for
    "check-links": {"task": "evidence.tasks.check_links", "schedule": 900.0, "options": {"expires": 600}},
    "scan-waiting": {"task": "evidence.tasks.scan_waiting", "schedule": 30.0, "options": {"expires": 25}},
    "sweep-archive": {"task": "evaluations.tasks.sweep_archive", "schedule": 3600.0},
    "sweep-packages": {"task": "reports.tasks.sweep_packages", "schedule": 3600.0},
    "send-mails": {"task": "trail.tasks.send_mails", "schedule": 60.0, "options": {"expires": 55}},
    "send-digests": {"task": "accounts.tasks.send_digests", "schedule": 900.0, "options": {"expires": 600}},
    "remind": {"task": "evaluations.tasks.remind", "schedule": 3600.0, "options": {"expires": 3000}},
}
BROKER_DIR = VAR_DIR / "broker"
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,  # the default polling takes 900 ms to notice a task
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 900,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "max_retries": 0,  # whoever rings does not wait for a broker that is down; else each bell takes 6 s
    }

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("KLA_LOG_LEVEL", "INFO")},
    # These tell every step at INFO: of each sign-in, of each page of a PDF.
    "loggers": {name: {"level": "WARNING"} for name in ("axes", "weasyprint", "fontTools")},
}
if MODE != "production" or env.str("KLA_VAR_DIR", ""):
    for _folder in (
        VAR_DIR,
        FILE_UPLOAD_TEMP_DIR,
        VAR_DIR / "evidence",
        VAR_DIR / "reports",
        BROKER_DIR / "queue",
        BROKER_DIR / "control",
    ):
        _folder.mkdir(mode=0o750, parents=True, exist_ok=True)
