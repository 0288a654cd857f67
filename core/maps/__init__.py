"""Pictures of embeddings: projections, how far they can be trusted, and real geography."""
