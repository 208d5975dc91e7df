"""Shapes of strategies and backtests."""

from typing import Any

from rest_framework import serializers

from apps.common import jobs
from apps.common.api.fields import UtcDateTimeField
from apps.common.api.serializers import StrictModelSerializer, StrictSerializer
from apps.markets.models import Series
from apps.strategies.models import Backtest, Strategy


class StrategySerializer(StrictModelSerializer):
    """A strategy as it is on disk; ``parameters`` say their limits and defaults."""

    class Meta:
        model = Strategy
        fields = (
            "name",
            "title",
            "description",
            "source",
            "source_hash",
            "parameters",
            "error",
        )


class JobStateSerializer(serializers.Serializer[Any]):
    """Progress of the work behind it; the same values come over the socket."""

    id = serializers.IntegerField()
    status = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    pct = serializers.FloatField(help_text="0 to 100.")
    stage = serializers.CharField()
    eta_s = serializers.FloatField(allow_null=True)
    is_cancel_requested = serializers.BooleanField()
    error = serializers.CharField()
    url = serializers.CharField()


class BacktestRequestSerializer(StrictSerializer):
    """What to test. Names and bounds of parameters are those of the strategy."""

    strategy = serializers.CharField(max_length=80)
    series = serializers.PrimaryKeyRelatedField(queryset=Series.objects.all())
    parameters = serializers.DictField(required=False, default=dict)
    options = serializers.DictField(required=False, default=dict)
    start_at = UtcDateTimeField(required=False, allow_null=True, default=None)
    end_at = UtcDateTimeField(required=False, allow_null=True, default=None)


class BacktestSerializer(StrictModelSerializer):
    """A backtest; the answer is empty until its job is done."""

    strategy = serializers.CharField(source="version.strategy.name")
    source_hash = serializers.CharField(source="version.source_hash")
    instrument = serializers.CharField(source="series.instrument.symbol")
    exchange = serializers.CharField(source="series.instrument.exchange.code")
    timeframe = serializers.CharField(source="series.timeframe")
    is_synthetic = serializers.BooleanField(source="series.is_synthetic")
    job = serializers.SerializerMethodField()

    class Meta:
        model = Backtest
        fields = (
            "id",
            "strategy",
            "source_hash",
            "instrument",
            "exchange",
            "timeframe",
            "is_synthetic",
            "series",
            "parameters",
            "options",
            "start_at",
            "end_at",
            "created_at",
            "job",
            "pinned",
            "figures",
            "hold_figures",
            "open_position",
            "refusal_count",
            "trade_count",
            "final_equity",
            "duration_s",
        )

    def get_job(self, backtest: Backtest) -> JobStateSerializer:
        state: Any = jobs.state(backtest.job)
        state.pop("title"), state.pop("kind")
        return state


class TradeSerializer(serializers.Serializer[Any]):
    """One closed trade, as the engine made it: float64, times in milliseconds."""

    number = serializers.IntegerField()
    entry_ms = serializers.IntegerField()
    exit_ms = serializers.IntegerField()
    side = serializers.CharField()
    entry_price = serializers.FloatField()
    exit_price = serializers.FloatField()
    quantity = serializers.FloatField()
    fee = serializers.FloatField()
    profit = serializers.FloatField()
    profit_ratio = serializers.FloatField()
    best_ratio = serializers.FloatField()
    worst_ratio = serializers.FloatField()
    exit_reason = serializers.CharField()
