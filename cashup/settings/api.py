"""The REST API's conventions: see docs/api.md."""

from typing import Any

from apps.markets.candles.timeframes import TIMEFRAMES

REST_FRAMEWORK: dict[str, Any] = {
    # Tokens first: they decide that a stranger's answer is 401 rather than 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.common.api.permissions.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "apps.common.api.schema.ConventionalSchema",
    "DEFAULT_PAGINATION_CLASS": "apps.common.api.pagination.CursorPage",
    "DEFAULT_FILTER_BACKENDS": [
        "apps.common.api.filters.StrictFilterBackend",
        "apps.common.api.filters.StrictOrdering",
    ],
    "DEFAULT_THROTTLE_RATES": {"login": "10/min", "login-address": "60/min"},
    "EXCEPTION_HANDLER": "apps.common.api.handler.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "URL_FORMAT_OVERRIDE": None,
    # The server itself resolves forwarded addresses, from proxies it trusts.
    "NUM_PROXIES": 0,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "CashUp",
    "DESCRIPTION": (
        "Decimals are strings, times are ISO 8601 in UTC, errors are "
        "application/problem+json, lists are paged by cursor."
    ),
    "VERSION": "v1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    # Choices that several fields share, or whose fields share a name, by their own.
    "ENUM_NAME_OVERRIDES": {
        "InstrumentKind": "apps.markets.models.InstrumentKind",
        "HistoryKind": "apps.markets.models.history.HistoryKind",
        "Timeframe": [(name, name) for name in TIMEFRAMES],
    },
    "SERVE_PERMISSIONS": ["apps.common.api.permissions.SignedIn"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
}
