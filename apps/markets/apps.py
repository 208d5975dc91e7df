"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketsConfig(AppConfig):
    name = "apps.markets"
    verbose_name = _("Market data")

    def ready(self) -> None:
        from apps.markets import jobs
        from apps.markets.services.feeds.topics import register_topics

        jobs.register_all()
        register_topics()
