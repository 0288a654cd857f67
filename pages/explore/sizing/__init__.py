"""The parts of the Dimensions page."""
