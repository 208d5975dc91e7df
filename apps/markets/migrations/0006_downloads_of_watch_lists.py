"""Downloads and top-ups of a watch-list's members."""

import django.db.models.deletion
from django.db import migrations, models


def _link(on_delete, name):
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=on_delete,
        related_name=name,
        to="markets.watchlist",
        verbose_name="watch-list",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("markets", "0004_downloads_gaps_funding_trades"),
        ("markets", "0005_watch_lists"),
    ]

    operations = [
        migrations.AddField(
            "download",
            "watch_list",
            _link(django.db.models.deletion.SET_NULL, "downloads"),
        ),
        migrations.AddField(
            "topup",
            "watch_list",
            _link(django.db.models.deletion.CASCADE, "top_ups"),
        ),
        migrations.AddConstraint(
            "topup",
            models.CheckConstraint(
                condition=models.Q(instrument__isnull=False, watch_list__isnull=True)
                | models.Q(instrument__isnull=True, watch_list__isnull=False),
                name="top_up_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            "topup",
            models.UniqueConstraint(
                fields=["watch_list", "timeframe"], name="top_up_once_per_watch_list"
            ),
        ),
    ]
