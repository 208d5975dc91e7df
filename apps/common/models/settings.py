"""Values that the desk's own settings were changed to; only declared names get here."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common import clock


class StoredSetting(models.Model):
    """A changed setting; ``apps.common.knobs`` declares them and reads them."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    value = models.JSONField(_("value"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("changed by"),
    )
    changed_at = models.DateTimeField(_("changed"), default=clock.now)

    class Meta:
        verbose_name = _("setting")
        verbose_name_plural = _("settings")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
