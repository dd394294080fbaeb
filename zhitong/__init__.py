"""The application around the core: wiring, settings, use cases, store, command line."""
