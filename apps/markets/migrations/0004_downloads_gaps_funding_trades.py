"""Downloads of history, what an exchange itself lacks, funding rates, public trades.

Public trades are zstd already: PostgreSQL moves them out of the row as they are.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.common.clock


def _store(storage: str):
    def apply(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"ALTER TABLE markets_tradeday ALTER COLUMN data SET STORAGE {storage}"
            )

    return apply


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0002_job_language_and_verbose_names"),
        ("markets", "0003_exchange_addresses_instrument_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Download",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("kinds", models.JSONField(default=list, verbose_name="what")),
                (
                    "timeframes",
                    models.JSONField(default=list, verbose_name="timeframes"),
                ),
                ("start_at", models.DateTimeField(verbose_name="from")),
                ("end_at", models.DateTimeField(verbose_name="to")),
                (
                    "is_top_up",
                    models.BooleanField(default=False, verbose_name="top-up"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=apps.common.clock.now, verbose_name="created"
                    ),
                ),
                (
                    "exchange",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="downloads",
                        to="markets.exchange",
                        verbose_name="exchange",
                    ),
                ),
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="download",
                        to="common.job",
                        verbose_name="job",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "download",
                "verbose_name_plural": "downloads",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="DownloadItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("candles", "Candles"),
                            ("funding", "Funding rates"),
                            ("trades", "Public trades"),
                        ],
                        default="candles",
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                (
                    "timeframe",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("1m", "1m"),
                            ("3m", "3m"),
                            ("5m", "5m"),
                            ("15m", "15m"),
                            ("30m", "30m"),
                            ("1h", "1h"),
                            ("2h", "2h"),
                            ("4h", "4h"),
                            ("6h", "6h"),
                            ("8h", "8h"),
                            ("12h", "12h"),
                            ("1d", "1d"),
                        ],
                        max_length=4,
                        verbose_name="timeframe",
                    ),
                ),
                ("start_ms", models.BigIntegerField(verbose_name="from")),
                ("end_ms", models.BigIntegerField(verbose_name="to")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "call_count",
                    models.PositiveIntegerField(default=0, verbose_name="calls"),
                ),
                (
                    "call_total",
                    models.PositiveIntegerField(default=0, verbose_name="calls in all"),
                ),
                (
                    "retry_count",
                    models.PositiveIntegerField(default=0, verbose_name="asked again"),
                ),
                (
                    "added_count",
                    models.PositiveIntegerField(default=0, verbose_name="added"),
                ),
                (
                    "refused_count",
                    models.PositiveIntegerField(default=0, verbose_name="refused rows"),
                ),
                (
                    "missing_count",
                    models.PositiveIntegerField(default=0, verbose_name="missing"),
                ),
                (
                    "note",
                    models.CharField(blank=True, max_length=300, verbose_name="note"),
                ),
                (
                    "error",
                    models.CharField(blank=True, max_length=500, verbose_name="error"),
                ),
                (
                    "finished_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="finished"
                    ),
                ),
                (
                    "download",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="markets.download",
                        verbose_name="download",
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="markets.instrument",
                        verbose_name="instrument",
                    ),
                ),
            ],
            options={
                "verbose_name": "series of a download",
                "verbose_name_plural": "series of a download",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("download", "instrument", "kind", "timeframe"),
                        name="item_once_per_download",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ExchangeGap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("from_ms", models.BigIntegerField(verbose_name="from")),
                ("to_ms", models.BigIntegerField(verbose_name="to")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("empty", "The exchange has none"),
                            ("refused", "The exchange sent only bad rows"),
                            ("too_far", "Older than the exchange keeps"),
                        ],
                        max_length=10,
                        verbose_name="reason",
                    ),
                ),
                (
                    "asked_at",
                    models.DateTimeField(
                        default=apps.common.clock.now, verbose_name="asked"
                    ),
                ),
                (
                    "asked_again_at",
                    models.DateTimeField(
                        default=apps.common.clock.now, verbose_name="asked again"
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exchange_gaps",
                        to="markets.series",
                        verbose_name="candle series",
                    ),
                ),
            ],
            options={
                "verbose_name": "exchange's gap",
                "verbose_name_plural": "exchange's gaps",
                "ordering": ["series", "from_ms"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("series", "from_ms"), name="gap_once_per_start"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_ms__lt", models.F("to_ms"))),
                        name="gap_ends_after_its_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FundingRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("time_ms", models.BigIntegerField(verbose_name="time")),
                (
                    "rate",
                    models.DecimalField(
                        decimal_places=18, max_digits=36, verbose_name="rate"
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="funding_rates",
                        to="markets.instrument",
                        verbose_name="instrument",
                    ),
                ),
            ],
            options={
                "verbose_name": "funding rate",
                "verbose_name_plural": "funding rates",
                "ordering": ["instrument", "time_ms"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("instrument", "time_ms"), name="funding_once_per_time"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TopUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "timeframe",
                    models.CharField(
                        choices=[
                            ("1m", "1m"),
                            ("3m", "3m"),
                            ("5m", "5m"),
                            ("15m", "15m"),
                            ("30m", "30m"),
                            ("1h", "1h"),
                            ("2h", "2h"),
                            ("4h", "4h"),
                            ("6h", "6h"),
                            ("8h", "8h"),
                            ("12h", "12h"),
                            ("1d", "1d"),
                        ],
                        max_length=4,
                        verbose_name="timeframe",
                    ),
                ),
                ("start_at", models.DateTimeField(verbose_name="from")),
                (
                    "every_s",
                    models.PositiveIntegerField(
                        default=3600, verbose_name="every, seconds"
                    ),
                ),
                (
                    "is_enabled",
                    models.BooleanField(default=True, verbose_name="enabled"),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        default=apps.common.clock.now, verbose_name="next"
                    ),
                ),
                (
                    "error",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="last error"
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="top_ups",
                        to="markets.instrument",
                        verbose_name="instrument",
                    ),
                ),
                (
                    "last_download",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="markets.download",
                        verbose_name="last download",
                    ),
                ),
            ],
            options={
                "verbose_name": "top-up",
                "verbose_name_plural": "top-ups",
                "ordering": ["id"],
                "indexes": [
                    models.Index(
                        fields=["is_enabled", "due_at"],
                        name="markets_top_is_enab_e25b83_idx",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("instrument", "timeframe"),
                        name="top_up_once_per_series",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TradeDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("start_ms", models.BigIntegerField(verbose_name="day")),
                ("trade_count", models.PositiveIntegerField(verbose_name="trades")),
                (
                    "is_complete",
                    models.BooleanField(default=False, verbose_name="complete"),
                ),
                ("codec", models.CharField(max_length=20, verbose_name="codec")),
                ("data", models.BinaryField(verbose_name="data")),
                ("sha256", models.CharField(max_length=64, verbose_name="checksum")),
                (
                    "instrument",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="trade_days",
                        to="markets.instrument",
                        verbose_name="instrument",
                    ),
                ),
            ],
            options={
                "verbose_name": "day of public trades",
                "verbose_name_plural": "days of public trades",
                "ordering": ["instrument", "start_ms"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("instrument", "start_ms"), name="trades_once_per_day"
                    )
                ],
            },
        ),
        migrations.RunPython(_store("EXTERNAL"), _store("EXTENDED")),
    ]
