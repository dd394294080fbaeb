"""Request to person: who is rung, in which order. Pure."""
