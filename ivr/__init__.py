"""One live call: answer, listen, route, connect, close."""
