"""May a gateway be opened at this venue? Asked beside the desk, without a call.

Only ccxt knows which exchanges and hosts there are, and a process that has imported it
keeps its 117 MB. A desk that merely saves a form lends the question to a short child
(``python -m apps.markets.venue_check``); one that has ccxt already answers by itself.
"""

import asyncio
import json
import logging
import subprocess
import sys
from dataclasses import asdict
from typing import Any, Final

from apps.common.errors import Unavailable
from apps.common.wording import gettext as _
from apps.common.wording import plug_in
from apps.markets.gateways.errors import BadVenue
from apps.markets.gateways.gateway import open_gateway
from apps.markets.gateways.venues import Venue

logger = logging.getLogger(__name__)

_WITHIN_S: Final = 60
_LIBRARY: Final = "ccxt.async_support"


def check(venue: Venue, *, language: str, folder: str) -> None:
    """Raises BadVenue naming the field; Unavailable when it cannot be found out.

    ``folder`` is the project's; ``language`` that of the reader.
    """
    if _LIBRARY in sys.modules:
        asyncio.run(_opened(venue))
        return
    answer = _asked(json.dumps({"venue": asdict(venue), "language": language}), folder)
    if answer:
        raise BadVenue(answer["message"], field=answer["field"])


def _asked(question: str, folder: str) -> dict[str, str]:
    try:
        child = subprocess.run(  # our own command
            [sys.executable, "-m", "apps.markets.venue_check"],
            input=question,
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=_WITHIN_S,
            check=True,
        )
        answer: dict[str, str] = json.loads(child.stdout)
        return answer
    except (OSError, subprocess.SubprocessError, ValueError):
        logger.exception("venue_check.failed")
        raise Unavailable(_("The address could not be checked; try again.")) from None


async def _opened(venue: Venue) -> None:
    async with open_gateway(venue):
        pass


def _answer(question: dict[str, Any]) -> dict[str, str]:
    plug_in(_translator(question["language"]))
    try:
        asyncio.run(_opened(Venue(**question["venue"])))
    except BadVenue as error:
        return {"message": error.message, "field": error.field}
    return {}


def _translator(language: str) -> Any:
    """Starts Django with the first sentence: most addresses are right and need none."""

    def translated(text: str) -> str:
        import django
        from django.utils import translation

        django.setup()
        with translation.override(language):
            return translation.gettext(text)

    return translated


if __name__ == "__main__":
    json.dump(_answer(json.load(sys.stdin)), sys.stdout)
