"""Downloads of history, what an exchange itself lacks, funding rates, public trades."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common import clock, money
from apps.common.models import Job, OwnedModel
from apps.markets.candles.timeframes import TIMEFRAMES
from apps.markets.models.candles import Series
from apps.markets.models.exchanges import Exchange
from apps.markets.models.instruments import Instrument
from apps.markets.models.watch_lists import WatchList
from apps.markets.querysets import (
    DownloadQuerySet,
    ExchangeGapQuerySet,
    TopUpQuerySet,
)


class HistoryKind(models.TextChoices):
    CANDLES = "candles", _("Candles")
    FUNDING = "funding", _("Funding rates")
    TRADES = "trades", _("Public trades")


class ItemState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class GapReason(models.TextChoices):
    """Why the exchange has nothing there; ours are told apart by having no row."""

    EMPTY = "empty", _("The exchange has none")
    REFUSED = "refused", _("The exchange sent only bad rows")
    TOO_FAR = "too_far", _("Older than the exchange keeps")


class Download(OwnedModel):
    """History of some instruments of one exchange, asked for once; its job fetches it.

    ``end_at`` is fixed when it is asked for, so that a resumed download has an end.
    """

    job = models.OneToOneField(
        Job,
        on_delete=models.PROTECT,
        related_name="download",
        verbose_name=_("job"),
    )
    exchange = models.ForeignKey(
        Exchange,
        on_delete=models.PROTECT,
        related_name="downloads",
        verbose_name=_("exchange"),
    )
    # Whose members were taken when it was asked for; it may have others by now.
    watch_list = models.ForeignKey(
        WatchList,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="downloads",
        verbose_name=_("watch-list"),
    )
    kinds = models.JSONField(_("what"), default=list)
    timeframes = models.JSONField(_("timeframes"), default=list)
    start_at = models.DateTimeField(_("from"))
    end_at = models.DateTimeField(_("to"))
    is_top_up = models.BooleanField(_("top-up"), default=False)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    # The stubs take the manager of an abstract base for a class variable.
    objects = DownloadQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.job.title


class DownloadItem(models.Model):
    """How far one series of a download is; what is stored says the rest."""

    download = models.ForeignKey(
        Download,
        on_delete=models.CASCADE,
        related_name="items",
        verbose_name=_("download"),
    )
    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("instrument"),
    )
    kind = models.CharField(
        _("what"), max_length=10, choices=HistoryKind, default=HistoryKind.CANDLES
    )
    timeframe = models.CharField(
        _("timeframe"),
        max_length=4,
        blank=True,
        choices=[(name, name) for name in TIMEFRAMES],
    )
    start_ms = models.BigIntegerField(_("from"))
    end_ms = models.BigIntegerField(_("to"))
    state = models.CharField(
        _("state"), max_length=10, choices=ItemState, default=ItemState.WAITING
    )
    call_count = models.PositiveIntegerField(_("calls"), default=0)
    call_total = models.PositiveIntegerField(_("calls in all"), default=0)
    retry_count = models.PositiveIntegerField(_("asked again"), default=0)
    added_count = models.PositiveIntegerField(_("added"), default=0)
    refused_count = models.PositiveIntegerField(_("refused rows"), default=0)
    missing_count = models.PositiveIntegerField(_("missing"), default=0)
    note = models.CharField(_("note"), max_length=300, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("series of a download")
        verbose_name_plural = _("series of a download")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["download", "instrument", "kind", "timeframe"],
                name="item_once_per_download",
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument.symbol} {self.timeframe or self.get_kind_display()}"


class ExchangeGap(models.Model):
    """Candles that the exchange itself lacks: it was asked twice and gave none.

    Half-open: from the open of the first missing candle up to the next that exists.
    """

    series = models.ForeignKey(
        Series,
        on_delete=models.CASCADE,
        related_name="exchange_gaps",
        verbose_name=_("candle series"),
    )
    from_ms = models.BigIntegerField(_("from"))
    to_ms = models.BigIntegerField(_("to"))
    reason = models.CharField(_("reason"), max_length=10, choices=GapReason)
    asked_at = models.DateTimeField(_("asked"), default=clock.now)
    asked_again_at = models.DateTimeField(_("asked again"), default=clock.now)

    objects = ExchangeGapQuerySet.as_manager()

    class Meta:
        verbose_name = _("exchange's gap")
        verbose_name_plural = _("exchange's gaps")
        ordering = ["series", "from_ms"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "from_ms"], name="gap_once_per_start"
            ),
            models.CheckConstraint(
                condition=models.Q(from_ms__lt=models.F("to_ms")),
                name="gap_ends_after_its_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{clock.iso(self.from_ms)} – {clock.iso(self.to_ms)}"


class TopUp(models.Model):
    """A standing order: keep these series complete up to now.

    One instrument, or the members a watch-list has at the time. Candles belong to
    everybody, and so does the order to keep them.
    """

    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="top_ups",
        verbose_name=_("instrument"),
    )
    watch_list = models.ForeignKey(
        WatchList,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="top_ups",
        verbose_name=_("watch-list"),
    )
    timeframe = models.CharField(
        _("timeframe"), max_length=4, choices=[(name, name) for name in TIMEFRAMES]
    )
    # Where a series begins that has no candles yet.
    start_at = models.DateTimeField(_("from"))
    every_s = models.PositiveIntegerField(_("every, seconds"), default=3600)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    due_at = models.DateTimeField(_("next"), default=clock.now)
    last_download = models.ForeignKey(
        Download,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("last download"),
    )
    # Why the last one was not asked for; empty when it was.
    error = models.CharField(_("last error"), max_length=500, blank=True)

    objects = TopUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("top-up")
        verbose_name_plural = _("top-ups")
        ordering = ["id"]
        indexes = [models.Index(fields=["is_enabled", "due_at"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(instrument__isnull=False, watch_list__isnull=True)
                | models.Q(instrument__isnull=True, watch_list__isnull=False),
                name="top_up_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["instrument", "timeframe"], name="top_up_once_per_series"
            ),
            models.UniqueConstraint(
                fields=["watch_list", "timeframe"], name="top_up_once_per_watch_list"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument or self.watch_list} {self.timeframe}"


class FundingRate(models.Model):
    """What longs paid shorts at ``time_ms``, a ratio of the notional."""

    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.CASCADE,
        related_name="funding_rates",
        verbose_name=_("instrument"),
    )
    time_ms = models.BigIntegerField(_("time"))
    rate = models.DecimalField(
        _("rate"), max_digits=money.MAX_DIGITS, decimal_places=money.DECIMAL_PLACES
    )

    class Meta:
        verbose_name = _("funding rate")
        verbose_name_plural = _("funding rates")
        ordering = ["instrument", "time_ms"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "time_ms"], name="funding_once_per_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {clock.iso(self.time_ms)} {self.rate}"


class TradeDay(models.Model):
    """One UTC day of an instrument's public trades, packed by ``trades.codec``."""

    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.CASCADE,
        related_name="trade_days",
        verbose_name=_("instrument"),
    )
    start_ms = models.BigIntegerField(_("day"))
    trade_count = models.PositiveIntegerField(_("trades"))
    # The day was over when its last trade was asked for, and nothing was left out.
    is_complete = models.BooleanField(_("complete"), default=False)
    codec = models.CharField(_("codec"), max_length=20)
    data: Any = models.BinaryField(_("data"))
    sha256 = models.CharField(_("checksum"), max_length=64)

    class Meta:
        verbose_name = _("day of public trades")
        verbose_name_plural = _("days of public trades")
        ordering = ["instrument", "start_ms"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "start_ms"], name="trades_once_per_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {clock.iso(self.start_ms)[:10]}"
