"""Shapes of market data on the wire: decimals are strings, times ISO 8601 UTC."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from apps.common import clock
from apps.common.api.fields import UtcDateTimeField
from apps.common.api.serializers import StrictModelSerializer, StrictSerializer
from apps.markets.candles.bars import Bars
from apps.markets.candles.codec import COLUMNS
from apps.markets.models import Series

MAX_CANDLES = 5000


class SeriesSerializer(StrictModelSerializer):
    exchange = serializers.CharField(source="instrument.exchange.code")
    symbol = serializers.CharField(source="instrument.symbol")
    first_at = serializers.SerializerMethodField()
    last_at = serializers.SerializerMethodField()

    class Meta:
        model = Series
        fields = (
            "id",
            "instrument",
            "exchange",
            "symbol",
            "timeframe",
            "first_at",
            "last_at",
            "bar_count",
            "missing_count",
            "data_hash",
            "is_synthetic",
            "note",
            "updated_at",
        )

    def get_first_at(self, series: Series) -> str | None:
        return None if series.first_ms is None else clock.iso(series.first_ms)

    def get_last_at(self, series: Series) -> str | None:
        return None if series.last_ms is None else clock.iso(series.last_ms)


class CandleQuerySerializer(StrictSerializer):
    """The period asked for: ``start`` is in it, ``end`` is not."""

    start = UtcDateTimeField(required=False)
    end = UtcDateTimeField(required=False)
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_CANDLES, default=500
    )


class CandleSerializer(StrictSerializer):
    time = serializers.DateTimeField(help_text="When the candle opened.")
    open = serializers.CharField()
    high = serializers.CharField()
    low = serializers.CharField()
    close = serializers.CharField()
    volume = serializers.CharField()


class CandlePageSerializer(StrictSerializer):
    """Candles oldest first; missing ones are absent."""

    series = serializers.IntegerField()
    data_hash = serializers.CharField()
    is_synthetic = serializers.BooleanField()
    next = serializers.URLField(allow_null=True)
    candles = CandleSerializer(many=True)


def candle_rows(bars: Bars) -> list[dict[str, Any]]:
    """Each candle as the API writes it."""
    columns = (getattr(bars, name).tolist() for name in COLUMNS)
    return [
        {
            "time": clock.iso(time_ms),
            **dict(zip(COLUMNS, map(_text, values), strict=True)),
        }
        for time_ms, *values in zip(bars.time_ms.tolist(), *columns, strict=True)
    ]


def _text(value: float) -> str:
    """The shortest decimal that is this float, without an exponent."""
    return f"{Decimal(repr(value)).normalize():f}"
