"""How long to wait before asking once more. Pure."""

from random import Random
from typing import Final

ATTEMPTS: Final = 8
FIRST_S: Final = 0.2
LONGEST_S: Final = 20.0


def wait_s(failures: int, random: Random) -> float:
    """Twice as long after each failure, and never the same for two clients.

    Full jitter: after an outage the calls that failed together come back spread out.
    """
    longest = min(LONGEST_S, FIRST_S * 2 ** (failures - 1))
    return random.uniform(longest / 4, longest)
