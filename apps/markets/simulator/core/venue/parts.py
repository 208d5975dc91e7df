"""How the parts of a venue are joined."""

from decimal import Decimal

from apps.markets.simulator.core.accounts import HOUSE
from apps.markets.simulator.core.book import Book
from apps.markets.simulator.core.clock import Clock
from apps.markets.simulator.core.countdowns import Countdowns
from apps.markets.simulator.core.exact import exactly
from apps.markets.simulator.core.floor import LIQUIDITY, Floor
from apps.markets.simulator.core.holders import Holders
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.journal import Journal
from apps.markets.simulator.core.liquidity import Liquidity
from apps.markets.simulator.core.market import Market
from apps.markets.simulator.core.matching import Matching
from apps.markets.simulator.core.orders import Order
from apps.markets.simulator.core.placement import Placement
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.core.reading import Reading
from apps.markets.simulator.core.record import Record
from apps.markets.simulator.core.snapshots import Restored
from apps.markets.simulator.core.snapshotter import Snapshotter
from apps.markets.simulator.core.storage import Storage
from apps.markets.simulator.core.triggers import TriggerDesk


class Parts:
    """State, record, desks; what each face of the venue stands on."""

    def __init__(
        self,
        storage: Storage,
        restored: Restored,
        clock: Clock,
        quirks: Quirks,
        *,
        group_commit: bool,
        snapshotter: Snapshotter | None,
    ) -> None:
        self.clock = clock
        self.quirks = quirks
        self._storage = storage
        self._snapshotter = snapshotter
        self._state = restored.state
        self._record = Record(restored.state, clock)
        self._record.journal = self._journal = Journal(
            storage,
            lines=restored.lines,
            head=restored.head,
            group_commit=group_commit,
            on_durable=self._reached,
        )
        self._floor = Floor(restored.state, self._record, quirks)
        self._holders = Holders(self._floor)
        self._matching = Matching(self._floor)
        self._liquidity = Liquidity(self._floor, self._matching)
        self._placement = Placement(self._floor, self._matching, self._liquidity)
        self._triggers = TriggerDesk(self._floor, self._placement)
        self._countdowns = Countdowns(self._floor)
        self._reading = Reading(self._floor)
        self._reopen()

    @exactly
    def _reopen(self) -> None:
        """Put restored orders and triggers back where they wait."""
        for instrument in self._state.instruments.values():
            self._open_market(instrument)
        for order in self._state.open_orders():
            self._matching.rest(self._floor.markets[order.instrument], order)
        for trigger in self._state.open_triggers.values():
            self._floor.market(trigger.request.put.instrument).add_trigger(trigger)
        for market in self._floor.markets.values():
            self._floor.commit("", market)
        self._holders.ensure(HOUSE, is_unlimited=True)
        free = Decimal(0)
        self._holders.ensure(
            LIQUIDITY, is_unlimited=True, maker_fee=free, taker_fee=free
        )

    def _open_market(self, instrument: Instrument) -> None:
        market = self._floor.markets.get(instrument.id)
        if market is not None:
            market.instrument = instrument
            return
        # Book ids start at the time, so that they grow over a restart as well.
        book = Book(self._record.now_ms() * 1000)
        self._floor.markets[instrument.id] = Market(instrument, book)

    def _finish(self, why: str, *orders: Order) -> None:
        markets = [self._floor.markets[order.instrument] for order in orders]
        self._floor.commit(why, *markets)
        for market in markets:
            if market.has_triggers:
                self._triggers.fire_due(market)

    def _reached(self, durable_lines: int) -> None:
        self._record.deliver(durable_lines)
        if self._snapshotter is not None:
            self._snapshotter.reached(durable_lines)
