"""State modules: what an SLS declares, one function for each state of being."""
