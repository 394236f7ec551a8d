"""Settings, all from the environment (see `.env.example`); a fresh clone needs none of them."""

import os
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from kompensasi import environment

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = environment.folder(os.environ.get("DATA_DIR") or str(BASE_DIR / "var"))

# --- who we are -------------------------------------------------------------------------------
DEMO = environment.switch("DEMO")  # demo people may sign in; set by `make run` alone
DEBUG = environment.switch("DEBUG")
SECRET_KEY = environment.secret("SECRET_KEY", DATA_DIR)
SECRET_KEY_FALLBACKS = [k for k in environment.given("SECRET_KEY_FALLBACKS").split(",") if k]
JOURNAL_KEY = environment.secret(
    "JOURNAL_KEY", DATA_DIR
)  # seals the journal; never in the database
PUBLIC_URL = environment.public_url(f"http://127.0.0.1:{os.environ.get('PORT') or '8000'}")
ALLOWED_HOSTS = environment.hosts(PUBLIC_URL)
CSRF_FAILURE_VIEW = "kompensasi.people.unsent.csrf_failure"
HTTPS = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if HTTPS else []
# Nobody reaches the web but through one proxy of ours: what it says of the client is believed.
BEHIND_PROXY = environment.switch("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
GO_LIVE = environment.day("GO_LIVE")  # orders that ended before it open no case

# --- what it is made of -----------------------------------------------------------------------
INSTALLED_APPS = [
    "spm_monitor",
    "kompensasi",
    "kompensasi.people",
    "kompensasi.sop",
    "kompensasi.letters",
    "kompensasi.souvenirs",
    "kompensasi.notices",
    "kompensasi.cases",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "axes",
    "csp",
]
MIDDLEWARE = [
    "kompensasi.proxy.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # padded at random, so that lengths tell no secret
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kompensasi.people.unsent.SignInMiddleware",
    "kompensasi.people.middleware.OwnPasswordFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "kompensasi.refusals.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "kompensasi.urls"
WSGI_APPLICATION = "kompensasi.wsgi.application"
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
                "kompensasi.context.page",
            ],
            "builtins": ["kompensasi.people.templatetags.typist"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# The one door upwards: what an order's change means for its case (spm_monitor.followers).
ORDER_FOLLOWERS = ["kompensasi.cases.following.follow_orders"]

# The same for a monitoring round: the cases its rows call for (spm_monitor.rounds.actions).
ROUND_FOLLOWERS = ["kompensasi.cases.rounds.follow_round"]

# --- database ---------------------------------------------------------------------------------
DATABASES = {
    "default": environment.database(
        os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'db.sqlite3'}",
        environment.given("DATABASE_PASSWORD"),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # lets nobody try who failed too often
    "kompensasi.people.backends.AppointmentBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "email")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = int(timedelta(hours=10).total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Who fails ten times from one address waits a quarter of an hour there; nobody longer, and nobody
# elsewhere, so that no stranger can keep the Kepala Balai out.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "kompensasi.faults.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# --- what a browser may do with our pages -----------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap draws its ticks and arrows as data
        "connect-src": [SELF],
        "frame-src": [SELF],  # the letter beside its form
        "form-action": [SELF],
        "frame-ancestors": [NONE],  # our own pages frame files alone: spm_monitor.files
        "base-uri": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
# Our name alone: its subdomains, if any, are somebody else's, and no browser need list it.
# The proxy leads from http to https.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021", "security.W008"]
if not HTTPS:  # kompensasi.E003 says it at once, and what to do
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W012", "security.W016"]

# --- language, time ---------------------------------------------------------------------------
LANGUAGE_CODE = "id"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Jakarta"

# --- files ------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# The letter's fonts are read by WeasyPrint, never sent: compressing them took half of the set-up.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["ttf", "png", "jpg", "gz", "br", "woff", "woff2"]
MEDIA_ROOT = DATA_DIR / "media"  # no MEDIA_URL: every file is served by a view that asks who reads
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- mail -------------------------------------------------------------------------------------
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")  # empty: mail is off, and no notice is written
EMAIL_PORT = environment.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = environment.given("EMAIL_HOST_PASSWORD", may_be_empty=True)
EMAIL_USE_TLS = environment.switch("EMAIL_USE_TLS")
EMAIL_TIMEOUT = environment.number("EMAIL_TIMEOUT", 10)  # seconds for each word with the server
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "kompensasi@localhost"

# --- Celery -----------------------------------------------------------------------------------
CELERY_BROKER_URL = environment.broker(
    os.environ.get("BROKER_URL") or "filesystem://localhost//", environment.given("BROKER_PASSWORD")
)
CELERY_BROKER_TRANSPORT_OPTIONS = environment.broker_options(CELERY_BROKER_URL, DATA_DIR)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True  # state lives in our own tables
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 240
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_TIMER_PRECISION = 0.2  # a worker that is told to stop does so at once
SWEEP_SECONDS = environment.number("SWEEP_SECONDS", 300)
SEND_SECONDS = environment.number("SEND_SECONDS", 30)
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "kompensasi.cases.tasks.sweep",
        "schedule": timedelta(seconds=SWEEP_SECONDS),
        # A sweep nobody took before the next one is due would only repeat it.
        "options": {"expires": SWEEP_SECONDS},
    },
    "watch": {
        "task": "kompensasi.cases.tasks.watch",
        "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
    "send": {
        "task": "kompensasi.notices.tasks.send",
        "schedule": timedelta(seconds=SEND_SECONDS),
        "options": {"expires": SEND_SECONDS},
    },
}

# --- log --------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": environment.log_level()},
    "loggers": {
        # Axes tells of every sign-in; WeasyPrint and fontTools of every step they take.
        "axes": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}
