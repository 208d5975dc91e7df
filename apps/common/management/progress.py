"""A progress bar for the command line."""

from types import TracebackType
from typing import Self

from rich import progress as bars
from rich.console import Console


class Progress:
    """Drawn on standard error; standard output is for the result."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._bars = bars.Progress(
            bars.TextColumn("{task.description}"),
            bars.BarColumn(),
            bars.TaskProgressColumn(),
            bars.TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=is_quiet,
            transient=True,
        )
        self._task = self._bars.add_task("starting", total=None)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def __call__(self, done: int, total: int, stage: str = "working") -> None:
        self._bars.update(
            self._task, completed=done, total=total or None, description=stage
        )
