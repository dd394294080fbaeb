"""Calls while they last, told by the hotline to who watches: a socket in the data folder, nothing a call waits for."""
