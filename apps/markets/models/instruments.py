"""What is traded, with the exchange's trading rules."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common import money
from apps.markets.models.exchanges import Exchange
from apps.markets.querysets import InstrumentQuerySet


class InstrumentKind(models.TextChoices):
    SPOT = "spot", _("Spot")
    PERPETUAL = "perpetual", _("Perpetual")


def _step(name: Any, help_text: Any) -> Any:
    return models.DecimalField(
        name,
        max_digits=money.MAX_DIGITS,
        decimal_places=money.DECIMAL_PLACES,
        null=True,
        blank=True,
        help_text=help_text,
    )


class Instrument(models.Model):
    """What is traded, with the exchange's trading rules; an unknown rule is null."""

    exchange = models.ForeignKey(
        Exchange,
        on_delete=models.PROTECT,
        related_name="instruments",
        verbose_name=_("exchange"),
    )
    symbol = models.CharField(_("symbol"), max_length=60)
    base = models.CharField(_("base"), max_length=30)
    quote = models.CharField(_("quote"), max_length=30)
    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=InstrumentKind,
        default=InstrumentKind.SPOT,
    )
    tick_size = _step(_("tick size"), _("Smallest price step, in quote."))
    lot_size = _step(_("lot size"), _("Smallest quantity step, in base."))
    minimum_notional = _step(_("minimum notional"), _("Smallest order, in quote."))
    is_active = models.BooleanField(_("active"), default=True)

    objects = InstrumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("instrument")
        verbose_name_plural = _("instruments")
        ordering = ["symbol", "exchange__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["exchange", "symbol"], name="instrument_once_per_exchange"
            ),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{rule}__gt": 0})
                    | models.Q(**{f"{rule}__isnull": True}),
                    name=f"instrument_{rule}_positive",
                )
                for rule in ("tick_size", "lot_size", "minimum_notional")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} ({self.exchange})"

    def round_quantity(self, quantity: Decimal) -> Decimal:
        """Down to the lot; unchanged while the lot size is unknown."""
        if self.lot_size is None:
            return quantity
        return money.round_quantity(quantity, self.lot_size.normalize())

    def round_price(self, price: Decimal) -> Decimal:
        """To the nearest tick; unchanged while the tick size is unknown."""
        if self.tick_size is None:
            return price
        return money.round_price(price, self.tick_size.normalize())
