"""How patient the ground is with its workers."""

from apps.common import knobs
from apps.common.parameters import Float

LEASE_S = knobs.declare(
    "jobs.lease_s",
    Float(
        15.0,
        low=0.5,
        high=600.0,
        help="A job whose worker says nothing for so many seconds is given to another.",
    ),
)
OFFER_AGAIN_S = knobs.declare(
    "jobs.offer_again_s",
    Float(
        10.0,
        low=1.0,
        high=600.0,
        help="A job that nobody has taken for so many seconds is queued again.",
    ),
)
