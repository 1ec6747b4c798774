"""Settings: everything from the environment or the set-up page, safe by default. Reading them starts nothing."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from bifocal.front import postgres

HERE = Path(__file__).resolve().parent
VAR = Path(os.environ.get("BIFOCAL_VAR", "var")).resolve()
DEBUG = False
TESTING = os.environ.get("BIFOCAL_TESTING") == "1"


def _secret() -> str:
    """The signing key: from the environment, else a file of this installation, made once and readable by nobody else."""
    if os.environ.get("BIFOCAL_SECRET_KEY"):
        return os.environ["BIFOCAL_SECRET_KEY"]
    file = VAR / "secret-key"
    if not file.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_CREAT | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_urlsafe(64))
    return file.read_text()


# The server parses and plans a statement once and then keeps it: half of its work for a command, a tenth of ours (measured).
# A pooler that hands out connections by transaction can't keep them: BIFOCAL_PREPARE=0.
PREPARED: dict[str, Any] = {"server_side_binding": True, "prepare_threshold": 3}


def database(url: str | None, *, owner: bool = False) -> dict[str, Any]:
    """Django's connection settings for DATABASE_URL, or for the server under var/."""
    if url:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        found: dict[str, Any] = {
            "NAME": parts.path.lstrip("/") or "bifocal", "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""), "HOST": query.pop("host", parts.hostname or ""),
            "PORT": query.pop("port", str(parts.port or "")),
        }  # fmt: skip
    else:
        root = VAR / "postgres"
        role = postgres.OWNER if owner else postgres.APP
        found = {
            "NAME": "bifocal", "USER": role, "PASSWORD": postgres.password(root, role),
            "HOST": str(postgres.socket_folder(root)), "PORT": str(postgres.PORT),
        }  # fmt: skip
    options = dict(PREPARED) if os.environ.get("BIFOCAL_PREPARE", "1") == "1" else {}
    return {"ENGINE": "django.db.backends.postgresql", **found, "OPTIONS": options}


SECRET_KEY = _secret()
DATABASE_URL = os.environ.get("DATABASE_URL")
AS_OWNER = os.environ.get("BIFOCAL_DB_ROLE") == "owner"
DATABASES = {"default": database(os.environ.get("BIFOCAL_OWNER_URL", DATABASE_URL) if AS_OWNER else DATABASE_URL, owner=AS_OWNER)}
if os.environ.get("BIFOCAL_POOL", "1") == "1" and not TESTING:
    DATABASES["default"]["OPTIONS"] |= {"pool": {"min_size": 1, "max_size": 18, "timeout": 10}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "core.User"

KERNEL = ["people", "parties", "messages", "documents", "pricebook", "jobs", "ledger", "time", "stock", "purchasing",
          "billing", "costs"]  # fmt: skip
SERVICE = ["visits", "hours", "levels", "dispatch", "board", "replan", "capacity", "oncall", "agreements", "booking"]
PROJECTS = ["register", "contracts", "terms", "schedule", "lookahead", "notices", "risk", "budget", "punch", "dailylogs", "rfis",
            "submittals", "commitments", "changes", "subapps", "ties", "events", "rentals", "billings", "tickets", "evidence", "payapps",
            "rollup", "deadlines", "upward", "forecast", "closeout", "setup", "estimates", "bids", "selections"]  # fmt: skip
BRIDGES = ["promotion", "warranty", "imports", "portfolio", "workmix", "loans", "absence", "roster"]
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
    "django.contrib.staticfiles", "django.contrib.postgres", "django.contrib.humanize",
    "allauth", "allauth.account", "allauth.mfa", "django_htmx", "django_cotton", "django_vite", "ninja",
    "procrastinate.contrib.django", "bifocal.core",
    *(f"bifocal.kernel.{name}" for name in KERNEL),
    *(f"bifocal.service.{name}" for name in SERVICE),
    *(f"bifocal.projects.{name}" for name in PROJECTS),
    *(f"bifocal.bridges.{name}" for name in BRIDGES),
    "bifocal.front",
]  # fmt: skip

