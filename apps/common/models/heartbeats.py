"""Which processes were alive, and when they last said so."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    name = models.CharField(_("process"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    version = models.CharField(_("version"), max_length=40)
    details = models.JSONField(_("details"), default=dict, blank=True)
    started_at = models.DateTimeField(_("started"))
    beat_at = models.DateTimeField(_("last heartbeat"))

    class Meta:
        verbose_name = _("process")
        verbose_name_plural = _("processes")
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name
