"""What callers hear and where calls may go, as data, and the Asterisk configuration made from it."""
