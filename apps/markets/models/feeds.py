"""Live feeds: who needs what, who carries it, how it goes, and how far it was told."""

from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.markets.candles.timeframes import TIMEFRAMES
from apps.markets.models.instruments import Instrument

# A process that has not said so for this long is taken for dead.
ALIVE_FOR: Final = timedelta(seconds=6)


class FeedKind(models.TextChoices):
    """The words of ``gateways.streams.ChannelKind``, and of the live topics."""

    TICKER = "ticker", _("Ticker")
    TRADES = "trades", _("Trades")
    CANDLE = "candle", _("Candles")
    BOOK = "book", _("Order book")


class FeedState(models.TextChoices):
    """The words of ``feeds.deadlines.State``, and one for a channel nobody carries."""

    CONNECTING = "connecting", _("Connecting")
    LIVE = "live", _("Live")
    RENEWING = "renewing", _("Subscribing again")
    POLLING = "polling", _("Polled over REST")
    QUIET = "quiet", _("Quiet market")
    STALLED = "stalled", _("Stalled")
    ENDED = "ended", _("Ended")


def _timeframe() -> "models.CharField[str, str]":
    """Of a candle channel; empty for the others."""
    return models.CharField(
        _("timeframe"),
        max_length=4,
        blank=True,
        choices=[(name, name) for name in TIMEFRAMES],
    )


class FeedProcess(models.Model):
    """One ``manage.py feeds``; its row goes when it ends as asked."""

    name = models.CharField(_("process"), max_length=120, unique=True)
    version = models.CharField(_("version"), max_length=40)
    started_at = models.DateTimeField(_("started"), default=clock.now)
    seen_at = models.DateTimeField(_("last heartbeat"), default=clock.now)
    instrument_count = models.PositiveIntegerField(_("instruments"), default=0)
    channel_count = models.PositiveIntegerField(_("channels"), default=0)
    rate = models.FloatField(_("messages per second"), default=0)
    # How late the event loop was at most since the last heartbeat.
    loop_lag_ms = models.FloatField(_("loop lag"), default=0)
    rss_mb = models.FloatField(_("memory"), null=True)
    # Messages that could not be read at all: {rule: count}.
    refusals = models.JSONField(_("refused"), default=dict)

    class Meta:
        verbose_name = _("feed process")
        verbose_name_plural = _("feed processes")
        ordering = ["started_at", "id"]

    def __str__(self) -> str:
        return self.name

    def is_alive(self, now: datetime) -> bool:
        return self.seen_at >= now - ALIVE_FOR


class FeedChannel(models.Model):
    """How one channel does, as its process last said."""

    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.CASCADE,
        related_name="feed_channels",
        verbose_name=_("instrument"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=FeedKind)
    timeframe = _timeframe()
    process = models.ForeignKey(
        FeedProcess,
        on_delete=models.SET_NULL,
        null=True,
        related_name="channels",
        verbose_name=_("process"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=FeedState, default=FeedState.CONNECTING
    )
    # Its last good message, and since when what is shown may be stale.
    last_message_at = models.DateTimeField(_("last message"), null=True)
    silent_since = models.DateTimeField(_("silent since"), null=True)
    stalled_since = models.DateTimeField(_("stalled since"), null=True)
    lag_ms = models.FloatField(_("lag"), null=True)
    rate = models.FloatField(_("messages per second"), default=0)
    message_count = models.PositiveBigIntegerField(_("messages"), default=0)
    reconnect_count = models.PositiveIntegerField(_("reconnects"), default=0)
    resubscription_count = models.PositiveIntegerField(_("subscriptions"), default=0)
    poll_count = models.PositiveIntegerField(_("REST calls"), default=0)
    gap_count = models.PositiveIntegerField(_("gaps"), default=0)
    closed_count = models.PositiveIntegerField(_("candles closed"), default=0)
    corrected_count = models.PositiveIntegerField(_("candles corrected"), default=0)
    refused_count = models.PositiveIntegerField(_("refused values"), default=0)
    # {rule: count}; the rules are translated where they are shown.
    refusals = models.JSONField(_("refused"), default=dict)
    restart_asked_at = models.DateTimeField(_("restart asked"), null=True)
    updated_at = models.DateTimeField(_("updated"), default=clock.now)

    class Meta:
        verbose_name = _("feed channel")
        verbose_name_plural = _("feed channels")
        ordering = ["instrument__symbol", "kind", "timeframe", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "kind", "timeframe"], name="feed_channel_once"
            )
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, str(self.instrument), self.timeframe)))

    @property
    def topic(self) -> str:
        """Its live topic: ``candle:12:1m``"""
        return ":".join(
            filter(None, (self.kind, str(self.instrument_id), self.timeframe))
        )


class FeedDemand(models.Model):
    """Somebody needs a channel: ``bot:7``, ``pages``; ``until`` null is for good."""

    asker = models.CharField(_("asked by"), max_length=80)
    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.CASCADE,
        related_name="feed_demands",
        verbose_name=_("instrument"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=FeedKind)
    timeframe = _timeframe()
    asked_at = models.DateTimeField(_("asked"), default=clock.now)
    until = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("feed demand")
        verbose_name_plural = _("feed demands")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["asker", "instrument", "kind", "timeframe"],
                name="feed_demand_once_per_asker",
            )
        ]

    def __str__(self) -> str:
        return f"{self.asker}: {self.kind} {self.instrument_id} {self.timeframe}"


class CandleCursor(models.Model):
    """How far a series was told of: what makes ``CandleClosed`` come once, in order."""

    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.CASCADE,
        related_name="candle_cursors",
        verbose_name=_("instrument"),
    )
    timeframe = models.CharField(_("timeframe"), max_length=4)
    # The open time of the next candle to tell of.
    next_ms = models.BigIntegerField(_("next candle"))
    told_at = models.DateTimeField(_("told"), default=clock.now)

    class Meta:
        verbose_name = _("candle cursor")
        verbose_name_plural = _("candle cursors")
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "timeframe"], name="candle_cursor_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.timeframe}"
