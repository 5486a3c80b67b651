"""What the daemon does by itself, and the methods that are about no object or about kinds as a whole."""
