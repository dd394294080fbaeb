"""Casework: the case, its clocks, the callback. Pure."""
