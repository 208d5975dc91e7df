"""Where instruments are traded."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Exchange(models.Model):
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    is_synthetic = models.BooleanField(
        _("synthetic"),
        default=False,
        help_text=_("Its prices are made by a random generator, not by a market."),
    )

    class Meta:
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
