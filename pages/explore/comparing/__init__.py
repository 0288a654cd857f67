"""The parts of the Compare page: its form, its result, and what is kept of them."""
