"""Which topics some socket listens to now, as the channel layer itself knows it.

No page has to say that it is still there, and a web process that was killed is missed
at once: Redis counts the subscriptions of its connections.
"""

from collections.abc import Iterable
from typing import Any, Final

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.utils.functional import cached_property

from apps.common import clock
from apps.common.live.mode import is_embedded
from apps.common.live.publish import group_of
from apps.markets.models import FeedDemand
from apps.markets.services.feeds.demand import PAGES, Need, ask_for
from apps.markets.services.feeds.topics import topic_of

WISH_S: Final = 30.0


class Watchers:
    """Renews the wishes of pages. Uses the database and Redis; not for event loops."""

    def renew(self) -> None:
        """Whatever is still listened to is needed for another ``WISH_S``."""
        rows = FeedDemand.objects.filter(asker=PAGES, until__gt=clock.now())
        found = rows.values_list("instrument_id", "kind", "timeframe")
        needs = [Need(*row) for row in found]
        heard = self.heard(needs)
        if heard:
            ask_for(PAGES, heard, for_s=WISH_S)

    def heard(self, needs: Iterable[Need]) -> list[Need]:
        groups = {need: group_of(topic_of(need)) for need in needs}
        if not groups:
            return []
        if is_embedded():
            present = get_channel_layer().groups
            return [need for need, group in groups.items() if present.get(group)]
        names = {need: f"{self._prefix}__group__{g}" for need, g in groups.items()}
        counts = dict(self._redis.pubsub_numsub(*names.values()))
        return [need for need, name in names.items() if counts.get(name.encode())]

    @cached_property
    def _redis(self) -> Any:
        return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2)

    @property
    def _prefix(self) -> str:
        config = settings.CHANNEL_LAYERS["default"]["CONFIG"]
        return str(config["prefix"])
