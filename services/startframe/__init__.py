"""Start frames: finds the character in a picture and poses it for each action."""
