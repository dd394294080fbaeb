"""Calls with officials: what they are offered and asked on the telephone, and what their keys do."""
