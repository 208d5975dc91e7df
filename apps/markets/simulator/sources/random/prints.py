"""The trades that a random minute is made of: they add up to it exactly."""

from typing import Final

import numpy as np

from apps.markets.candles.bars import Floats, Times
from apps.markets.candles.timeframes import MINUTE_MS
from apps.markets.simulator.sources.random.market import generator
from apps.markets.simulator.sources.random.path import LEAST_LOTS, Minutes, Path
from apps.markets.simulator.sources.tape import Prints

_STREAM: Final = 2
# How far the way strays between its four points, as a share of high less low.
_NOISE: Final = 0.12


def hour_prints(path: Path, hour: int, steps: int) -> Prints:
    """The trades of one hour, counted from the origin, at most ``steps`` a minute.

    A minute's first trade is its open, its last is its close, one is its high and
    one its low. ``steps`` is at least 4 and divides 60,000.
    """
    minutes = path.minutes(hour * 60, hour * 60 + 60)
    random = generator(path.seed, path.name, _STREAM, hour)
    knots = _knots(random, steps)
    ticks = _way(random, minutes, knots, steps)
    lots = _shares(random, minutes.lots, knots, steps).ravel()
    flat = ticks.ravel()
    move = np.diff(flat, prepend=flat[0])
    is_buy = (move > 0) | ((move == 0) & (random.random(len(flat)) < 0.5))
    start_ms = path.origin_ms + hour * 60 * MINUTE_MS
    time_ms = start_ms + MINUTE_MS // steps * np.arange(len(flat), dtype=np.int64)
    there = lots > 0
    return Prints(time_ms[there], flat[there], lots[there], is_buy[there])


def _knots(random: np.random.Generator, steps: int) -> Times:
    """Where each minute has its open, high, low and close; shape ``(60, 4)``."""
    high = random.integers(1, steps - 1, 60)
    low = random.integers(1, steps - 2, 60)
    low += low >= high
    return np.stack([np.zeros(60, np.int64), high, low, np.full(60, steps - 1)], axis=1)


def _way(
    random: np.random.Generator, minutes: Minutes, knots: Times, steps: int
) -> Times:
    """From the open over both extremes to the close, straying but never beyond."""
    order = np.argsort(knots, axis=1)
    prices = np.stack(minutes[:4], axis=1)
    straight = _through(
        np.take_along_axis(knots, order, 1),
        np.take_along_axis(prices, order, 1),
        steps,
    )
    width = (minutes.high - minutes.low)[:, None]
    strayed = straight + _NOISE * width * random.standard_normal(straight.shape)
    low, high = minutes.low[:, None], minutes.high[:, None]
    ticks: Times = np.clip(np.rint(strayed).astype(np.int64), low, high)
    np.put_along_axis(ticks, knots, prices, 1)
    return ticks


def _through(at: Times, prices: Times, steps: int) -> Floats:
    """Straight lines through four points a row; shape ``(60, steps)``."""
    step = np.arange(steps)
    segment = (step >= at[:, 1:2]).astype(np.int64) + (step >= at[:, 2:3])
    start = np.take_along_axis(at, segment, 1)
    end = np.take_along_axis(at, segment + 1, 1)
    first = np.take_along_axis(prices, segment, 1)
    second = np.take_along_axis(prices, segment + 1, 1)
    return first + (second - first) * ((step - start) / (end - start))


def _shares(
    random: np.random.Generator, lots: Times, knots: Times, steps: int
) -> Times:
    """Each minute's lots over its steps: all of them, and one or more at each knot."""
    weight = np.cumsum(random.exponential(1.0, (60, steps)), axis=1)
    spread = (lots - LEAST_LOTS)[:, None]
    until = np.floor(spread * (weight / weight[:, -1:])).astype(np.int64)
    shares = np.diff(until, axis=1, prepend=0)
    np.put_along_axis(shares, knots, np.take_along_axis(shares, knots, 1) + 1, 1)
    return shares
