"""Addresses: the desk, the API, health."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog, set_language

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("cashup.api_urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("i18n/catalogue.js", JavaScriptCatalog.as_view(), name="javascript-catalog"),
]
