"""备份: everything that a hotline must not lose in one file, looked through after writing, and put back from it."""
