"""Teaching a model, and what it gained and forgot by it."""
