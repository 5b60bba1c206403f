"""THINGS ARE KEPT HERE: an append-only log on SQLite or PostgreSQL, one chain over all of it."""
