"""One module per family of ways; each has a list `RIGS`."""
