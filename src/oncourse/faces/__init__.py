"""Where people and machines come in; a face translates and nothing else."""
