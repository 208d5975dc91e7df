"""Rate limits as Gate.io counts them, and the headers that tell of them.

Source: the protocol reference, part 1.2. Windows are fixed and begin with the first
call in them. Time is the event loop's: a stepped exchange must not lock clients out.
"""

from dataclasses import dataclass
from typing import Final

from apps.markets.simulator.web.errors import GateError


@dataclass(frozen=True, slots=True)
class Quota:
    """``calls`` within ``window_s``; counted per endpoint when ``by_endpoint``."""

    calls: int
    window_s: float
    by_endpoint: bool = True


QUOTAS: Final = {
    "": Quota(200, 10),
    "place": Quota(10, 1, by_endpoint=False),
    "cancel": Quota(200, 1, by_endpoint=False),
    "private": Quota(200, 10),
    "wallet": Quota(200, 10),
}
_SWEEP_AT: Final = 10_000


@dataclass(slots=True)
class _Window:
    ends_at: float
    used: int = 0


class Quotas:
    """Counts calls. ``scale`` widens every limit; 0 switches them off for benches."""

    def __init__(self, scale: float = 1) -> None:
        self.scale = scale
        self._windows: dict[tuple[str, ...], _Window] = {}

    def count(
        self, name: str, who: str, what: str, now_s: float, wall_s: float, n: int = 1
    ) -> dict[str, str]:
        """Count ``n`` calls and give the answer's headers.

        ``who`` is the user or the address, ``what`` the endpoint or the pair.
        Raises Limited when the window is full; the call then does not count.
        """
        quota = QUOTAS[name]
        calls = int(quota.calls * self.scale)
        window = self._window((name, who, what), quota, now_s)
        full = bool(calls) and window.used + n > calls
        if not full:
            window.used += n
        remain = max(calls - window.used, 0) if calls else quota.calls
        resets_at = wall_s + (window.ends_at - now_s if full else 0)
        headers = _headers(remain, calls or quota.calls, resets_at)
        if full:
            raise Limited(headers)
        return headers

    def _window(self, key: tuple[str, ...], quota: Quota, now_s: float) -> _Window:
        window = self._windows.get(key)
        if window is None or window.ends_at <= now_s:
            self._sweep(now_s)
            window = self._windows[key] = _Window(now_s + quota.window_s)
        return window

    def _sweep(self, now_s: float) -> None:
        if len(self._windows) < _SWEEP_AT:
            return
        live = {key: w for key, w in self._windows.items() if w.ends_at > now_s}
        self._windows = live


class Limited(GateError):
    """Too many calls; ``headers`` say when to come again."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("TOO_MANY_REQUESTS", "Request Rate Limit Exceeded")
        self.headers = headers


def _headers(remain: int, limit: int, resets_at: float) -> dict[str, str]:
    return {
        "X-Gate-RateLimit-Requests-Remain": str(remain),
        "X-Gate-RateLimit-Limit": str(limit),
        "X-Gate-RateLimit-Reset-Timestamp": str(int(resets_at)),
    }
