"""The schema and its page, for people who are signed in."""

from django.contrib.auth.decorators import login_required
from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

# Split: the page and its script are two answers, so no inline script is needed.
page = SpectacularSwaggerSplitView.as_view(url_name="api-schema")

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", login_required(page), name="api-docs"),
]
