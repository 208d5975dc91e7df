"""Candle series and their stored months."""

from django.db import models
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.markets.candles.timeframes import TIMEFRAMES
from apps.markets.models.instruments import Instrument
from apps.markets.querysets import CandleChunkQuerySet, SeriesQuerySet

# The demo's note is stored as written here, and translated where it is shown.
SEEDED_NOTE = gettext_noop("Synthetic market, seed %(seed)s")


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
