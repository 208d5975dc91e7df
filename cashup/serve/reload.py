"""Start again when the source changes, but only into source that loads."""

import asyncio
import logging
import sys
from pathlib import Path

from watchfiles import PythonFilter, awatch

logger = logging.getLogger(__name__)


async def source_changed(folders: list[Path], command: list[str]) -> None:
    """Return once changed source passes Django's checks."""
    async for changes in awatch(*folders, watch_filter=PythonFilter()):
        names = sorted({Path(path).name for _, path in changes})
        logger.info("source.changed", extra={"files": names})
        check = await asyncio.create_subprocess_exec(
            sys.executable, *command, "check", stderr=asyncio.subprocess.PIPE
        )
        _, complaint = await check.communicate()
        if check.returncode == 0:
            return
        text = complaint.decode(errors="replace").strip().splitlines()
        logger.error("source.broken", extra={"files": names, "error": text[-1:]})
