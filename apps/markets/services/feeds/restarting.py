"""Somebody does not trust a channel: its process connects anew."""

from apps.common import audit, clock
from apps.markets.models import FeedChannel


def restart_channel(channel: FeedChannel, *, actor: object = None) -> None:
    """Ask whoever carries it to begin anew; done within two seconds."""
    FeedChannel.objects.filter(pk=channel.pk).update(restart_asked_at=clock.now())
    audit.record("feed.restarted", actor=actor, about=channel)
