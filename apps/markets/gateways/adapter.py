"""The interface over a ccxt exchange that stands behind our door."""

from apps.markets.gateways.account import Account
from apps.markets.gateways.public import PublicFacts


class CcxtGateway(PublicFacts, Account):
    """``Gateway`` for every exchange of ccxt."""
