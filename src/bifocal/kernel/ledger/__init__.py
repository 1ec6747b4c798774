"""The books: accounts, periods, an append-only journal."""
