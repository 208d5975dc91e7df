"""Every setting there is, read from the environment and typed."""

from datetime import timedelta
from pathlib import Path

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from cashup.settings import environment, work
from cashup.settings.admin import UNFOLD  # noqa: F401
from cashup.settings.api import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401
from cashup.settings.databases import with_options
from cashup.settings.environment import env, kept_secret
from cashup.settings.logs import logging_config
from cashup.settings.work import *  # noqa: F403

VERSION = "0.1.0"

BASE_DIR: Path = environment.BASE_DIR
VAR_DIR: Path = environment.VAR_DIR

DEBUG = False
SECRET_KEY = kept_secret("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # the plain one would put its own site in our place
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "cashup.admin_site.DeskConfig",
    "cashup",
    "channels",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_structlog",
    "apps.common",
    "apps.markets",
    "apps.accounts",
    "apps.strategies",
    "apps.orders",
    "apps.notifications",
    "apps.monitoring",
]

MIDDLEWARE = [
    "apps.common.api.middleware.RequestIdMiddleware",
    "apps.common.api.middleware.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.PersonalLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "apps.accounts.middleware.PasswordChangeMiddleware",
]

ROOT_URLCONF = "cashup.urls"
ASGI_APPLICATION = "cashup.asgi.application"
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
                "apps.common.context.desk",
            ],
        },
    }
]

DATABASES = {
    "default": with_options(
        env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'cashup.sqlite3'}")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": True,
    "CHECK_REVOKE_TOKEN": True,  # a changed password ends its tokens
    # Its own key: rotating it ends API sessions without touching anything else.
    "SIGNING_KEY": kept_secret("JWT_SIGNING_KEY"),
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "cashup" / "locale"]
FORMAT_MODULE_PATH = ["cashup.formats"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = None  # only production collects
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Files are served from where they lie, so a fresh clone needs no collectstatic.
WHITENOISE_USE_FINDERS = True

MEDIA_ROOT = VAR_DIR / "artefacts"
CANDLE_CACHE_DIR = VAR_DIR / "candles"
STRATEGY_FOLDERS = [
    BASE_DIR / folder
    for folder in env.list("STRATEGY_FOLDERS", default=[str(VAR_DIR / "strategies")])
]

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Unfold's Alpine evaluates expressions and sets styles; nothing runs inline scripts.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}

LOGGING = logging_config(env.str("LOG_LEVEL", default="INFO"))
DJANGO_STRUCTLOG_CELERY_ENABLED = False
# RequestIdMiddleware has checked or made the id that comes in this header.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True

# Opens the simulator's back room (/sim) to the desk of the same machine.
SIMULATOR_TOKEN = kept_secret("SIMULATOR_TOKEN")
SIMULATOR_ACCOUNT_SECRET = kept_secret("SIMULATOR_ACCOUNT_SECRET")

EMBEDDED = work.CELERY_BROKER_URL.startswith("memory:")
