"""What is read over HTTP: so far, duty calendars. It calls what it is handed, and knows no database."""
