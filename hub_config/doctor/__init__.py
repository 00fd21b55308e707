"""What an operator would look at, one check a function, each finding with its cure."""
