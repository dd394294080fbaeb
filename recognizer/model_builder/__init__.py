"""Makes the small speech model of the demo from synthesised speech: `python -m recognizer.model_builder --out DIR`."""
