"""What is traded, with the exchange's trading rules and how they changed."""

from decimal import Decimal
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common import clock, money
from apps.markets.models.exchanges import Exchange
from apps.markets.querysets import InstrumentQuerySet

CHANGE_LENGTH: Final = 80


class InstrumentKind(models.TextChoices):
    SPOT = "spot", _("Spot")
    PERPETUAL = "perpetual", _("Perpetual")


class InstrumentStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    HALTED = "halted", _("Halted")
    DELISTED = "delisted", _("Delisted")


def _decimal(name: Any, help_text: Any = "") -> Any:
    return models.DecimalField(
        name,
        max_digits=money.MAX_DIGITS,
        decimal_places=money.DECIMAL_PLACES,
        null=True,
        blank=True,
        help_text=help_text,
    )


# Rules that are above zero where they are known; fees may be rebates.
POSITIVE_RULES: Final = (
    "tick_size",
    "lot_size",
    "minimum_notional",
    "maximum_notional",
    "minimum_quantity",
    "maximum_quantity",
    "contract_size",
)


class Instrument(models.Model):
    """What is traded, with the exchange's trading rules; an unknown rule is null.

    Never deleted: one that the exchange no longer lists keeps its history, marked.
    """

    exchange = models.ForeignKey(
        Exchange,
        on_delete=models.PROTECT,
        related_name="instruments",
        verbose_name=_("exchange"),
    )
    symbol = models.CharField(_("symbol"), max_length=60)
    exchange_symbol = models.CharField(
        _("exchange's symbol"),
        max_length=60,
        blank=True,
        help_text=_("As the exchange writes it, such as BTC_USDT."),
    )
    base = models.CharField(_("base"), max_length=30)
    quote = models.CharField(_("quote"), max_length=30)
    settle = models.CharField(_("settled in"), max_length=30, blank=True)
    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=InstrumentKind,
        default=InstrumentKind.SPOT,
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=InstrumentStatus,
        default=InstrumentStatus.ACTIVE,
    )
    contract_size = _decimal(_("contract size"), _("Base units in one contract."))
    tick_size = _decimal(_("tick size"), _("Smallest price step, in quote."))
    lot_size = _decimal(
        _("lot size"), _("Smallest quantity step, in base or contracts.")
    )
    minimum_quantity = _decimal(_("minimum quantity"), _("In base or contracts."))
    maximum_quantity = _decimal(_("maximum quantity"), _("In base or contracts."))
    minimum_notional = _decimal(_("minimum notional"), _("Smallest order, in quote."))
    maximum_notional = _decimal(_("maximum notional"), _("Largest order, in quote."))
    maker_fee = _decimal(_("maker fee"), _("Share of the notional."))
    taker_fee = _decimal(_("taker fee"), _("Share of the notional."))
    listed_at = models.DateTimeField(_("listed"), null=True, blank=True)
    delisted_at = models.DateTimeField(_("delisted"), null=True, blank=True)
    synced_at = models.DateTimeField(
        _("synchronised"),
        null=True,
        blank=True,
        help_text=_("When the exchange last told of it."),
    )

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
                for rule in POSITIVE_RULES
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} ({self.exchange})"

    @property
    def is_active(self) -> bool:
        return self.status == InstrumentStatus.ACTIVE

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


class InstrumentChange(models.Model):
    """One field of an instrument that the exchange changed, as texts."""

    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.CASCADE,
        related_name="changes",
        verbose_name=_("instrument"),
    )
    changed_at = models.DateTimeField(_("changed"), default=clock.now)
    field = models.CharField(_("field"), max_length=30)
    old = models.CharField(_("old"), max_length=CHANGE_LENGTH, blank=True)
    new = models.CharField(_("new"), max_length=CHANGE_LENGTH, blank=True)

    class Meta:
        verbose_name = _("instrument change")
        verbose_name_plural = _("instrument changes")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.field}: {self.old} → {self.new}"
