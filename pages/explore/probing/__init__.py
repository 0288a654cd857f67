"""The parts of the Probes page."""
