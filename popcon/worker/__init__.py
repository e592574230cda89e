"""The stage loop that every worker shares, and what a handler of stage work sees of the world."""
