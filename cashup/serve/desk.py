"""Run everything until Ctrl-C or a change of the source."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from pathlib import Path

import uvicorn
from django.conf import settings

from apps.common.live.publish import set_main_loop
from cashup.serve.exchange import simulate
from cashup.serve.feeds import feed
from cashup.serve.reload import source_changed
from cashup.serve.worker import Threads


class Desk:
    """One web server, one worker, one beat."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        manage: Path,
        is_reloading: bool,
        on_exchange: Callable[[], object] = lambda: None,
    ) -> None:
        config = uvicorn.Config(
            "cashup.asgi:application",
            host=host,
            port=port,
            log_config=None,
            lifespan="on",
            timeout_graceful_shutdown=3,
            ws_max_size=65536,
        )
        self.server = uvicorn.Server(config)
        self.manage = manage
        self.on_exchange = on_exchange
        self.is_reloading = is_reloading
        self.has_changed = False

    def run(self) -> None:
        """Serve; returns after everything has stopped. ``has_changed`` says why."""
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self._run())

    async def _run(self) -> None:
        set_main_loop(asyncio.get_running_loop())
        threads = Threads()
        threads.start()
        ended = asyncio.Event()
        exchange = asyncio.create_task(simulate(ended, self.on_exchange))
        feeds = asyncio.create_task(feed(ended))
        watch = asyncio.create_task(self._watch()) if self.is_reloading else None
        try:
            await self.server.serve()
        finally:
            if watch:
                watch.cancel()
            ended.set()
            await feeds
            await exchange
            await asyncio.to_thread(threads.stop)
            set_main_loop(None)

    async def _watch(self) -> None:
        folders = [settings.BASE_DIR / "apps", settings.BASE_DIR / "cashup"]
        await source_changed(folders, [str(self.manage)])
        self.has_changed = True
        signal.raise_signal(signal.SIGINT)
