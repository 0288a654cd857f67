"""A user's own labelled texts, scored with mteb's code."""
