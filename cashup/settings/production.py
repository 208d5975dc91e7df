"""Servers and TLS in front: secrets must be given, cookies travel on https only."""

from cashup.settings.base import *  # noqa: F403
from cashup.settings.environment import VAR_DIR, env

SECRET_KEY = env.str("SECRET_KEY")
SIMPLE_JWT["SIGNING_KEY"] = env.str("JWT_SIGNING_KEY")  # noqa: F405
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")

SESSION_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=True)
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0)

STATIC_ROOT = env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "cashup.static_storage.ModuleManifestStorage"
}
WHITENOISE_USE_FINDERS = False
