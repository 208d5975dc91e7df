"""Exchanges, instruments, and candle series with their stored months.

Public facts: they belong to nobody and everybody may read them.
"""

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from apps.common import clock, money
from apps.markets.candles.timeframes import TIMEFRAMES
from apps.markets.querysets import (
    CandleChunkQuerySet,
    InstrumentQuerySet,
    SeriesQuerySet,
)

# The demo's note is stored as written here, and translated where it is shown.
SEEDED_NOTE = gettext_noop("Synthetic market, seed %(seed)s")


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


class Series(models.Model):
    """The candles of one instrument in one timeframe, summed up.

    Only ``apps.markets.candles.store`` changes the figures; they are always those
    of the stored chunks, because both change in one transaction.
    """

    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.PROTECT,
        related_name="series",
        verbose_name=_("instrument"),
    )
    timeframe = models.CharField(
        _("timeframe"), max_length=4, choices=[(name, name) for name in TIMEFRAMES]
    )
    first_ms = models.BigIntegerField(_("first candle"), null=True)
    last_ms = models.BigIntegerField(_("last candle"), null=True)
    bar_count = models.PositiveIntegerField(_("candles"), default=0)
    missing_count = models.PositiveIntegerField(_("missing"), default=0)
    data_hash = models.CharField(_("data hash"), max_length=64, blank=True)
    is_synthetic = models.BooleanField(_("synthetic"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    updated_at = models.DateTimeField(_("updated"), default=clock.now)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("candle series")
        verbose_name_plural = _("candle series")
        ordering = ["instrument__symbol", "timeframe", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "timeframe"], name="series_once_per_timeframe"
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.timeframe}"

    @property
    def label(self) -> str:
        """``binance BTC/USDT 1h``, the form the command line takes."""
        instrument = self.instrument
        return f"{instrument.exchange.code} {instrument.symbol} {self.timeframe}"

    @property
    def shown_note(self) -> str:
        """The note in the reader's language where it is one the demo wrote."""
        start = SEEDED_NOTE.partition("%")[0]
        if not self.note.startswith(start):
            return self.note
        return gettext(SEEDED_NOTE) % {"seed": self.note.removeprefix(start)}

    @property
    def coverage_ratio(self) -> float:
        """0 to 1: the share of candles present between the first and the last."""
        expected = self.bar_count + self.missing_count
        return self.bar_count / expected if expected else 0.0


class CandleChunk(models.Model):
    """One month of a series, compressed by ``apps.markets.candles.codec``."""

    series = models.ForeignKey(
        Series,
        on_delete=models.CASCADE,
        related_name="chunks",
        verbose_name=_("candle series"),
    )
    month = models.PositiveIntegerField(
        _("month"), help_text=_("202401 is January 2024.")
    )
    codec = models.CharField(_("codec"), max_length=20)
    schema_version = models.PositiveSmallIntegerField(_("schema version"))
    start_ms = models.BigIntegerField(_("first candle"))
    row_count = models.PositiveIntegerField(_("steps from first to last candle"))
    bar_count = models.PositiveIntegerField(_("candles"))
    data = models.BinaryField(_("data"))
    sha256 = models.CharField(_("checksum"), max_length=64)

    objects = CandleChunkQuerySet.as_manager()

    class Meta:
        verbose_name = _("candle chunk")
        verbose_name_plural = _("candle chunks")
        ordering = ["series", "month"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "month"], name="chunk_once_per_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.month}"
