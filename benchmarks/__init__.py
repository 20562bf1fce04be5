"""Measurements side by side; never part of the test run. ``python -m benchmarks`` lists them."""
