"""How fast the hotline is, measured beside a plain dialplan on the same Asterisk in the same run: `make bench`."""
