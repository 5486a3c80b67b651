"""How VMs go from state to state, and what they do about changes around them."""
