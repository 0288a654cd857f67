"""MTEB tasks run on this machine: what was run, and how it stands to published scores."""
