import numpy as np
import pytest

from apps.common.errors import InvalidFields, InvalidInput
from apps.strategies.authoring import (
    Bar,
    Boolean,
    Decision,
    Float,
    Integer,
    Position,
    Signals,
    Strategy,
    crossed_above,
    crossed_below,
    ema,
)
from apps.strategies.authoring.evaluation import begin, indicators_of, signals_of
from apps.strategies.tests.builders import make_bars, wave_bars


class DesignCross(Strategy):
    """Long while the fast average is above the slow one."""

    fast = Integer(12, low=2, high=50)
    slow = Integer(26, low=5, high=200)

    def indicators(self, bars):
        return {"fast": ema(bars.close, self.fast), "slow": ema(bars.close, self.slow)}

    def signals(self, bars, x):
        return Signals(
            enter_long=crossed_above(x.fast, x.slow),
            exit_long=crossed_below(x.fast, x.slow),
        )


class Answering(Strategy):
    """Answers what the test gives it."""

    answer = None

    def indicators(self, bars):
        return self.answer if isinstance(self.answer, dict | list) else {}

    def signals(self, bars, x):
        return self.answer


class Counting(Strategy):
    """Enters on the third bar above its average."""

    period = Integer(3, low=2, high=9)

    def indicators(self, bars):
        return {"average": ema(bars.close, self.period)}

    def start(self, bars):
        self.above = 0

    def on_bar(self, bar, position):
        self.above += bar.close > self.x.average[bar.index]
        return Decision.ENTER_LONG if self.above == 3 else None


def test_the_design_example_gives_signals_on_crosses():
    signals = signals_of(DesignCross(), wave_bars())

    assert signals.enter_long.sum() >= 3
    assert signals.exit_long.sum() >= 3
    assert not (signals.enter_long & signals.exit_long).any()


def test_values_given_by_keyword_replace_defaults_in_order():
    strategy = DesignCross(slow="30")

    assert strategy.values() == {"fast": 12, "slow": 30}
    assert (strategy.fast, strategy.slow) == (12, 30)
    assert repr(strategy) == "DesignCross(fast=12, slow=30)"
    assert DesignCross.description() == DesignCross.__doc__


def test_instances_do_not_share_values():
    one, other = DesignCross(fast=5), DesignCross(fast=6)

    assert (one.fast, other.fast) == (5, 6)


def test_a_parameter_cannot_be_assigned():
    with pytest.raises(AttributeError, match="fast is fixed"):
        DesignCross().fast = 5


def test_an_unknown_parameter_is_named_with_the_known_ones():
    with pytest.raises(InvalidInput, match=r"no parameter fst.*fast, slow") as caught:
        DesignCross(fst=5)

    assert caught.value.field == "fst"


def test_several_bad_values_are_told_at_once():
    with pytest.raises(InvalidFields) as caught:
        DesignCross(fast=1, slow="x", other=3)

    assert set(caught.value.errors) == {"fast", "slow", "other"}


def test_a_subclass_inherits_and_redeclares_parameters_in_place():
    class Faster(DesignCross):
        """A narrower choice."""

        fast = Integer(4, low=2, high=9)
        extra = Boolean(True)

    assert list(Faster.parameters()) == ["fast", "slow", "extra"]
    assert Faster().values() == {"fast": 4, "slow": 26, "extra": True}
    assert DesignCross().fast == 12


@pytest.mark.parametrize("name", ["values", "signals", "x", "warm_up", "_hidden"])
def test_a_parameter_may_not_take_a_name_of_the_base_class(name):
    with pytest.raises(TypeError, match=f"Broken.{name}.*taken"):
        type(Strategy)("Broken", (DesignCross,), {name: Integer(1)})


def test_a_plain_value_may_not_hide_a_parameter():
    with pytest.raises(TypeError, match="hides the parameter fast"):
        type(Strategy)("Broken", (DesignCross,), {"fast": 5})


def test_one_parameter_cannot_have_two_names():
    shared = Float(1.0)

    with pytest.raises(TypeError, match="also named"):
        type(Strategy)("Broken", (DesignCross,), {"one": shared, "two": shared})


def test_a_strategy_answers_by_signals_or_by_bar_never_both_or_neither():
    both = {"on_bar": Counting.on_bar, "signals": DesignCross.signals}

    for body in ({}, both):
        with pytest.raises(TypeError, match="either signals or on_bar"):
            type(Strategy)("Broken", (Strategy,), body)


def test_an_abstract_base_only_shares():
    class Shared(Strategy, abstract=True):
        period = Integer(5)

    class Concrete(Shared):
        """Usable."""

        def signals(self, bars, x):
            return Signals()

    assert Shared.is_abstract
    assert not Concrete.is_abstract
    assert Concrete().values() == {"period": 5}


def test_an_unknown_indicator_is_named_with_the_known_ones():
    x = indicators_of(DesignCross(), wave_bars(50))

    with pytest.raises(AttributeError, match=r"no indicator 'fst'.*fast, slow"):
        _ = x.fst


@pytest.mark.parametrize(
    ("answer", "field", "message"),
    [
        (None, "signals", "NoneType, not Signals"),
        ([], "indicators", "list, not a dict"),
        ({"short": np.ones(3)}, "short", "needs one value for each of 5 bars"),
        (Signals(enter_long=np.ones(4, bool)), "enter_long", "each of 5 bars"),
        (Signals(exit_long=np.ones(5)), "exit_long", "float64; a signal is true or"),
    ],
)
def test_an_answer_of_the_wrong_shape_is_refused(answer, field, message):
    strategy = Answering()
    strategy.answer = answer

    with pytest.raises(InvalidInput, match=message) as caught:
        signals_of(strategy, make_bars([1, 2, 3, 4, 5]))

    assert caught.value.field == field


def test_on_bar_reads_its_indicators_and_keeps_its_own_state():
    bars = make_bars([1, 2, 3, 4, 5, 6, 7])
    strategy = Counting()

    for _ in range(2):  # a second run starts afresh
        begin(strategy, bars)
        answers = [
            strategy.on_bar(Bar(0, c, c, c, c, 1.0, i), Position())
            for i, c in enumerate(bars.close)
        ]
        assert answers.index(Decision.ENTER_LONG) == 4
