"""The engine's rules, one by one, on bars small enough to work out by hand."""

import pytest

from apps.strategies.authoring.signals import Levels
from apps.strategies.backtest.result import exit_reasons, refusal_rows, side_names
from apps.strategies.backtest.rules import InstrumentRules
from apps.strategies.tests.backtest_factories import HOUR_MS, backtest, make_bars


def test_a_signal_fills_at_the_next_open() -> None:
    bars = make_bars(100, (110, 120, 110, 120), (130, 130, 125, 125), 125)

    result = backtest(bars, long=[0], leave_long=[1])

    trade = result.trades[0]
    assert (trade["entry_price"], trade["exit_price"]) == (110, 130)
    assert (trade["entry_ms"], trade["exit_ms"]) == (HOUR_MS, 2 * HOUR_MS)


def test_all_in_reserves_the_entry_fee() -> None:
    result = backtest(make_bars(100, 100, 120, 120), long=[0], leave_long=[1], fee=0.01)

    quantity = 1_000 / (100 * 1.01)
    fees = quantity * 100 * 0.01 + quantity * 120 * 0.01
    assert result.trades["quantity"][0] == pytest.approx(quantity)
    assert result.trades["fee"][0] == pytest.approx(fees)
    assert result.trades["profit"][0] == pytest.approx(quantity * 20 - fees)
    assert result.final_equity == pytest.approx(quantity * 120 * 0.99)


def test_slippage_moves_both_fills_against_the_trader() -> None:
    bars = make_bars(100, 100, 100, 100)

    bought = backtest(bars, long=[0], leave_long=[1], slippage=0.01).trades[0]
    sold = backtest(bars, short=[0], leave_short=[1], slippage=0.01).trades[0]

    assert (bought["entry_price"], bought["exit_price"]) == (101, 99)
    assert (sold["entry_price"], sold["exit_price"]) == (99, 101)


def test_a_short_earns_what_the_price_falls() -> None:
    result = backtest(make_bars(100, 100, 80, 80), short=[0], leave_short=[1])

    assert side_names(result.trades) == ["short"]
    assert result.final_equity == pytest.approx(1_200)


def test_a_fraction_of_the_equity_is_spent() -> None:
    bars = make_bars(100, 100, 200)

    result = backtest(bars, long=[0], sizing="fraction", size=0.25)

    assert result.open_position.quantity == pytest.approx(2.5)
    assert result.final_equity == pytest.approx(1_250)


def test_a_reversal_leaves_and_enters_at_one_open_for_two_fees() -> None:
    bars = make_bars(100, 100, 110, 90)

    result = backtest(
        bars, long=[0], leave_long=[1], short=[1], sizing="fixed", size=1, fee=0.01
    )

    assert result.trades["exit_price"][0] == 110
    assert result.open_position.entry_price == 110
    assert result.figures["fees_paid"] == pytest.approx(1 + 1.1 + 1.1)


def test_both_entries_at_once_mean_neither() -> None:
    result = backtest(make_bars(100, 100, 100), long=[0], short=[0])

    assert result.open_position is None
    assert len(result.trades) == 0


def test_an_entry_for_the_side_held_beside_an_exit_is_only_the_exit() -> None:
    result = backtest(make_bars(100, 100, 100, 100), long=[0, 1], leave_long=[1])

    assert len(result.trades) == 1
    assert result.open_position is None


def test_an_opposite_entry_without_an_exit_is_ignored() -> None:
    result = backtest(make_bars(100, 100, 100, 100), long=[0], short=[1])

    assert result.open_position.side == "long"


def test_a_signal_on_the_last_bar_is_never_filled() -> None:
    for fill in ("next-open", "signal-close"):
        result = backtest(make_bars(100, 100, 100), long=[2], fill=fill)

        assert result.open_position is None


def test_a_stop_is_hit_on_the_entry_bar_unless_told_otherwise() -> None:
    bars = make_bars(100, (100, 100, 90, 100), 100)

    hit = backtest(bars, long=[0], stop_loss=0.05)
    spared = backtest(bars, long=[0], stop_loss=0.05, levels_from="next-bar")

    assert exit_reasons(hit.trades) == ["stop_loss"]
    assert hit.trades["exit_price"][0] == 95
    assert spared.open_position is not None


