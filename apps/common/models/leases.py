"""The right to be the only one doing something, for a while."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Lease(models.Model):
    """Held by one process at a time; ``token`` rises each time it changes hands."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    holder = models.CharField(_("holder"), max_length=120, blank=True)
    token = models.PositiveBigIntegerField(_("fencing token"), default=0)
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")

    def __str__(self) -> str:
        return self.name
