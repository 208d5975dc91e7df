"""Speed against peers and limits, as ratios measured in one run: `make bench`."""
