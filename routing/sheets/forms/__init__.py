"""An imported sheet as a form: the same layout, filled with who is on duty now."""
