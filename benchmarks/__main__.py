"""Run every benchmark, print one table, exit non-zero when a goal is unmet.

``python -m benchmarks [NAME ...]`` runs only the modules named.
"""

import sys
from importlib import import_module

from benchmarks.table import exit_status, print_table

# Each module has rows() -> list[Row].
MODULES = (
    "candles",
    "instruments",
    "backtest_t1",
    "desk",
    "simulator_core",
    "simulator_sources",
    "simulator_web",
    "live",
    "budget",
    "history",
    "feeds",
)


def main(names: list[str]) -> int:
    unknown = set(names) - set(MODULES)
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; choose from {MODULES}")
        return 2
    rows = []
    for name in names or MODULES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += import_module(f"benchmarks.{name}").rows()
    print_table(rows)
    return exit_status(rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
