"""Registers the ground with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import wording


class CommonConfig(AppConfig):
    name = "apps.common"
    verbose_name = _("Operations")

    def ready(self) -> None:
        wording.plug_in(gettext)

        from apps.common.jobs.topics import register_topics

        register_topics()
