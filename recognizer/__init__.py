"""Sound to text to request."""
