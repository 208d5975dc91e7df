"""Watch-lists and markets that tests start from."""

from decimal import Decimal
from typing import Any

from apps.common.jobs.runner import run
from apps.common.models import Job
from apps.markets.models import Exchange, Instrument, WatchList
from apps.markets.services import watch_lists
from apps.markets.services.watch_lists import Wanted
from apps.markets.services.watch_lists.judging import apply, verdicts_of
from apps.markets.watching.facts import Quote24h


def make_exchange(code: str = "gate", **changes: Any) -> Exchange:
    values = {"name": code.capitalize(), **changes}
    return Exchange.objects.get_or_create(code=code, defaults=values)[0]


def make_markets(*symbols: str, exchange: Exchange | None = None) -> list[Instrument]:
    """Instruments such as BTC/USDT, and perpetuals such as BTC/USDT:USDT."""
    exchange = exchange or make_exchange()
    made = []
    for symbol in symbols:
        base, rest = symbol.split("/")
        quote, _, settle = rest.partition(":")
        made.append(
            Instrument.objects.get_or_create(
                exchange=exchange,
                symbol=symbol,
                defaults={
                    "base": base,
                    "quote": quote,
                    "settle": settle,
                    "kind": "perpetual" if settle else "spot",
                },
            )[0]
        )
    return made


def make_list(*, owner: Any = None, **changes: Any) -> WatchList:
    exchange = changes.pop("exchange", None) or make_exchange()
    wanted = Wanted(**{"name": "Most traded", "exchange": exchange, **changes})
    return watch_lists.create_watch_list(wanted, owner=owner)


def make_hand_list(*symbols: str, **changes: Any) -> WatchList:
    make_markets(*symbols)
    return make_list(selection="hand", chosen=symbols, **changes)


def volumes(**by_base: int | None) -> dict[str, Quote24h]:
    """``volumes(BTC=5)`` is a market where BTC/USDT has a volume of 5."""
    return {
        f"{base}/USDT": Quote24h(volume=None if value is None else Decimal(value))
        for base, value in by_base.items()
    }


def refresh(watch_list: WatchList, quotes: dict[str, Quote24h]) -> bool:
    """As the job does it once it has the exchange's answer."""
    watch_list.refresh_from_db()
    return apply(watch_list, verdicts_of(watch_list, quotes))


def run_job(job: Job) -> Job:
    run(job.pk)
    job.refresh_from_db()
    return job


def members(watch_list: WatchList) -> list[str]:
    entries = watch_list.entries.members().best_first()
    return list(entries.values_list("instrument__symbol", flat=True))


def why(watch_list: WatchList, symbol: str) -> str:
    return watch_list.entries.get(instrument__symbol=symbol).reason_text
