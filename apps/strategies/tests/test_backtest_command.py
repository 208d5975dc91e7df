"""`manage.py backtest`: files and stored candles, JSON and tables, plain errors."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.common.models import Job
from apps.markets.candles.files import write_parquet
from apps.strategies.models import Backtest
from apps.strategies.tests.factories import make_minutes, make_series


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "TEST_BTC-USDT_1m.parquet"
    write_parquet(make_minutes(), path)
    return path


def backtest(*arguments) -> str:
    out = StringIO()
    call_command("backtest", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_file_is_tested_without_a_database_and_answers_json(file):
    answer = json.loads(backtest("ema_cross", "--data", file, "--json"))

    trade = answer["trades"][0]
    assert list(trade) == [
        "entry_ms",
        "exit_ms",
        "side",
        "entry_price",
        "exit_price",
        "quantity",
        "fee",
        "profit",
        "exit_reason",
    ]
    assert {"options", "pinned", "open_position", "final_equity", "figures"} <= set(
        answer
    )
    assert answer["pinned"]["parameters"] == {"fast": 12, "slow": 26, "short": False}


def test_the_table_names_every_figure(file):
    text = backtest("ema_cross", "--data", file)

    for label in ("Net profit", "Maximum drawdown", "Sharpe ratio", "Buy and hold"):
        assert label in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ema_crss",), "Did you mean ema_cross"),
        (("ema_cross", "--set", "fast=99"), "above the highest allowed value 50"),
        (("ema_cross", "--set", "fast"), "write it as NAME=VALUE"),
        (
            ("ema_cross", "--option", "fee=2"),
            "fee 2.0 is above the highest allowed value 0.1",
        ),
        (("ema_cross", "--option", "feee=0"), "there is no option feee"),
        (("ema_cross", "--from", "2030-01-01"), "none lie in this period"),
        (("ema_cross", "--from", "2023-11-16", "--to", "2023-11-15"), "must be after"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(file, arguments, said):
    with pytest.raises(CommandError, match=said):
        backtest(*arguments, "--data", file)


def test_a_missing_file_is_said_in_one_line(tmp_path):
    with pytest.raises(CommandError, match=r"nothing\.parquet"):
        backtest("ema_cross", "--data", tmp_path / "nothing.parquet")


@pytest.mark.django_db(transaction=True)
def test_stored_candles_leave_a_backtest_on_the_desk():
    make_series()

    answer = json.loads(
        backtest("ema_cross", "--instrument", "BTC/USDT", "--timeframe", "1m", "--json")
    )

    stored = Backtest.objects.get()
    assert stored.job.status == "done"
    assert len(answer["trades"]) == stored.trade_count
    assert answer["figures"]["trades"] == stored.trade_count


@pytest.mark.django_db(transaction=True)
def test_unknown_candles_are_told_with_those_there_are():
    make_series()

    with pytest.raises(CommandError, match="test BTC/USDT 1m"):
        backtest("ema_cross", "--instrument", "ETH/USDT", "--timeframe", "1m")

    assert not Job.objects.exists()
