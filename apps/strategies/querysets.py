"""Adjectives of backtests."""

from typing import Self

from apps.common.models import OwnedQuerySet


class BacktestQuerySet(OwnedQuerySet):
    def done(self) -> Self:
        return self.filter(total_return__isnull=False)

    def with_names(self) -> Self:
        """Everything a row needs to say what it is, in one query."""
        return self.select_related(
            "job", "version__strategy", "series__instrument__exchange", "owner"
        )
