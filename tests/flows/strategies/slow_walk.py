"""A strategy that only works: real CPU time, spread evenly over its bars."""

import time

from apps.strategies.authoring import Float, Strategy


class SlowWalk(Strategy):
    """Burns ``seconds`` of CPU time over the run and never trades."""

    seconds = Float(20.0, low=0.1, high=600.0, help="CPU time of the whole run.")

    def start(self, bars):
        self.each_s = self.seconds / len(bars)

    def on_bar(self, bar, position):
        until = time.thread_time() + self.each_s
        while time.thread_time() < until:
            pass
