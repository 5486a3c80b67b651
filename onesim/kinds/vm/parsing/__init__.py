"""From a user's template to a VM: attributes checked and moved to their places, variables replaced."""
