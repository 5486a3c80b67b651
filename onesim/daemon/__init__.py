"""What the daemon does of its own accord, and the methods that are about no object or about kinds as a whole."""