MIDDLEWARE = [
    "bifocal.front.setup.doorway.doorway",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bifocal.front.problems.problems",
    "bifocal.front.middleware.guard",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "bifocal.front.middleware.language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "bifocal.front.urls"
WSGI_APPLICATION = "bifocal.front.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bifocal.front.context.frame",
            ],
            "loaders": [
                ("django.template.loaders.cached.Loader",
                 ["django_cotton.cotton_loader.Loader", "django.template.loaders.filesystem.Loader",
                  "django.template.loaders.app_directories.Loader"]),
            ],
            "builtins": ["django_cotton.templatetags.cotton", "bifocal.front.templatetags.show", "bifocal.front.templatetags.story",
                         "django.templatetags.i18n"],
        },
    }
]  # fmt: skip

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "bifocal.front.adapter.NoSignUp"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Bifocal"
MFA_ADAPTER = "bifocal.front.adapter.SealedSecrets"
LOGIN_URL = "account_login"
DEMO = os.environ.get("BIFOCAL_DEMO") == "1"  # set by `bifocal demo`: it opens on the tour
LOGIN_REDIRECT_URL = "/tour" if DEMO else "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"] if TESTING else [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher"
]  # fmt: skip
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Names, HTTPS and secure cookies follow the set-up page: front/setup/doorway.py refuses names that are not ours, sends plain
# HTTP to HTTPS where that is on, and takes "secure" off a cookie only where the request itself came in the clear.
HOSTS = [h.strip().lower() for h in os.environ.get("BIFOCAL_HOSTS", "").split(",") if h.strip()] + ["testserver"] * TESTING
ALLOWED_HOSTS = ["*"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "django.contrib.sessions.backends.db"

CACHES = {"default": {"BACKEND": "django.core.cache.backends." + ("locmem.LocMemCache" if TESTING else "db.DatabaseCache"),
                      "LOCATION": "core_cache"}}  # fmt: skip
LANGUAGE_CODE = "en-us"
LANGUAGES = [("en-us", "English"), ("es", "Español")]
LOCALE_PATHS = [HERE / "locale"]
FORMAT_MODULE_PATH = "bifocal.front.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "America/New_York"
STATIC_URL = "/static/"
STATIC_ROOT = None  # nothing is collected: WhiteNoise serves the package's own files
STATICFILES_DIRS = [HERE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
DJANGO_VITE = {
    "default": {
        "dev_mode": False, "static_url_prefix": "dist",
        "manifest_path": HERE / "static" / "dist" / ".vite" / "manifest.json",
    }
}  # fmt: skip
FILES = VAR / "files"
GEOCODER = os.environ.get("BIFOCAL_GEOCODER", "")  # census, or a Nominatim's address; nobody is asked by default
TRAVEL = os.environ.get("BIFOCAL_TRAVEL", "")  # osrm http://…, or valhalla http://…; driving times are guessed by default
BACKUPS = Path(os.environ.get("BIFOCAL_BACKUPS", VAR / "backups")).resolve()
MAP_TILES = os.environ.get("BIFOCAL_MAP_TILES", "")  # https://…/{z}/{x}/{y}.png, or a PMTiles file or its address; none: a plain ground
MAP_CREDIT = os.environ.get("BIFOCAL_MAP_CREDIT", "© OpenStreetMap contributors" if MAP_TILES else "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
EMAIL_BACKEND = os.environ.get("BIFOCAL_EMAIL_BACKEND", "bifocal.kernel.messages.mail.CompanyBackend")
EMAIL_FILE_PATH = VAR / "outbox"
DEFAULT_FROM_EMAIL = "office@localhost"
PROCRASTINATE_ON_APP_READY = None
LOGGING: dict[str, Any] = {
    "version": 1, "disable_existing_loggers": False,
    "handlers": {"out": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["out"], "level": os.environ.get("BIFOCAL_LOG", "WARNING")},
}  # fmt: skip
SILENCED_SYSTEM_CHECKS = [
    "fields.W342",
    "security.W008",  # the doorway redirects to HTTPS, where the set-up page turned it on
    "security.W005", "security.W021",  # other servers under the company's domain are not ours to bind to HTTPS
]  # fmt: skip
