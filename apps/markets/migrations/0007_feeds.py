"""Live feeds: processes, channels, who needs what, and how far candles were told of."""

import apps.common.clock
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('markets', '0006_downloads_of_watch_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='FeedProcess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='process')),
                ('version', models.CharField(max_length=40, verbose_name='version')),
                ('started_at', models.DateTimeField(default=apps.common.clock.now, verbose_name='started')),
                ('seen_at', models.DateTimeField(default=apps.common.clock.now, verbose_name='last heartbeat')),
                ('instrument_count', models.PositiveIntegerField(default=0, verbose_name='instruments')),
                ('channel_count', models.PositiveIntegerField(default=0, verbose_name='channels')),
                ('rate', models.FloatField(default=0, verbose_name='messages per second')),
                ('loop_lag_ms', models.FloatField(default=0, verbose_name='loop lag')),
                ('rss_mb', models.FloatField(null=True, verbose_name='memory')),
                ('refusals', models.JSONField(default=dict, verbose_name='refused')),
            ],
            options={
                'verbose_name': 'feed process',
                'verbose_name_plural': 'feed processes',
                'ordering': ['started_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='CandleCursor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('timeframe', models.CharField(max_length=4, verbose_name='timeframe')),
                ('next_ms', models.BigIntegerField(verbose_name='next candle')),
                ('told_at', models.DateTimeField(default=apps.common.clock.now, verbose_name='told')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='candle_cursors', to='markets.instrument', verbose_name='instrument')),
            ],
            options={
                'verbose_name': 'candle cursor',
                'verbose_name_plural': 'candle cursors',
                'constraints': [models.UniqueConstraint(fields=('instrument', 'timeframe'), name='candle_cursor_once')],
            },
        ),
        migrations.CreateModel(
            name='FeedDemand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asker', models.CharField(max_length=80, verbose_name='asked by')),
                ('kind', models.CharField(choices=[('ticker', 'Ticker'), ('trades', 'Trades'), ('candle', 'Candles'), ('book', 'Order book')], max_length=8, verbose_name='kind')),
                ('timeframe', models.CharField(blank=True, choices=[('1m', '1m'), ('3m', '3m'), ('5m', '5m'), ('15m', '15m'), ('30m', '30m'), ('1h', '1h'), ('2h', '2h'), ('4h', '4h'), ('6h', '6h'), ('8h', '8h'), ('12h', '12h'), ('1d', '1d')], max_length=4, verbose_name='timeframe')),
                ('asked_at', models.DateTimeField(default=apps.common.clock.now, verbose_name='asked')),
                ('until', models.DateTimeField(null=True, verbose_name='until')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feed_demands', to='markets.instrument', verbose_name='instrument')),
            ],
            options={
                'verbose_name': 'feed demand',
                'verbose_name_plural': 'feed demands',
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('asker', 'instrument', 'kind', 'timeframe'), name='feed_demand_once_per_asker')],
            },
        ),
        migrations.CreateModel(
            name='FeedChannel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('ticker', 'Ticker'), ('trades', 'Trades'), ('candle', 'Candles'), ('book', 'Order book')], max_length=8, verbose_name='kind')),
                ('timeframe', models.CharField(blank=True, choices=[('1m', '1m'), ('3m', '3m'), ('5m', '5m'), ('15m', '15m'), ('30m', '30m'), ('1h', '1h'), ('2h', '2h'), ('4h', '4h'), ('6h', '6h'), ('8h', '8h'), ('12h', '12h'), ('1d', '1d')], max_length=4, verbose_name='timeframe')),
                ('state', models.CharField(choices=[('connecting', 'Connecting'), ('live', 'Live'), ('renewing', 'Subscribing again'), ('polling', 'Polled over REST'), ('quiet', 'Quiet market'), ('stalled', 'Stalled'), ('ended', 'Ended')], default='connecting', max_length=10, verbose_name='state')),
                ('last_message_at', models.DateTimeField(null=True, verbose_name='last message')),
                ('silent_since', models.DateTimeField(null=True, verbose_name='silent since')),
                ('stalled_since', models.DateTimeField(null=True, verbose_name='stalled since')),
                ('lag_ms', models.FloatField(null=True, verbose_name='lag')),
                ('rate', models.FloatField(default=0, verbose_name='messages per second')),
                ('message_count', models.PositiveBigIntegerField(default=0, verbose_name='messages')),
                ('reconnect_count', models.PositiveIntegerField(default=0, verbose_name='reconnects')),
                ('resubscription_count', models.PositiveIntegerField(default=0, verbose_name='subscriptions')),
                ('poll_count', models.PositiveIntegerField(default=0, verbose_name='REST calls')),
                ('gap_count', models.PositiveIntegerField(default=0, verbose_name='gaps')),
                ('closed_count', models.PositiveIntegerField(default=0, verbose_name='candles closed')),
                ('corrected_count', models.PositiveIntegerField(default=0, verbose_name='candles corrected')),
                ('refused_count', models.PositiveIntegerField(default=0, verbose_name='refused values')),
                ('refusals', models.JSONField(default=dict, verbose_name='refused')),
                ('restart_asked_at', models.DateTimeField(null=True, verbose_name='restart asked')),
                ('updated_at', models.DateTimeField(default=apps.common.clock.now, verbose_name='updated')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feed_channels', to='markets.instrument', verbose_name='instrument')),
                ('process', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='channels', to='markets.feedprocess', verbose_name='process')),
            ],
            options={
                'verbose_name': 'feed channel',
                'verbose_name_plural': 'feed channels',
                'ordering': ['instrument__symbol', 'kind', 'timeframe', 'id'],
                'constraints': [models.UniqueConstraint(fields=('instrument', 'kind', 'timeframe'), name='feed_channel_once')],
            },
        ),
    ]
