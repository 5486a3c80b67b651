"""How a method is answered: the registry of methods, sessions, and the methods that all kinds share."""
