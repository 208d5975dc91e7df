"""People who use the desk."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class UpDown(models.TextChoices):
    """Which colour a rising price has."""

    GREEN_UP = "green-up", _("Green up")
    RED_UP = "red-up", _("Red up")
    BLUE_UP = "blue-up", _("Blue up")


class Density(models.TextChoices):
    COMPACT = "compact", _("Compact")
    NORMAL = "normal", _("Normal")
    ROOMY = "roomy", _("Roomy")


class User(AbstractUser):
    """A person; the personal settings decide how pages look for this person only."""

    must_change_password = models.BooleanField(
        _("must change password"),
        default=False,
        help_text=_("Set while the password is one that somebody else has seen."),
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    up_down = models.CharField(
        _("up and down"), max_length=10, choices=UpDown, default=UpDown.GREEN_UP
    )
    density = models.CharField(
        _("density"), max_length=10, choices=Density, default=Density.NORMAL
    )

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
