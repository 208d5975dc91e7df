"""Addresses and state for exchanges; all rules, status and changes for instruments.

Exchanges that are there already were made by imports of files: they are left out of
the schedule, so that nothing is called that nobody asked for. Nothing ever set
``is_active`` to false, so ``status`` begins as active without copying it.
"""

import apps.common.clock
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('markets', '0002_chunk_data_stored_external'),
    ]

    operations = [
        migrations.CreateModel(
            name='InstrumentChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changed_at', models.DateTimeField(default=apps.common.clock.now, verbose_name='changed')),
                ('field', models.CharField(max_length=30, verbose_name='field')),
                ('old', models.CharField(blank=True, max_length=80, verbose_name='old')),
                ('new', models.CharField(blank=True, max_length=80, verbose_name='new')),
            ],
            options={
                'verbose_name': 'instrument change',
                'verbose_name_plural': 'instrument changes',
                'ordering': ['-id'],
            },
        ),
        migrations.RemoveField(
            model_name='instrument',
            name='is_active',
        ),
        migrations.AddField(
            model_name='exchange',
            name='ccxt_id',
            field=models.SlugField(blank=True, help_text='The exchange as ccxt knows it, such as gate. Empty: the code.', max_length=40, verbose_name='exchange API'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='checked_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='checked'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='clock_offset_ms',
            field=models.BigIntegerField(blank=True, editable=False, null=True, verbose_name='clock offset'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='instruments_synced_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='instruments synchronised'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='is_enabled',
            field=models.BooleanField(default=False, help_text='Checked every minute and synchronised by schedule.', verbose_name='enabled'),
        ),
        migrations.AlterField(
            model_name='exchange',
            name='is_enabled',
            field=models.BooleanField(default=True, help_text='Checked every minute and synchronised by schedule.', verbose_name='enabled'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='is_simulator',
            field=models.BooleanField(default=False, help_text='Runs on this machine and may be spoken to without encryption.', verbose_name='simulator'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='last_error',
            field=models.CharField(blank=True, editable=False, max_length=500, verbose_name='last error'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='last_error_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last error at'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='limited_until',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='rate limited until'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='recent_errors',
            field=models.JSONField(blank=True, default=list, editable=False, verbose_name='last errors'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='last_sync',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='last synchronisation'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='refused_count',
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name='refused rows'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='rest_url',
            field=models.CharField(blank=True, help_text="Empty: the exchange's own; for a simulator, the one that runs here.", max_length=200, verbose_name='REST address'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='round_trip_ms',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name='round trip'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='state',
            field=models.CharField(choices=[('unchecked', 'Not checked yet'), ('ok', 'OK'), ('limited', 'Rate limited'), ('maintenance', 'Maintenance'), ('unreachable', 'Unreachable'), ('failing', 'Answers badly'), ('misconfigured', 'Wrong settings')], default='unchecked', editable=False, max_length=16, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='ws_url',
            field=models.CharField(blank=True, help_text="Empty: the exchange's own.", max_length=200, verbose_name='WebSocket address'),
        ),
        migrations.AddField(
            model_name='instrument',
            name='contract_size',
            field=models.DecimalField(blank=True, decimal_places=18, help_text='Base units in one contract.', max_digits=36, null=True, verbose_name='contract size'),
        ),
        migrations.AddField(
            model_name='instrument',
            name='delisted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='delisted'),
        ),
        migrations.AddField(
            model_name='instrument',
            name='exchange_symbol',
            field=models.CharField(blank=True, help_text='As the exchange writes it, such as BTC_USDT.', max_length=60, verbose_name="exchange's symbol"),
        ),
        migrations.AddField(
            model_name='instrument',
            name='listed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='listed'),
        ),
        migrations.AddField(
            model_name='instrument',
            name='maker_fee',
            field=models.DecimalField(blank=True, decimal_places=18, help_text='Share of the notional.', max_digits=36, null=True, verbose_name='maker fee'),
        ),
        migrations.AddField(
            model_name='instrument',
            name='maximum_notional',
            field=models.DecimalField(blank=True, decimal_places=18, help_text='Largest order, in quote.', max_digits=36, null=True, verbose_name='maximum notional'),
        ),
        migrations.AddField(
            model_name='instrument',
            name='maximum_quantity',
            field=models.DecimalField(blank=True, decimal_places=18, help_text='In base or contracts.', max_digits=36, null=True, verbose_name='maximum quantity'),
        ),
        migrations.AddField(
            model_name='instrument',
            name='minimum_quantity',
            field=models.DecimalField(blank=True, decimal_places=18, help_text='In base or contracts.', max_digits=36, null=True, verbose_name='minimum quantity'),
        ),
        migrations.AddField(
            model_name='instrument',
            name='settle',
            field=models.CharField(blank=True, max_length=30, verbose_name='settled in'),
        ),
        migrations.AddField(
            model_name='instrument',
            name='status',
            field=models.CharField(choices=[('active', 'Active'), ('halted', 'Halted'), ('delisted', 'Delisted')], default='active', max_length=10, verbose_name='status'),
        ),
        migrations.AddField(
            model_name='instrument',
            name='synced_at',
            field=models.DateTimeField(blank=True, help_text='When the exchange last told of it.', null=True, verbose_name='synchronised'),
        ),
        migrations.AddField(
            model_name='instrument',
            name='taker_fee',
            field=models.DecimalField(blank=True, decimal_places=18, help_text='Share of the notional.', max_digits=36, null=True, verbose_name='taker fee'),
        ),
        migrations.AlterField(
            model_name='instrument',
            name='lot_size',
            field=models.DecimalField(blank=True, decimal_places=18, help_text='Smallest quantity step, in base or contracts.', max_digits=36, null=True, verbose_name='lot size'),
        ),
        migrations.AddConstraint(
            model_name='instrument',
            constraint=models.CheckConstraint(condition=models.Q(('maximum_notional__gt', 0), ('maximum_notional__isnull', True), _connector='OR'), name='instrument_maximum_notional_positive'),
        ),
        migrations.AddConstraint(
            model_name='instrument',
            constraint=models.CheckConstraint(condition=models.Q(('minimum_quantity__gt', 0), ('minimum_quantity__isnull', True), _connector='OR'), name='instrument_minimum_quantity_positive'),
        ),
        migrations.AddConstraint(
            model_name='instrument',
            constraint=models.CheckConstraint(condition=models.Q(('maximum_quantity__gt', 0), ('maximum_quantity__isnull', True), _connector='OR'), name='instrument_maximum_quantity_positive'),
        ),
        migrations.AddConstraint(
            model_name='instrument',
            constraint=models.CheckConstraint(condition=models.Q(('contract_size__gt', 0), ('contract_size__isnull', True), _connector='OR'), name='instrument_contract_size_positive'),
        ),
        migrations.AddField(
            model_name='instrumentchange',
            name='instrument',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='markets.instrument', verbose_name='instrument'),
        ),
    ]
