"""Notices to officials: what they may say, where they go, and how they get there."""
