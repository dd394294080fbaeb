"""The rooms of the console: one file each."""
