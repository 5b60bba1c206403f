"""The solver's room: what a protocol file guarantees, proved on the file itself. It sees no patient."""
