"""Registers the room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StrategiesConfig(AppConfig):
    name = "apps.strategies"
    verbose_name = _("Strategies")

    def ready(self) -> None:
        from apps.strategies import jobs

        jobs.register_all()