def test_a_level_is_hit_when_it_is_only_touched() -> None:
    down = make_bars(100, 100, (100, 100, 95, 100))
    up = make_bars(100, 100, (100, 105, 100, 100))
    rules, levels = InstrumentRules(tick_size=1), {"stop_loss": 0.05}

    stopped = backtest(down, long=[0], rules=rules, **levels)
    reached = backtest(up, long=[0], rules=rules, take_profit=0.05)
    covered = backtest(up, short=[0], rules=rules, **levels)
    gained = backtest(down, short=[0], rules=rules, take_profit=0.05)

    assert all(len(r.trades) == 1 for r in (stopped, reached, covered, gained))


def test_a_bar_that_touches_stop_and_target_is_stopped() -> None:
    bars = make_bars(100, (100, 120, 80, 100), 100)

    result = backtest(bars, long=[0], stop_loss=0.05, take_profit=0.05)

    assert exit_reasons(result.trades) == ["stop_loss"]


@pytest.mark.parametrize(
    ("gap", "reason", "price"), [(80, "stop_loss", 80), (130, "take_profit", 130)]
)
def test_a_gap_over_a_level_fills_at_the_open(
    gap: float, reason: str, price: float
) -> None:
    result = backtest(
        make_bars(100, 100, gap), long=[0], stop_loss=0.05, take_profit=0.05
    )

    assert exit_reasons(result.trades) == [reason]
    assert result.trades["exit_price"][0] == price


@pytest.mark.parametrize(
    ("bar", "reason", "price"),
    [
        ((100, 110, 100, 100), "stop_loss", 105),
        ((120, 120, 100, 100), "stop_loss", 120),
        ((100, 100, 90, 100), "take_profit", 95),
        ((80, 80, 80, 80), "take_profit", 80),
    ],
)
def test_the_levels_of_a_short_mirror_those_of_a_long(
    bar: tuple[float, float, float, float], reason: str, price: float
) -> None:
    result = backtest(
        make_bars(100, 100, bar), short=[0], stop_loss=0.05, take_profit=0.05
    )

    assert exit_reasons(result.trades) == [reason]
    assert result.trades["exit_price"][0] == price


def test_a_market_exit_at_the_open_comes_before_the_stop_in_the_bar() -> None:
    bars = make_bars(100, 100, (100, 100, 80, 80))
    orders = {"long": [0], "leave_long": [1], "stop_loss": 0.05}

    by_time = backtest(bars, **orders)
    stop_first = backtest(bars, **orders, level_order="stop-first")

    assert exit_reasons(by_time.trades) == ["signal"]
    assert by_time.trades["exit_price"][0] == 100
    assert exit_reasons(stop_first.trades) == ["stop_loss"]
    assert stop_first.trades["exit_price"][0] == 95


def test_a_reversal_overtaken_by_its_stop_is_told() -> None:
    bars = make_bars(100, 100, (100, 100, 80, 80), 80)

    result = backtest(
        bars,
        long=[0],
        leave_long=[1],
        short=[1],
        stop_loss=0.05,
        level_order="stop-first",
    )

    assert [row["reason"] for row in refusal_rows(result.refusals)] == [
        "stopped_before_reversal"
    ]


def test_a_trailing_stop_follows_completed_bars_only() -> None:
    # Bar 2 has a low of 95 and a high of 200, which must not yet stop it at 180.
    bars = make_bars(100, 100, (100, 200, 95, 190), (190, 190, 170, 170))

    result = backtest(bars, long=[0], trailing_stop=0.1)

    assert exit_reasons(result.trades) == ["trailing_stop"]
    assert result.trades["exit_index"][0] == 3
    assert result.trades["exit_price"][0] == pytest.approx(180)


def test_the_entry_bars_high_moves_the_trailing_stop_unless_told_otherwise() -> None:
    bars = make_bars(100, (100, 120, 100, 115), (115, 115, 105, 110))

    moved = backtest(bars, long=[0], trailing_stop=0.1)
    unmoved = backtest(bars, long=[0], trailing_stop=0.1, trail_from="after-entry")

    assert moved.trades["exit_price"][0] == pytest.approx(108)
    assert unmoved.open_position is not None


def test_levels_can_be_measured_from_the_signals_close() -> None:
    bars = make_bars(100, (110, 110, 100, 100), 100)

    from_fill = backtest(bars, long=[0], stop_loss=0.05)
    from_close = backtest(bars, long=[0], stop_loss=0.05, levels_base="signal-close")

    assert from_fill.trades["exit_price"][0] == pytest.approx(104.5)
    assert from_close.open_position is not None


