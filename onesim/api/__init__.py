"""The dispatch of methods: the registry of methods, sessions, and the methods that all kinds share."""
