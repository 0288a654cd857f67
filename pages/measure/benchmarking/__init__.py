"""The parts of the Benchmarks page."""
