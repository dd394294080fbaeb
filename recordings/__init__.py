"""What is recorded, for how long it is kept, and where it lies."""
