"""The admin site is the desk."""

from django.contrib.admin.apps import AdminConfig
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite


class DeskSite(UnfoldAdminSite):
    """One site; rooms register their pages on it."""

    def get_urls(self) -> list[URLPattern]:
        # Imported here: the site exists before the rooms' models do.
        from apps.accounts import views
        from apps.markets.pages import simulator
        from apps.markets.pages.urls import live_pages
        from cashup import search

        own = [
            path("personal/", self.admin_view(views.personal), name="personal"),
            path("simulator/", self.admin_view(simulator.simulator), name="simulator"),
            path(
                "simulator/clear/",
                self.admin_view(simulator.clear_faults),
                name="simulator_clear",
            ),
            *live_pages(self.admin_view),
            path("search/", self.admin_view(search.page), name="search"),
            path("language/", self.admin_view(views.language), name="language"),
            path(
                "password_change/",
                self.admin_view(views.password_change, cacheable=True),
                name="password_change",
            ),
        ]
        return [*own, *super().get_urls()]


class DeskConfig(AdminConfig):
    default_site = "cashup.admin_site.DeskSite"
