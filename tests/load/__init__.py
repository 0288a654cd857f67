"""Many visitors at once, against a server of our own on this machine."""
