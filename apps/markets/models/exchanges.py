"""Where instruments are traded, and how it goes with the place."""

from datetime import datetime
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.markets.querysets import ExchangeQuerySet

KEPT_ERRORS: Final = 20


class ExchangeState(models.TextChoices):
    """How the last call went; the clock is told apart from it."""

    UNCHECKED = "unchecked", _("Not checked yet")
    OK = "ok", _("OK")
    LIMITED = "limited", _("Rate limited")
    MAINTENANCE = "maintenance", _("Maintenance")
    UNREACHABLE = "unreachable", _("Unreachable")
    FAILING = "failing", _("Answers badly")
    MISCONFIGURED = "misconfigured", _("Wrong settings")


# In these nothing can be had from the exchange.
DOWN: Final = frozenset(
    {
        ExchangeState.UNREACHABLE,
        ExchangeState.FAILING,
        ExchangeState.MAINTENANCE,
        ExchangeState.MISCONFIGURED,
    }
)


class Exchange(models.Model):
    """A row of settings, and below them what calls have shown.

    ``code`` is the row's name; ``ccxt_id`` says which exchange's API is spoken, so
    that one exchange may have two rows, such as itself and its simulator.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    is_synthetic = models.BooleanField(
        _("synthetic"),
        default=False,
        help_text=_("Its prices are made by a random generator, not by a market."),
    )
    ccxt_id = models.SlugField(
        _("exchange API"),
        max_length=40,
        blank=True,
        help_text=_("The exchange as ccxt knows it, such as gate. Empty: the code."),
    )
    rest_url = models.CharField(
        _("REST address"),
        max_length=200,
        blank=True,
        help_text=_(
            "Empty: the exchange's own; for a simulator, the one that runs here."
        ),
    )
    ws_url = models.CharField(
        _("WebSocket address"),
        max_length=200,
        blank=True,
        help_text=_("Empty: the exchange's own."),
    )
    is_simulator = models.BooleanField(
        _("simulator"),
        default=False,
        help_text=_("Runs on this machine and may be spoken to without encryption."),
    )
    is_enabled = models.BooleanField(
        _("enabled"),
        default=True,
        help_text=_("Checked every minute and synchronised by schedule."),
    )

    state = models.CharField(
        _("state"),
        max_length=16,
        choices=ExchangeState,
        default=ExchangeState.UNCHECKED,
        editable=False,
    )
    limited_until = models.DateTimeField(
        _("rate limited until"), null=True, blank=True, editable=False
    )
    # Theirs minus ours; null while it was never measured.
    clock_offset_ms = models.BigIntegerField(
        _("clock offset"), null=True, blank=True, editable=False
    )
    round_trip_ms = models.PositiveIntegerField(
        _("round trip"), null=True, blank=True, editable=False
    )
    checked_at = models.DateTimeField(
        _("checked"), null=True, blank=True, editable=False
    )
    last_error = models.CharField(
        _("last error"), max_length=500, blank=True, editable=False
    )
    last_error_at = models.DateTimeField(
        _("last error at"), null=True, blank=True, editable=False
    )
    # Newest first, at most KEPT_ERRORS: {"at", "code", "call", "text"}.
    recent_errors = models.JSONField(
        _("last errors"), default=list, blank=True, editable=False
    )
    instruments_synced_at = models.DateTimeField(
        _("instruments synchronised"), null=True, blank=True, editable=False
    )
    refused_count = models.PositiveIntegerField(
        _("refused rows"), default=0, editable=False
    )
    # What the last synchronisation did: counts by what happened, and under "refused"
    # the counts by rule, under "examples" the first rows that broke one.
    last_sync = models.JSONField(
        _("last synchronisation"), default=dict, blank=True, editable=False
    )

    objects = ExchangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def spoken(self) -> str:
        """The exchange whose API it speaks, by ccxt's name."""
        return self.ccxt_id or self.code

    @property
    def has_address(self) -> bool:
        """Somebody answers there; a generator's prices are made here."""
        return self.is_simulator or not self.is_synthetic

    def is_limited(self, now: datetime) -> bool:
        return self.limited_until is not None and now < self.limited_until
