"""Add, change, check and remove exchanges."""

import logging
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from apps.common import audit, jobs
from apps.common.errors import Conflict, InvalidFields, InvalidInput
from apps.common.models import Job
from apps.markets import venue_check
from apps.markets.gateways.errors import BadVenue, Refused
from apps.markets.gateways.types import ClockReading
from apps.markets.gateways.venues import Venue
from apps.markets.job_kinds import CHECK_EXCHANGE, SYNC_INSTRUMENTS
from apps.markets.models import Exchange, ExchangeState
from apps.markets.services import connecting

logger = logging.getLogger(__name__)

SETTINGS: Final = (
    "code",
    "name",
    "ccxt_id",
    "rest_url",
    "ws_url",
    "is_simulator",
    "is_enabled",
)
# Changing one of these makes it another place: what was seen there is no longer said.
_PLACE: Final = {"ccxt_id", "rest_url", "ws_url", "is_simulator"}
# A place on this machine that stands for "wherever the simulator runs".
_ANYWHERE: Final = "http://127.0.0.1"
_TITLES: Final = {
    CHECK_EXCHANGE: gettext_noop("Check of an exchange"),
    SYNC_INSTRUMENTS: gettext_noop("Synchronisation of instruments"),
}


def add_exchange(
    *, actor: Any = None, is_checked: bool = False, **values: Any
) -> Exchange:
    """A new row of ``SETTINGS``. The gateway must know the exchange and its address.

    ``is_checked``: a form has asked ``check_settings`` already.
    Raises InvalidFields or BadVenue naming the field; nothing is stored then.
    """
    exchange = Exchange(**_known(values))
    exchange.name = exchange.name or exchange.code.capitalize()
    if not is_checked:
        check_settings(exchange)
    with transaction.atomic():
        exchange.save()
        changes = {name: [None, getattr(exchange, name)] for name in SETTINGS}
        audit.record("exchange.added", actor=actor, about=exchange, changes=changes)
    logger.info("exchange.added", extra={"exchange": exchange.code})
    return exchange


def change_exchange(
    exchange: Exchange, *, actor: Any = None, is_checked: bool = False, **values: Any
) -> Exchange:
    """Other values for some of ``SETTINGS``. Raises like adding.

    The code stays, and the API as well once instruments came from it.
    """
    exchange.refresh_from_db()
    changes = {
        name: [getattr(exchange, name), value]
        for name, value in _known(values).items()
        if getattr(exchange, name) != value
    }
    if "code" in changes:
        message = _("The code of an exchange stays; candles are named by it.")
        raise InvalidInput(message, field="code")
    if "ccxt_id" in changes and exchange.instruments_synced_at is not None:
        message = _("Its instruments are those of %(api)s; add another exchange.")
        raise InvalidInput(message % {"api": exchange.spoken}, field="ccxt_id")
    if not changes:
        return exchange
    for name, (_old, value) in changes.items():
        setattr(exchange, name, value)
    if not is_checked:
        check_settings(exchange)
    fields = list(changes)
    if _PLACE & changes.keys():
        fields += _forget_state(exchange)
    with transaction.atomic():
        exchange.save(update_fields=fields)
        audit.record("exchange.changed", actor=actor, about=exchange, changes=changes)
    return exchange


def delete_exchange(exchange: Exchange, *, actor: Any = None) -> None:
    """Raises Conflict while instruments, or anything else, belong to it."""
    count = exchange.instruments.count()
    message = _(
        "%(exchange)s has %(count)s instruments with their history, and stays. "
        "Disable it instead."
    )
    conflict = Conflict(message % {"exchange": exchange.name, "count": count})
    if count:
        raise conflict
    try:
        with transaction.atomic():
            audit.record("exchange.deleted", actor=actor, about=exchange)
            exchange.delete()
    except ProtectedError:
        raise conflict from None


def check_settings(exchange: Exchange) -> None:
    """Raises InvalidFields, or BadVenue when no gateway could be opened so."""
    try:
        exchange.full_clean()
    except ValidationError as error:
        raise InvalidFields(
            {name: " ".join(texts) for name, texts in error.message_dict.items()}
        ) from None
    if exchange.has_address:
        _check_venue(exchange)


def _check_venue(exchange: Exchange) -> None:
    rest_url = exchange.rest_url or (_ANYWHERE if exchange.is_simulator else "")
    venue = Venue(exchange.spoken, rest_url, exchange.ws_url, exchange.is_simulator)
    try:
        venue_check.check(
            venue, language=get_language() or "", folder=str(settings.BASE_DIR)
        )
    except BadVenue as error:
        raise BadVenue(str(error), field=_field(error.field, exchange)) from None


def check_exchange(exchange: Exchange) -> ClockReading | None:
    """Ask it for its time, and note what comes of it on the row.

    None where an exchange tells no time: then its list was asked for instead.
    Raises GatewayError or BadVenue, noted as well.
    """

    async def ask() -> ClockReading | None:
        async with connecting.connect(exchange, is_lasting=True) as gateway:
            try:
                return await gateway.clock()
            except Refused as error:
                if error.label != "not-supported":
                    raise
                await gateway.load_markets()
                return None

    return connecting.run(ask)


def enqueue_check(exchange: Exchange, *, owner: Any = None) -> Job:
    """The job that checks it: the one that waits already, or a new one."""
    return _enqueue(CHECK_EXCHANGE, exchange, owner)


def enqueue_sync(exchange: Exchange, *, owner: Any = None) -> Job:
    """The job that synchronises its instruments: the one there is, or a new one."""
    return _enqueue(SYNC_INSTRUMENTS, exchange, owner)


def _enqueue(kind: str, exchange: Exchange, owner: Any) -> Job:
    if not exchange.has_address:
        message = _("%(exchange)s is synthetic: there is nothing to ask.")
        raise Conflict(message % {"exchange": exchange.name})
    payload = {"exchange_id": exchange.pk, "exchange": exchange.code}
    waiting = Job.objects.active().filter(kind=kind, payload__exchange_id=exchange.pk)
    found: Job | None = waiting.first()
    return found or jobs.enqueue(
        kind=kind, title=_TITLES[kind], payload=payload, owner=owner
    )


def _known(values: dict[str, Any]) -> dict[str, Any]:
    unknown = values.keys() - set(SETTINGS)
    if unknown:
        raise TypeError(f"no settings of an exchange: {', '.join(sorted(unknown))}")
    return {
        name: value.strip() if isinstance(value, str) else value
        for name, value in values.items()
    }


def _field(theirs: str, exchange: Exchange) -> str:
    """The gateway speaks of its venue; the person filled in our fields."""
    if theirs == "exchange":
        return "ccxt_id" if exchange.ccxt_id else "code"
    return theirs or "rest_url"


def _forget_state(exchange: Exchange) -> list[str]:
    exchange.state = ExchangeState.UNCHECKED
    exchange.limited_until = exchange.checked_at = None
    exchange.clock_offset_ms = exchange.round_trip_ms = None
    return ["state", "limited_until", "checked_at", "clock_offset_ms", "round_trip_ms"]
