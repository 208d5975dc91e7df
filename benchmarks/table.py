"""What a benchmark measures, and the one table all of them are printed in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement beside its limit or peer. ``met`` None is shown, not judged.

    ``goal`` says in words what is asked: "<= 6 x limit".
    """

    name: str
    value: float
    unit: str
    limit: float | None
    goal: str
    met: bool | None

    @property
    def ratio(self) -> float | None:
        return self.value / self.limit if self.limit else None


HEADINGS = ("what", "ours", "unit", "limit or peer", "ratio", "goal", "met")


def print_table(rows: list[Row]) -> None:
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(HEADINGS))]
    for line in cells:
        padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        print("  ".join(padded).rstrip())


def exit_status(rows: list[Row]) -> int:
    """1 when a goal is unmet, else 0."""
    return int(any(row.met is False for row in rows))


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        _number(row.value),
        row.unit,
        "" if row.limit is None else _number(row.limit),
        "" if row.ratio is None else f"{row.ratio:.2f}",
        row.goal,
        {True: "yes", False: "NO", None: ""}[row.met],
    )


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"
