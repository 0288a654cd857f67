"""Decoding users' files in a child process; the process that asks uses only `outcome` of it."""
