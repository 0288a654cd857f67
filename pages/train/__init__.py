"""Pages that teach models."""
