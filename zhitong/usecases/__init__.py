"""What the application does, one file per use case."""
