"""What models can do, and what it costs."""
