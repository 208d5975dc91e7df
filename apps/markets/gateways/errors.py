"""What can go wrong at an exchange's door, split by what the caller must do.

CashUpError
├── InvalidInput
│   └── BadVenue            our own settings name no exchange we may talk to
└── GatewayError
    ├── ForbiddenCall       a call this gateway never makes; no socket was opened
    ├── Unreachable         provably not sent: the same call may be made again
    ├── RateLimited         refused unread for its pace: again after ``until_ms``
    ├── Refused             refused for a known reason (``label``); nothing was done
    │   ├── UnknownSymbol       never there, or no more: synchronise instruments
    │   ├── UnknownOrder        not found; at Gate.io absence proves nothing by itself
    │   ├── TooFarBack          the exchange keeps no history that old
    │   ├── ClockRefused        our time is not theirs: measure, then again
    │   └── BadCredentials      key, signature, address or right: needs a person
    └── OutcomeUnknown      sent, and no answer tells what became of it. Something that
        │                   was only read may be read again; an order is asked for,
        │                   never sent again
        ├── MalformedAnswer     an answer came that is not what it should be
        └── Maintenance         the exchange is closed for now: wait, ask, then go on

No text, repr or chained cause carries a key, a signature or a signed address.
"""

from apps.common.errors import InvalidInput, Unavailable


class BadVenue(InvalidInput):
    """The exchange's name or address in our settings is not one we may use."""

    code = "bad-venue"


class GatewayError(Unavailable):
    """An exchange did not give what it was asked for.

    ``exchange`` is its id, ``call`` the endpoint such as ``GET /spot/tickers``: both
    safe to show and to log. ``is_repeatable`` says whether a *reading* call may simply
    be made again later; for a call that places something see the tree.
    """

    code = "gateway"
    is_repeatable = False

    def __init__(
        self, message: str, *, exchange: str = "", call: str = "", field: str = ""
    ) -> None:
        super().__init__(message, field=field)
        self.exchange = exchange
        self.call = call


class ForbiddenCall(GatewayError):
    """The endpoint is not on the list of those this gateway may call."""

    code = "gateway-forbidden-call"


class Unreachable(GatewayError):
    """No connection: not one byte of the request left."""

    code = "gateway-unreachable"
    is_repeatable = True


class RateLimited(GatewayError):
    """Too many requests. ``until_ms`` is when the exchange answers again, our clock."""

    code = "gateway-rate-limited"
    is_repeatable = True

    def __init__(
        self,
        message: str,
        *,
        until_ms: int,
        is_ban: bool = False,
        exchange: str = "",
        call: str = "",
    ) -> None:
        super().__init__(message, exchange=exchange, call=call)
        self.until_ms = until_ms
        self.is_ban = is_ban


class Refused(GatewayError):
    """A definite no: ``label`` is the exchange's own word for the reason."""

    code = "gateway-refused"

    def __init__(
        self,
        message: str,
        *,
        label: str = "",
        exchange: str = "",
        call: str = "",
        field: str = "",
    ) -> None:
        super().__init__(message, exchange=exchange, call=call, field=field)
        self.label = label


class UnknownSymbol(Refused):
    """The exchange does not list it, or no longer does."""

    code = "gateway-unknown-symbol"


class UnknownOrder(Refused):
    """Not found by this id. Just placed, or ended unfilled: also not found."""

    code = "gateway-unknown-order"


class TooFarBack(Refused):
    """History begins later than what was asked for."""

    code = "gateway-too-far-back"


class ClockRefused(Refused):
    """The request's time stamp is too far from the exchange's clock."""

    code = "gateway-clock-refused"
    is_repeatable = True


class BadCredentials(Refused):
    """Wrong, revoked, locked, from the wrong address, or without the right for it."""

    code = "gateway-bad-credentials"


class OutcomeUnknown(GatewayError):
    """The request left; time-out, reset, 5xx or half an answer came back."""

    code = "gateway-outcome-unknown"
    is_repeatable = True


class MalformedAnswer(OutcomeUnknown):
    """Not JSON, too large, or not the shape it should have; ``field`` names where."""

    code = "gateway-malformed-answer"


class Maintenance(OutcomeUnknown):
    """The exchange says that it is closed for now."""

    code = "gateway-maintenance"
