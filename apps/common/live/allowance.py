"""How much a client may say: floods end the connection, not the desk."""

import time


class Allowance:
    """How many frames a client may send: ``burst`` at once, then ``rate`` a second."""

    def __init__(self, burst: int = 250, rate: float = 20.0) -> None:
        self.burst, self.rate = burst, rate
        self.left, self.at = float(burst), time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        self.left -= 1
        return self.left >= 0
