"""The parts of the Sets page, and the sets that the Map page draws."""
