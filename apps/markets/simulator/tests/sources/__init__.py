"""Tests of the simulator's sources of prices."""
