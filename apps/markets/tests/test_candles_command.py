"""``manage.py candles`` and the import behind it."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.markets.candles import store
from apps.markets.candles.files import read_file, write_parquet
from apps.markets.factories import make_bars, make_stored
from apps.markets.models import Exchange, Series
from apps.markets.tests.comparing import same

NAME = "BINANCE_BTC-USDT_1h.parquet"


@pytest.fixture
def file(tmp_path) -> Path:
    write_parquet(make_bars(200, missing=(5,)), tmp_path / NAME)
    return tmp_path / NAME


def run(*args):
    out = io.StringIO()
    call_command("candles", *map(str, args), stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_importing_takes_the_names_from_the_file(file):
    text = run("import", file)

    series = Series.objects.get()
    assert series.label == "binance BTC/USDT 1h"
    assert "imported 199 candles, 2024-01-01 00:00 to 2024-01-09 07:00" in text
    assert "1 missing" in text
    assert "milliseconds" in text
    assert same(store.read_bars(series), read_file(file).bars)


@pytest.mark.django_db
def test_importing_twice_changes_nothing(file):
    run("import", file)
    before = Series.objects.get().data_hash

    text = run("import", file)

    assert "(+0)" in text
    assert Series.objects.get().data_hash == before


@pytest.mark.django_db
def test_a_nameless_file_needs_its_market(file):
    other = file.rename(file.with_name("prices.parquet"))

    with pytest.raises(CommandError, match="Say the exchange"):
        run("import", other)
    run("import", other, "--exchange", "Kraken", "--symbol", "eth-usd")

    assert Series.objects.get().label == "kraken ETH/USD 1h"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("option", "value", "part"),
    [
        ("--exchange", "no such!", "no exchange code"),
        ("--symbol", "BTCUSDT", "no symbol such as"),
        ("--timeframe", "7h", "not a timeframe"),
        ("--timeframe", "5m", "1h apart, not 5m"),
    ],
)
def test_a_bad_option_is_refused_and_changes_nothing(file, option, value, part):
    with pytest.raises(CommandError, match=part):
        run("import", file, option, value)

    assert not Exchange.objects.exists()
    assert not Series.objects.exists()


@pytest.mark.django_db
def test_the_real_hours_are_imported_whole(shared):
    run("import", shared / "data" / NAME)

    series = Series.objects.get()
    assert (series.bar_count, series.missing_count) == (45_024, 127)
    assert same(store.read_bars(series), read_file(shared / "data" / NAME).bars)


@pytest.mark.django_db
def test_a_dirty_file_is_refused_by_its_name(shared):
    with pytest.raises(CommandError, match=r"DIRTY_BINANCE.*off the 1h grid.*43"):
        run("import", shared / "data/DIRTY_BINANCE_BTC-USDT_1h_201802.parquet")

    assert not Exchange.objects.exists()


@pytest.mark.django_db
def test_list_export_and_delete_speak_of_one_series(tmp_path):
    make_stored(bars := make_bars(50))

    assert "binance BTC/USDT 1h" in run("list")
    assert "50 candles" in run("export", "binance BTC/USDT 1h", tmp_path / "x.parquet")
    assert same(read_file(tmp_path / "x.parquet").bars, bars)
    assert "deleted 50 candles" in run("delete", "binance BTC/USDT 1h")
    assert not Series.objects.exists()


@pytest.mark.django_db
def test_an_unknown_series_names_those_that_are_there():
    make_stored()

    with pytest.raises(CommandError, match="stored are: binance BTC/USDT 1h"):
        run("export", "binance BTC/USDT 5m", "x.parquet")
    with pytest.raises(CommandError, match="is no series"):
        run("delete", "btc")


@pytest.mark.django_db
def test_exporting_into_a_missing_folder_is_refused(tmp_path):
    make_stored()

    with pytest.raises(CommandError, match="cannot be written"):
        run("export", "binance BTC/USDT 1h", tmp_path / "no" / "x.parquet")
