"""The engine's door: strategies, progress, cancelling, and bars it refuses."""

import json
from dataclasses import replace

import numpy as np
import pytest

from apps.common.errors import InvalidInput
from apps.markets.candles.bars import Bars
from apps.strategies.authoring import Bar, Decision, Levels, Position, Signals, Strategy
from apps.strategies.backtest.engine import ENGINE_VERSION, run, simulate
from apps.strategies.backtest.options import Options
from apps.strategies.library.ema_cross import EmaCross
from apps.strategies.tests.backtest_factories import HOUR_MS, make_bars, on


class CrossByBar(Strategy):
    """The EMA cross once more, decided bar by bar."""

    def indicators(self, bars: Bars):
        return EmaCross(fast=3, slow=8).indicators(bars)

    def start(self, bars: Bars) -> None:
        self.signals_there = EmaCross(fast=3, slow=8).signals(bars, self.x)

    def on_bar(self, bar: Bar, position: Position) -> Decision | None:
        if self.signals_there.enter_long[bar.index]:
            return Decision.ENTER_LONG
        return Decision.EXIT if self.signals_there.exit_long[bar.index] else None


class Script(Strategy):
    """Answers from a list, and remembers the positions it was shown."""

    answers: tuple[Decision | None, ...] = ()

    def start(self, bars: Bars) -> None:
        self.seen: list[Position] = []

    def on_bar(self, bar: Bar, position: Position) -> Decision | None:
        self.seen.append(position)
        return self.answers[bar.index] if bar.index < len(self.answers) else None


def scripted(*answers: Decision | None) -> Script:
    strategy = Script()
    strategy.answers = answers
    return strategy


def walk(n_bars: int) -> Bars:
    random = np.random.default_rng(11)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, n_bars)))
    return make_bars(*close)


def test_a_strategy_by_bar_trades_as_the_same_one_by_signals() -> None:
    bars, options = walk(400), Options(stop_loss=0.01)

    by_bar = run(CrossByBar(), bars, options=options)
    by_signals = run(EmaCross(fast=3, slow=8), bars, options=options)

    assert len(by_bar.trades) > 10
    assert by_bar.to_dict() == by_signals.to_dict()


def test_a_reversal_decided_by_bar_changes_sides_at_one_open() -> None:
    strategy = scripted(Decision.ENTER_LONG, Decision.REVERSE_SHORT, Decision.EXIT)

    result = run(strategy, make_bars(100, 100, 110, 120, 120), options=Options())

    assert result.trades["side"].tolist() == [1, -1]
    assert result.trades["entry_index"].tolist() == [1, 2]
    assert result.trades["exit_index"].tolist() == [2, 3]


def test_a_strategy_by_bar_sees_the_position_it_holds() -> None:
    strategy = scripted(Decision.ENTER_LONG)

    run(strategy, make_bars(100, 100, 110), options=Options(cash=1_000, fee=0))

    assert [seen.side for seen in strategy.seen] == [None, "long", "long"]
    last = strategy.seen[-1]
    assert (last.quantity, last.entry_price, last.opened_ms) == (10, 100, HOUR_MS)
    assert (last.bars_held, last.profit) == (2, 100)


def test_a_strategy_by_bar_has_the_levels_it_declares() -> None:
    class Stopped(Script):
        levels = Levels(stop_loss=0.05)
        answers = (Decision.ENTER_LONG,)

    result = run(
        Stopped(), make_bars(100, 100, (100, 100, 90, 90)), options=Options(fee=0)
    )

    assert result.trades["exit_price"].tolist() == [95]


@pytest.mark.parametrize("n_bars", [5, 200, 1_234])
def test_progress_is_told_often_and_ends_at_the_end(n_bars: int) -> None:
    told: list[tuple[int, int]] = []

    run(
        scripted(),
        walk(n_bars),
        options=Options(),
        report=lambda done, total: told.append((done, total)),
    )

    assert len(told) >= min(n_bars, 200)
    assert told == sorted(told)
    assert told[-1] == (n_bars, n_bars)


@pytest.mark.parametrize("strategy", [scripted(), EmaCross()])
def test_what_the_progress_report_raises_cancels_the_run(strategy: Strategy) -> None:
    class CancelledError(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        if done:
            raise CancelledError

    with pytest.raises(CancelledError):
        run(strategy, walk(300), options=Options(), report=cancel)


def test_the_result_is_json_that_keeps_every_digit() -> None:
    result = run(EmaCross(fast=3, slow=8), walk(400), options=Options())

    read = json.loads(json.dumps(result.to_dict(), allow_nan=False))

    assert read["engine_version"] == ENGINE_VERSION
    assert read["final_equity"] == result.final_equity
    assert [row["profit"] for row in read["trades"]] == result.trades["profit"].tolist()
    assert set(read["trades"][0]) == {
        "entry_ms",
        "exit_ms",
        "side",
        "entry_price",
        "exit_price",
        "quantity",
        "fee",
        "profit",
        "exit_reason",
    }


def test_bars_that_may_not_be_written_to_are_read_all_the_same() -> None:
    bars = walk(50)
    for name in ("time_ms", "open", "high", "low", "close", "volume"):
        getattr(bars, name).flags.writeable = False

    assert len(run(EmaCross(fast=3, slow=8), bars, options=Options()).equity) == 50


def broken(name: str, value: float, index: int = 2) -> Bars:
    """Good bars but for one value."""
    bars = make_bars(*[(100, 110, 90, 100)] * 5)
    getattr(bars, name)[index] = value
    return bars


@pytest.mark.parametrize(
    ("bars", "field"),
    [
        (broken("open", np.nan), "open"),
        (broken("close", np.inf), "close"),
        (broken("low", 0.0), "low"),
        (broken("low", -1.0), "low"),
        (broken("high", 80.0), "high"),
        (broken("open", 111.0), "open"),
        (broken("close", 89.0), "close"),
        (broken("volume", -1.0), "volume"),
        (broken("time_ms", HOUR_MS), "time_ms"),
        (broken("time_ms", -1, index=0), "time_ms"),
        (replace(walk(5), close=np.ones(4)), "close"),
        (replace(walk(5), open=np.ones(5, dtype=np.float32)), "open"),
        (walk(1), "bars"),
    ],
)
def test_bars_no_market_can_have_made_are_refused_by_name(
    bars: Bars, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(EmaCross(), bars, options=Options())

    assert caught.value.field == field


def test_signals_of_another_length_are_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        simulate(walk(5), Signals(enter_long=on(4, 1)), Options())

    assert caught.value.field == "enter_long"


def test_a_level_of_the_strategy_out_of_bounds_is_refused() -> None:
    signals = Signals(enter_long=on(5, 1), levels=Levels(stop_loss=1.5))

    with pytest.raises(InvalidInput) as caught:
        simulate(walk(5), signals, Options())

    assert caught.value.field == "stop_loss"
