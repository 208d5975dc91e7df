"""The REST API, version 1: one line per room."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("apps.common.api.urls")),
    path("auth/", include("apps.accounts.api.urls")),
    path("", include("apps.markets.api.urls")),
    path("", include("apps.markets.api.urls")),
    path("", include("apps.strategies.api.urls")),
]
