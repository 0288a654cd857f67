"""Decoding users' files, in a child process: nothing here is called by the process that asks."""
