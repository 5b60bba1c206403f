"""PROGRAMS COME IN HERE: the same acts as on every face, over HTTP."""
