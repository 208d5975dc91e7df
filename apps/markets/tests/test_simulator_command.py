"""The command's arguments: what they make, and what is refused in words."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.markets.simulator.web.launch import account_of


def test_account_is_key_secret_and_deposits():
    account = account_of("k:s:USDT=10000,btc=0.5")

    assert (account.key, account.secret) == ("k", "s")
    assert account.deposits == {"USDT": Decimal(10_000), "BTC": Decimal("0.5")}
    assert "'s'" not in repr(account)


BAD = {
    "no account": (["--account", "k:s"], "an account is"),
    "no amount": (["--account", "k:s:USDT"], "not a number"),
    "negative deposit": (["--account", "k:s:USDT=-1"], "not an amount"),
    "speed below zero": (["--speed=-1"], "below zero"),
    "replay of nothing": (["--source", "replay"], "needs --replay"),
    "replay without a pair": (["--source", "replay", "--replay", "x"], "is not"),
    "mirror without a feed": (["--source", "mirror"], "handed its feed"),
}


@pytest.mark.parametrize(("arguments", "words"), BAD.values(), ids=BAD)
def test_bad_argument_is_refused_in_words(arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("simulator", *arguments)
