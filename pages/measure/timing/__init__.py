"""Parts of the Speed page."""
