"""Activities of the daemon itself, and methods that do not concern single objects."""