def test_a_stop_slips_and_a_target_does_not() -> None:
    falls = make_bars(100, 100, (100, 100, 80, 80))
    rises = make_bars(100, 100, (100, 120, 100, 100))
    chosen = {"long": [0], "stop_loss": 0.1, "take_profit": 0.1, "slippage": 0.01}

    stopped, reached = backtest(falls, **chosen), backtest(rises, **chosen)

    assert stopped.trades["exit_price"][0] == pytest.approx(101 * 0.9 * 0.99)
    assert reached.trades["exit_price"][0] == pytest.approx(101 * 1.1)


def test_an_option_replaces_the_strategys_level_and_zero_switches_it_off() -> None:
    bars = make_bars(100, 100, (100, 100, 90, 90))
    own = Levels(stop_loss=0.05)

    kept = backtest(bars, long=[0], levels=own)
    wider = backtest(bars, long=[0], levels=own, stop_loss=0.08)
    off = backtest(bars, long=[0], levels=own, stop_loss=0)

    assert kept.trades["exit_price"][0] == 95
    assert wider.trades["exit_price"][0] == pytest.approx(92)
    assert off.open_position is not None


def test_quantities_go_down_to_the_lot_and_levels_to_the_tick() -> None:
    bars = make_bars(30, 30, (30, 30, 10, 10))
    rules = InstrumentRules(lot_size=0.1, tick_size=0.25)

    result = backtest(bars, long=[0], stop_loss=0.05, rules=rules)
    unrounded = backtest(bars, long=[0], stop_loss=0.05, rules=rules, rounding="none")

    assert result.trades["quantity"][0] == 33.3
    assert result.trades["exit_price"][0] == 28.5
    assert unrounded.trades["quantity"][0] == 1_000 / 30


def test_a_fixed_quantity_on_the_lot_is_not_rounded_away() -> None:
    rules = InstrumentRules(lot_size=0.1)

    result = backtest(
        make_bars(100, 100, 100), long=[0], sizing="fixed", size=0.3, rules=rules
    )

    assert result.open_position.quantity == 0.3


@pytest.mark.parametrize(
    ("rules", "options", "reason"),
    [
        (InstrumentRules(lot_size=20), {}, "below_lot_size"),
        (InstrumentRules(minimum_notional=1_001), {}, "below_minimum_notional"),
        (InstrumentRules(), {"sizing": "fixed", "size": 11}, "not_enough_cash"),
    ],
)
def test_an_order_that_may_not_be_sent_is_refused_and_told(
    rules: InstrumentRules, options: dict[str, object], reason: str
) -> None:
    result = backtest(make_bars(100, 100, 100), long=[0], rules=rules, **options)

    refusal = result.to_dict()["refusals"][0]
    assert (refusal["reason"], refusal["side"]) == (reason, "long")
    assert refusal["time_ms"] == HOUR_MS
    assert result.open_position is None


def test_an_exit_is_never_refused() -> None:
    rules = InstrumentRules(minimum_notional=900)

    result = backtest(
        make_bars(100, 100, 10, 10), long=[0], leave_long=[1], rules=rules
    )

    assert len(result.trades) == 1
    assert len(result.refusals) == 0


def test_a_short_that_loses_everything_ends_the_trading() -> None:
    bars = make_bars(100, 100, 250, 100, 100, 100)

    result = backtest(bars, short=[0, 3], leave_short=[4])

    assert exit_reasons(result.trades) == ["liquidation"]
    assert result.halted_ms == 2 * HOUR_MS
    assert result.equity.tolist() == [1_000, 1_000, -500, -500, -500, -500]


def test_equity_of_exactly_nothing_ends_the_trading_too() -> None:
    result = backtest(make_bars(100, 100, 200, 100), short=[0])

    assert result.halted_ms == 2 * HOUR_MS


def test_a_fill_at_the_signals_close_counts_from_the_next_close() -> None:
    bars = make_bars(100, (110, 110, 105, 105), 120)

    result = backtest(bars, long=[0], fill="signal-close", fee=0.01)

    quantity = 1_000 / (100 * 1.01)
    assert result.open_position.entry_ms == 0
    assert result.equity.tolist() == pytest.approx(
        [1_000, quantity * 105, quantity * 120]
    )


def test_a_trade_knows_its_best_and_worst_moment() -> None:
    bars = make_bars(100, (100, 110, 95, 100), (105, 130, 105, 120), 120, 115)

    trade = backtest(bars, long=[0], leave_long=[2]).trades[0]

    assert trade["best_ratio"] == pytest.approx(0.3)
    assert trade["worst_ratio"] == pytest.approx(-0.05)
