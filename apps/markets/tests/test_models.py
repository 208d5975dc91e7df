"""Instruments round by their exchange's rules."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from apps.markets.factories import make_instrument, make_stored
from apps.markets.models import InstrumentKind
from apps.markets.models.instruments import POSITIVE_RULES

pytestmark = pytest.mark.django_db


def test_quantities_go_down_to_the_lot_and_prices_to_the_tick():
    instrument = make_instrument(lot_size=Decimal("0.001"), tick_size=Decimal("0.05"))
    instrument.refresh_from_db()

    assert instrument.round_quantity(Decimal("0.0029")) == Decimal("0.002")
    assert instrument.round_price(Decimal("10.07")) == Decimal("10.05")


def test_steps_above_one_round_as_well():
    instrument = make_instrument(lot_size=Decimal(100))
    instrument.refresh_from_db()

    assert instrument.round_quantity(Decimal("250")) == Decimal(200)


def test_an_unknown_rule_changes_nothing():
    instrument = make_instrument()

    assert instrument.round_quantity(Decimal("0.0029")) == Decimal("0.0029")
    assert instrument.round_price(Decimal("10.07")) == Decimal("10.07")


@pytest.mark.parametrize("rule", POSITIVE_RULES)
def test_a_rule_of_zero_is_refused(rule):
    with pytest.raises(IntegrityError):
        make_instrument(**{rule: Decimal(0)})


@pytest.mark.parametrize(
    ("exchange", "symbol", "kind"),
    [
        ("binance", "BTC/USDT", InstrumentKind.SPOT),
        ("binanceusdm", "BTC/USDT", InstrumentKind.PERPETUAL),
        ("ftx", "BTC/PERP", InstrumentKind.PERPETUAL),
    ],
)
def test_perpetuals_are_told_from_spot(exchange, symbol, kind):
    assert make_instrument(symbol, exchange=exchange).kind == kind


def test_postgresql_does_not_compress_chunks_again():
    if connection.vendor != "postgresql":
        pytest.skip("column storage is PostgreSQL's")
    make_stored()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attstorage FROM pg_attribute WHERE attname = 'data'"
            " AND attrelid = 'markets_candlechunk'::regclass"
        )
        assert cursor.fetchone() == ("e",)
