"""How what an owner wrote becomes a VM: attributes checked and put where they belong, variables replaced."""
